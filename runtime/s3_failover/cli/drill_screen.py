"""A drill on the terminal while it runs, in an account or on the embedded AWS: a table, or a line for each change."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from s3_failover.drill.timeline import Lane
from s3_failover.drill.visits import SERVED
from s3_failover.local.drill.fleet.outage import FleetRun
from s3_failover.local.drill.fleet.records import OK
from s3_failover.local.drill.session import Looks
from s3_failover.operations.drill.conduct import Conductor, SiteRun

_PHASES = {
    "calm": "ordinary traffic, before anything is broken",
    "outage": "broken",
    "pause": "healed for a while, and broken again",
    "vanished": "hosts were killed; waiting until no alarm counts them",
    "healing": "undone; waiting until all is as before",
    "after": "waiting until resolvers have forgotten",
}
"""Every phase of a conductor, and of the outages that it conducts."""

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
"""Seconds, as the drill counts them, over which the table counts availability."""


@contextlib.contextmanager
def live(console: Console) -> Iterator[Looks]:
    """Show sites or fleets while a drill waits, on a terminal; elsewhere a line for each change."""
    if not console.is_terminal:
        lines = _lines(console)
        yield Looks(lines, lines)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as view:
        yield Looks(
            sites=lambda phase, conductor: view.update(sites(phase, conductor)),
            fleets=lambda phase, conductor: view.update(fleets(phase, conductor)),
        )


def _lines(console: Console) -> Callable[[str, Conductor[Any]], None]:
    said: dict[str, str] = {}
    phases = [""]

    def look(phase: str, conductor: Conductor[Any]) -> None:
        if phase != phases[0]:
            phases[0] = phase
            console.print(f"  {_about(phase, conductor)}", highlight=False)
        now = {name: lane.state for run in conductor.runs for name, lane in _named(run, conductor)}
        for name, state in now.items():
            # An alarm is worth a line only once it turns.
            if name in said and said[name] != state:
                console.print(f"  {_clock(conductor)}{name}: {state}", highlight=False)
        said.update(now)

    return look


def _named(run: SiteRun | FleetRun, conductor: Conductor[Any]) -> Iterator[tuple[str, Lane]]:
    site = f"{run.drilled.name}: " if len(conductor.runs) > 1 else ""
    return ((f"{site}{lane.name}", lane) for lane in run.watch.lanes)


def _about(phase: str, conductor: Conductor[Any]) -> str:
    left = max(conductor.until - conductor.clock.now(), 0)
    return f"{_PHASES[phase]}, {left:.0f} s at most"


def _clock(conductor: Conductor[Any]) -> str:
    return f"{conductor.clock.now() - conductor.outage:4.0f} s  " if conductor.outage else "   calm  "


def sites(phase: str, conductor: Conductor[SiteRun]) -> Table:
    """Return what viewers, DNS, checks and alarms of sites do now."""
    table = Table("site", "DNS", "checks", "alarms on", "served lately", title_justify="left")
    table.title = _about(phase, conductor)
    for run in conductor.runs:
        lanes = [run.watch.answer, *run.watch.public]
        table.add_row(
            f"{run.drilled.name} ({run.drilled.mode})",
            Text("\n").join(_coloured(f"{lane.name}: {lane.state}", lane.state) for lane in lanes),
            Text("\n").join(_coloured(role, check.lane.state) for role, check in run.watch.checks.items()),
            _alarms(run.watch.lanes),
            "\n".join(f"{scheme} {_served(run, scheme, conductor)}" for scheme in run.viewers),
        )
    return table


def fleets(phase: str, conductor: Conductor[FleetRun]) -> Table:
    """Return what hosts and alarms of fleets do now."""
    table = Table("site", "hosts", "alarms on", "served lately", title_justify="left")
    table.title = _about(phase, conductor)
    for run in conductor.runs:
        begin = conductor.clock.now() - max(_RECENT, 2 * run.drilled.pace)
        hosts = run.fleet.hosts.values()
        recent = [r.result == OK for told in run.fleet.requests.values() for r in told if r.began > begin]
        states = Text("\n").join(_coloured(f"{host.name} {host.lane.state}", host.lane.state) for host in hosts)
        table.add_row(run.drilled.name, states, _alarms(run.watch.lanes), _share(recent))
    return table


def _alarms(lanes: Sequence[Lane]) -> Text:
    names = [lane.name for lane in lanes if lane.kind == "alarm" and lane.state == "ALARM"]
    return Text("\n".join(names) or "none", style="bold red" if names else "")


def _coloured(text: str, state: str) -> Text:
    return Text(text, style=_COLOURS.get(state, "dim"))


def _served(run: SiteRun, scheme: str, conductor: Conductor[SiteRun]) -> str:
    begin = conductor.clock.now() - _RECENT
    return _share([visit.outcome in SERVED for visit in run.viewers[scheme].visits if visit.began > begin])


def _share(served: Sequence[bool]) -> str:
    return f"{100 * sum(served) / len(served):.0f} %" if served else "-"
