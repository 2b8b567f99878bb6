"""The drill on the terminal: live while it runs, a table and a timeline when it is over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from s3_failover.drill.timeline import Lane
from s3_failover.drill.visits import SERVED
from s3_failover.local.drill.fleet.outage import FleetRun
from s3_failover.local.drill.fleet.records import OK
from s3_failover.local.drill.session import Looks
from s3_failover.operations.clock import Clock
from s3_failover.operations.drill.conduct import SiteRun

_COLOURS = {
    "healthy": "green",
    "distribution": "green",
    "OK": "green",
    "unhealthy": "red",
    "ALARM": "bold red",
    "secondary": "yellow",
    "failing": "yellow",
    "cut off": "bold red",
}
_RECENT = 15.0
"""Embedded seconds over which the live view counts availability."""


@contextlib.contextmanager
def live(console: Console, clock: Clock) -> Iterator[Looks]:
    """Show sites or fleets while a drill waits, on a terminal; elsewhere a line for each change of phase."""
    if not console.is_terminal:
        phases = _phases(console)
        yield Looks(phases, phases)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as view:
        yield Looks(
            sites=lambda phase, conductor: view.update(_view(phase, conductor.runs, clock)),
            fleets=lambda phase, runs: view.update(_fleets(phase, runs, clock)),
        )


def _phases(console: Console) -> Callable[[str, object], None]:
    last = [""]

    def look(phase: str, _runs: object) -> None:
        if phase != last[0]:
            console.print(f"  {phase}", highlight=False)
            last[0] = phase

    return look


def _view(phase: str, runs: Sequence[SiteRun], clock: Clock) -> Table:
    table = Table("site", "DNS answer", "checks", "alarms on", "served lately", title=phase, title_justify="left")
    for run in runs:
        checks = Text(" ").join(coloured(role, check.lane.state) for role, check in run.watch.checks.items())
        table.add_row(
            f"{run.drilled.name} ({run.drilled.mode})",
            coloured(run.watch.answer.state, run.watch.answer.state),
            checks,
            _alarms(run.watch.lanes),
            " ".join(f"{scheme} {served(run, scheme, clock)}" for scheme in run.viewers),
        )
    return table


def _fleets(phase: str, runs: Sequence[FleetRun], clock: Clock) -> Table:
    table = Table("site", "hosts", "alarms on", "served lately", title=phase, title_justify="left")
    for run in runs:
        begin = clock.now() - max(_RECENT, 2 * run.drilled.pace)
        hosts = run.fleet.hosts.values()
        recent = [r.result == OK for told in run.fleet.requests.values() for r in told if r.began > begin]
        states = Text("\n").join(coloured(f"{host.name} {host.lane.state}", host.lane.state) for host in hosts)
        served = f"{100 * sum(recent) / len(recent):.0f} %" if recent else "-"
        table.add_row(run.drilled.name, states, _alarms(run.watch.lanes), served)
    return table


def _alarms(lanes: Sequence[Lane]) -> Text:
    names = [lane.name for lane in lanes if lane.kind == "alarm" and lane.state == "ALARM"]
    return Text(", ".join(names) or "none", style="bold red" if names else "")


def coloured(text: str, state: str) -> Text:
    """Return a text in the colour of a state."""
    return Text(text, style=_COLOURS.get(state, "dim"))


def served(run: SiteRun, scheme: str, clock: Clock) -> str:
    """Return the share of a scheme's requests that were served lately, in percent."""
    begin = clock.now() - _RECENT
    recent = [visit for visit in run.viewers[scheme].visits if visit.began > begin]
    if not recent:
        return "-"
    return f"{100 * sum(visit.outcome in SERVED for visit in recent) / len(recent):.0f} %"
