"""Writes docs/history.md: what viewers saw of the outages that happened, from docs/history.json.

`python docs/history_page.py` writes the page. `python docs/history_page.py REPORT...` takes what
`s3-failover local drill history --report DIR` wrote to report.json into docs/history.json before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from s3_failover.drill.kinds import KINDS
from s3_failover.drill.report import DrillReport, Replay, Requests, ScenarioOutcome
from s3_failover.drill.viewers import failed, in_part
from s3_failover.local.drill.incidents import INCIDENTS

PAGE = Path(__file__).parent / "history.md"
DATA = Path(__file__).parent / "history.json"
REPORTS = TypeAdapter(list[DrillReport])

NOTES = {
    "history-2017-02-28": """\
In `hybrid` mode the distribution reads the replica, request by request: it needs neither DNS
nor a health check. In `dns` mode viewers over HTTPS wait for the region where the secondary speaks HTTP alone, and
connections that are open never leave the distribution. While S3 recovers, health checks stay unhealthy as long as more
than about 60 % of their requests fail, which keeps DNS at the secondary.""",
    "history-2025-10-20": """\
Nothing that serves viewers needs a control plane. Until those are back you cannot deploy or
change a site, and alarms that live in us-east-1 may be late.""",
    "history-2026-02-10": """\
No mode survives this without failed requests: new connections fail until DNS has moved, and
resolvers that asked meanwhile keep the NXDOMAIN for one TTL. Connections that are open serve on. Viewers over HTTPS
wait for the names where the secondary is an S3 website: choose `https` or `external` if they must not.""",
    "history-2026-03-01": """\
Viewers see what they see when S3 alone is lost. Alarms that live in the lost region cannot be
read; those that tell of it live in us-east-1. One copy is left.""",
    "history-2026-03-04": """\
Viewers see nothing, and an alarm says that there is nothing to fail over to. The deployment
fails, names the region, and succeeds when the region is back.""",
    "history-slowdown": """\
Health checks do not turn: each checker needs three failures in a row, and one healthy checker
in five is enough. So `dns` mode serves errors for as long as it lasts; `cdn-5xx` is the alarm that tells of it. In
`hybrid` mode the distribution asks the replica for each request that fails.""",
}
"""What each outage shows."""

_HEAD = """# Outages that happened

`s3-failover local drill history` replays outages of AWS on the embedded AWS. Each has the timeline that was published;
what went on for longer than DNS, viewers and alarms need to react is cut to that time. It runs on your sites, or on the
four of `examples/history.toml`:

```console
$ s3-failover local drill history --config examples/history.toml --speed 1 --report DIR
```

A region that was hit stands for a region of the drilled sites: their primary region, or that of their first replica. A
site that has nothing in the region that was hit sees nothing. The sites of `examples/history.toml` have their primary
in me-central-1 and their replica in eu-central-1, checks every 10 s and a TTL of 60 s:

| site | mode | secondary |
|---|---|---|
| `dns` | `dns` | S3 website, which speaks HTTP |
| `hybrid` | `hybrid` | S3 website |
| `https` | `hybrid` | `https`, which speaks HTTPS; the site sends HSTS |
| `external` | `dns` | `external`, at another provider, which speaks both |

## What viewers saw

The table says how many requests failed, of how many, and for how long: after so many seconds they succeeded for good,
or not before the outage was over. "In part" is where most requests were served meanwhile. [The kinds of
viewers](drill.md#viewers) are those of every drill; a site that sends no HSTS gives a browser nothing to remember.
What each outage shows is below the table.

"""


def render(reports: Sequence[DrillReport]) -> str:
    """Return the page in Markdown."""
    outcomes = [(report, scenario) for report in reports for scenario in report.scenarios]
    scenarios = [scenario for _, scenario in outcomes]
    parts = [_HEAD, *_table(scenarios), *_sums(scenarios), *(_section(*each) for each in outcomes)]
    return "".join(parts)


def take(reports: Sequence[DrillReport], more: Sequence[DrillReport]) -> list[DrillReport]:
    """Return reports with the incidents of others, one incident each, in the order of the incidents."""
    found = {
        scenario.scenario: _brief(report, scenario) for report in (*reports, *more) for scenario in report.scenarios
    }
    return [found[incident.name] for incident in INCIDENTS if incident.name in found]


def _brief(report: DrillReport, scenario: ScenarioOutcome) -> DrillReport:
    """Return one scenario of a report, without what the page does not need."""
    sites = [site.model_copy(update={"tracks": [], "sentences": []}) for site in scenario.sites]
    kept = scenario.model_copy(update={"sites": sites})
    return report.model_copy(update={"scenarios": [kept], "held": scenario.held})


def _table(scenarios: Sequence[ScenarioOutcome]) -> Iterator[str]:
    yield f"| outage | site | {' | '.join(kind.title for kind in KINDS)} |\n"
    yield f"|{'---|' * (len(KINDS) + 2)}\n"
    for scenario in scenarios:
        for site in scenario.sites:
            by_kind = {each.kind: each for each in site.requests}
            cells = [cell(by_kind[kind.name]) if kind.name in by_kind else "" for kind in KINDS]
            yield f"| {_name(scenario)} | `{site.site}` | {' | '.join(cells)} |\n"


def _sums(scenarios: Sequence[ScenarioOutcome]) -> Iterator[str]:
    yield "\nAll kinds of viewers together:\n\n"
    yield "| site | outages in which no request failed | requests that failed |\n|---|---|---|\n"
    for name in dict.fromkeys(site.site for scenario in scenarios for site in scenario.sites):
        outages = [site.requests for scenario in scenarios for site in scenario.sites if site.site == name]
        calm = sum(not any(map(failed, requests)) for requests in outages)
        lost = sum(failed(each) for requests in outages for each in requests)
        total = sum(each.total for requests in outages for each in requests)
        yield f"| `{name}` | {calm} of {len(outages)} | {lost:,} of {total:,}, {100 * lost / total:.1f} % |\n"


def cell(requests: Requests) -> str:
    """Return what viewers of one kind saw, in a few words."""
    count = failed(requests)
    share = f"{count:,} of {requests.total:,}"
    if not count:
        return "none failed"
    some = "in part, " if in_part(requests) else ""
    if requests.recovered_after is None:
        return f"{some}the whole outage: {share}"
    return f"{some}{requests.recovered_after:.0f} s: {share}"


def _name(scenario: ScenarioOutcome) -> str:
    return f"[{scenario.scenario.removeprefix('history-')}](#{scenario.scenario})"


def _section(report: DrillReport, scenario: ScenarioOutcome) -> str:
    replay = scenario.incident
    if replay is None:
        return ""
    passed = [each.held for site in scenario.sites for each in site.expectations]
    lines = [
        f"\n## {scenario.scenario}\n",
        f"{_sentence(scenario.title)} {_told(replay)}\n",
        f"{NOTES[scenario.scenario]}\n",
        "| of the outage | second of the drill | what happened | broken from then on |",
        "|---|---|---|---|",
        *(f"| {step.moment} | {step.after:.0f} | {step.event} | {_code(step.faults)} |" for step in replay.steps),
        f"\n{sum(passed)} of {len(passed)} expectations passed. {_evidence(report)}\n",
    ]
    return "\n".join(lines)


def _told(replay: Replay) -> str:
    sources = ", ".join(f"<{source}>" for source in replay.sources)
    began = f"It began on {replay.date}. " if replay.date else ""
    return f"{began}It hit {replay.place}. Told at {sources}."


def _evidence(report: DrillReport) -> str:
    seen, versions = report.evidence, report.evidence.versions
    speed = (
        "the speed of the clock on the wall" if report.speed == 1 else f"{report.speed:g} times the clock on the wall"
    )
    return (
        f"Measured from {seen.begun} to {seen.ended} at {speed}, with s3-failover {versions.s3_failover}, "
        f"Python {versions.python}, boto3 {versions.boto3} and aws-cdk-lib {versions.aws_cdk_lib}; "
        f"SHA-256 of the configuration {seen.config_sha256}."
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _code(faults: Sequence[str]) -> str:
    return "; ".join(f"`{fault}`" for fault in faults) or "nothing"


def kept() -> list[DrillReport]:
    """Return what was measured last."""
    return REPORTS.validate_json(DATA.read_bytes()) if DATA.exists() else []


def main(paths: Sequence[str]) -> None:
    """Take reports into the data, and write the page."""
    if paths:
        more = [DrillReport.model_validate_json(Path(path).read_bytes()) for path in paths]
        DATA.write_bytes(REPORTS.dump_json(take(kept(), more), indent=1) + b"\n")
    PAGE.write_text(render(kept()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
