"""A drill's outcome on the terminal."""

from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from s3_failover.drill.report import DrillReport, ScenarioOutcome, SiteOutcome


def summary(console: Console, outcome: ScenarioOutcome) -> None:
    """Print what became of a scenario: the stages of each site and the expectations that did not hold."""
    for site in outcome.sites:
        console.print(_headline(outcome, site), highlight=False)
        table = Table.grid(padding=(0, 2))
        for stage in site.stages:
            if stage.after is not None:
                table.add_row("", f"{stage.after:7.1f} s", f"after the {stage.since}", stage.name)
        console.print(Group(table, *_counts(site), *_missed(site)), highlight=False)


def verdict(console: Console, report: DrillReport) -> None:
    """Print the last line: whether everything held."""
    count = sum(len(site.expectations) for scenario in report.scenarios for site in scenario.sites)
    kept = sum(e.held for scenario in report.scenarios for site in scenario.sites for e in site.expectations)
    style = "green" if report.held else "bold red"
    console.print(Text(f"{kept} of {count} expectations held", style=style))


def _headline(outcome: ScenarioOutcome, site: SiteOutcome) -> Text:
    mark = Text("held  ", style="green") if site.held else Text("missed", style="bold red")
    return Text.assemble(mark, f" {outcome.scenario}, {site.site} in {site.mode} mode: {outcome.title}")


def _counts(site: SiteOutcome) -> Iterator[Text]:
    for request in site.requests:
        parts = [f"{request.total} {request.scheme} requests"]
        parts += [f"{getattr(request, name)} {name}" for name in ("failed", "stale", "missing", "wrong")]
        yield Text("       " + ", ".join(parts))
    if site.hosts:
        total, rerouted, raised, failed = (
            sum(getattr(host, name) for host in site.hosts) for name in ("total", "rerouted", "raised", "failed")
        )
        text = f"{total} requests of {len(site.hosts)} hosts, {rerouted} served by another region, "
        yield Text(f"       {text}{raised} raised AllRegionsFailed, {failed} failed otherwise")


def _missed(site: SiteOutcome) -> Iterator[Text]:
    for item in site.expectations:
        if not item.held:
            yield Text(f"       expected: {item.expectation}; seen: {item.seen}", style="red")
