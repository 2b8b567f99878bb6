"""A drill's outcome on the terminal."""

from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from s3_failover.drill import viewers
from s3_failover.drill.report import DrillReport, ScenarioOutcome, SiteOutcome


def summary(console: Console, outcome: ScenarioOutcome) -> None:
    """Print what became of a scenario: what viewers saw, the stages of each site, and the expectations that failed."""
    for site in outcome.sites:
        console.print(_headline(outcome, site), highlight=False)
        table = Table.grid(padding=(0, 2))
        for stage in site.stages:
            if stage.after:
                table.add_row("", f"{stage.after:7.1f} s", f"after the {stage.since}", stage.name)
        console.print(Group(*_counts(outcome, site), table, *_failed(site)), highlight=False)


def verdict(console: Console, report: DrillReport) -> None:
    """Print the last line: how many expectations passed, and how many requests failed."""
    style = "green" if report.held and not viewers.failures(report)[0] else "yellow" if report.held else "bold red"
    console.print(Text(viewers.headline(report), style=style), highlight=False)


def _headline(outcome: ScenarioOutcome, site: SiteOutcome) -> Text:
    mark = Text("passed", style="green") if site.held else Text("FAILED", style="bold red")
    return Text.assemble(mark, f" {outcome.scenario}, {site.site} in {site.mode} mode: {outcome.title}")


def _counts(outcome: ScenarioOutcome, site: SiteOutcome) -> Iterator[Text]:
    for request in site.requests:
        counts = {name: getattr(request, name) for name in ("stale", "missing", "wrong")}
        besides = "".join(f", {count} {name}" for name, count in counts.items() if count)
        style = "yellow" if viewers.failed(request) else "green"
        yield Text.assemble("       ", (viewers.sentence(request, outcome), style), besides)
    if site.hosts:
        total, rerouted, raised, failed = (
            sum(getattr(host, name) for host in site.hosts) for name in ("total", "rerouted", "raised", "failed")
        )
        text = f"{total} requests of {len(site.hosts)} hosts, {rerouted} served by another region, "
        yield Text(f"       {text}{raised} raised AllRegionsFailed, {failed} failed otherwise")


def _failed(site: SiteOutcome) -> Iterator[Text]:
    for item in site.expectations:
        if not item.held:
            yield Text(f"       expected: {item.expectation}; seen: {item.seen}", style="red")
