"""The page of a drill: self-contained, readable by eye and on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from s3_failover.drill import picture
from s3_failover.drill.report import HostRequests, Report, Requests, ScenarioOutcome, SiteOutcome

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
body { color: #1a1d21; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
.held { color: #2b8a3e; } .missed { color: #c92a2a; } .small { color: #495057; font-size: .85rem; }
.wide { overflow-x: auto; } .wide svg { width: 100%; min-width: 40rem; height: auto; display: block; }
table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0 1rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #dee2e6; vertical-align: top; }
td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
p { overflow-wrap: anywhere; }
.key span { display: inline-block; margin-right: 1rem; white-space: nowrap; }
.key i { display: inline-block; width: .9em; height: .9em; margin-right: .35em; vertical-align: -.1em; }
"""

_KEY = (
    ("ok, healthy, distribution", picture.GOOD),
    ("failed, unhealthy, ALARM", picture.BAD),
    ("secondary, missing object", picture.MOVED),
    ("old content", picture.COLOURS["stale"]),
    ("no data", picture.UNKNOWN),
)
_FLEET_KEY = (
    ("served by another region", picture.COLOURS["rerouted"]),
    ("host: some regions fail", picture.MOVED),
    ("host: all regions fail", picture.BAD),
    ("host: gone", picture.UNKNOWN),
)


_HONESTY = (
    "Executed: the templates, bucket policies, replication, health checks with real HTTP and TLS, DNS answers, alarms "
    "and their notifications, viewers who check every byte; of a fleet, one process per host with the real client and "
    "its metrics, each behind relays of its own. Simulated: the timing of AWS itself, the fleet of health "
    "checkers, CloudFront's cache and edge locations, replication lag."
)


_ACCOUNT_HONESTY = (
    "Done in account {account}: what was broken, and all that followed from it. Seen from the machine that drilled: "
    "DNS answers, requests once a second with each scheme, what Route 53 tells of its checkers, and the alarms' states "
    "in CloudWatch; whether their messages arrive is not part of this drill (s3-failover doctor --fire-test). What "
    "CloudFront has cached stays there: viewers asked for {what}."
)


def write(report: Report, directory: Path) -> Path:
    """Write `report.html` into a directory and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "report.html"
    path.write_text(render(report), encoding="utf-8")
    return path


def render(report: Report) -> str:
    """Return the page."""
    fleets = any(site.hosts for scenario in report.scenarios for site in scenario.sites)
    verdict = _verdict(report.held, "every expectation held", "not every expectation held")
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Drill of {escape(Path(report.config).name)}</title><style>{_STYLE}</style>",
        f"<h1>Drill of {escape(Path(report.config).name)}: {verdict}</h1>",
        f"<p>{_speed(report)} Seconds count from the outage unless a line says otherwise.</p>",
        f'<p class="key">{"".join(_swatch(*item) for item in _KEY + _FLEET_KEY * fleets)}</p>',
        _summary(report),
        *(_scenario(scenario) for scenario in report.scenarios),
        f"{_honesty(report)}</html>",
    ]
    return "\n".join(parts)


def _summary(report: Report) -> str:
    every = [(scenario, site) for scenario in report.scenarios for site in scenario.sites]
    of_sites = [
        _row(scenario, site, [_recovery(request) for request in site.requests])
        for scenario, site in every
        if not site.hosts
    ]
    of_fleets = [_row(scenario, site, _totals(site.hosts)) for scenario, site in every if site.hosts]
    return _overview(("HTTP back after", "HTTPS"), of_sites) + _overview(
        ("hosts", "requests", "by another region", "AllRegionsFailed"), of_fleets
    )


def _overview(numbers: tuple[str, ...], rows: list[str]) -> str:
    titles = "".join(f'<th class="number">{title}</th>' for title in numbers)
    head = f"<tr><th>scenario</th><th>site</th><th></th>{titles}</tr>"
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>' if rows else ""


def _row(scenario: ScenarioOutcome, site: SiteOutcome, numbers: Iterable[object]) -> str:
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    return (
        f"<tr><td>{escape(scenario.scenario)}</td><td>{escape(site.site)} ({escape(site.mode)})</td>"
        f"<td>{_verdict(site.held, 'held', 'missed')}</td>{cells}</tr>"
    )


def _totals(hosts: list[HostRequests]) -> list[int]:
    return [len(hosts), *(sum(getattr(host, name) for host in hosts) for name in ("total", "rerouted", "raised"))]


def _scenario(scenario: ScenarioOutcome) -> str:
    title = f"<h2>{escape(scenario.scenario)}: {escape(scenario.title)}</h2>"
    faults = f'<p class="small">{escape("; ".join(scenario.faults))}; healed after {scenario.healed_after:.0f} s</p>'
    return title + faults + "".join(_site(scenario, site) for site in scenario.sites)


def _site(scenario: ScenarioOutcome, site: SiteOutcome) -> str:
    drawn = picture.draw(site, healed_after=scenario.healed_after, ended_after=scenario.ended_after)
    return (
        f"<h3>{escape(site.site)}: {escape(site.hostname)}, {escape(site.mode)} mode, "
        f"{_verdict(site.held, 'held', 'missed')}</h3>"
        f'<div class="wide">{drawn}</div>'
        f'<div class="wide">{_stages(site)}{_requests(site)}{_hosts(site.hosts)}{_expectations(site)}</div>'
    )


def _stages(site: SiteOutcome) -> str:
    cells = [
        f'<tr><td>{escape(stage.name)}</td><td class="number">{_seconds(stage.after)}</td>'
        f"<td>after the {stage.since}</td></tr>"
        for stage in site.stages
        if stage.after is not None
    ]
    return f"<table>{''.join(cells)}</table>"


def _requests(site: SiteOutcome) -> str:
    if not site.requests:
        return ""
    names = ("total", "ok", "stale", "missing", "wrong", "failed")
    head = "".join(f'<th class="number">{name}</th>' for name in names)
    rows = [
        f"<tr><td>{request.scheme}</td>"
        + "".join(f'<td class="number">{getattr(request, name)}</td>' for name in names)
        + f'<td class="number">{_recovery(request)}</td><td class="number">{request.slowest:.1f} s</td></tr>'
        for request in site.requests
    ]
    tail = '<th class="number">back after</th><th class="number">slowest</th>'
    return f"<table><tr><th>requests</th>{head}{tail}</tr>{''.join(rows)}</table>"


def _hosts(hosts: list[HostRequests]) -> str:
    if not hosts:
        return ""
    names = {"total": "total", "ok": "ok", "rerouted": "by another region", "raised": "AllRegionsFailed"}
    names |= {"failed": "failed otherwise"}
    head = "".join(f'<th class="number">{escape(title)}</th>' for title in names.values())
    rows = [
        f"<tr><td>{escape(host.host)}</td>"
        + "".join(f'<td class="number">{getattr(host, name)}</td>' for name in names)
        + f'<td class="number">{host.slowest:.1f} s</td></tr>'
        for host in hosts
    ]
    return f'<table><tr><th>requests</th>{head}<th class="number">slowest</th></tr>{"".join(rows)}</table>'


def _expectations(site: SiteOutcome) -> str:
    rows = [
        f"<tr><td>{_verdict(item.held, 'held', 'missed')}</td><td>{escape(item.expectation)}</td>"
        f'<td class="small">{escape(item.seen)}</td></tr>'
        for item in site.expectations
    ]
    return f"<table>{''.join(rows)}</table>"


def _recovery(request: Requests) -> str:
    return "not before healing" if request.recovered_after is None else _seconds(request.recovered_after)


def _seconds(value: float | None) -> str:
    return "" if value is None else "never failed" if value == 0 else f"{value:.0f} s"


def _verdict(held: bool, yes: str, no: str) -> str:
    return f'<span class="{"held" if held else "missed"}">{yes if held else no}</span>'


def _swatch(text: str, colour: str) -> str:
    return f'<span><i style="background:{colour}"></i>{escape(text)}</span>'


def _honesty(report: Report) -> str:
    if report.account is None:
        return f"<h2>What was executed and what was simulated</h2><p>{_HONESTY}</p>"
    text = _ACCOUNT_HONESTY.format(account=escape(report.account), what=escape(report.asked_for or "an object"))
    return f"<h2>What was done and what was seen</h2><p>{text}</p>"


def _speed(report: Report) -> str:
    if report.account is not None:
        return "Seconds are those of the clock on the wall."
    speed = report.speed
    if speed == 1:
        return "Time ran at its own speed: every timing is the truth."
    return f"Time ran {speed:g} times faster than the clock on the wall; seconds are those of the configuration."
