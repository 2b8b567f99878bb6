"""A drill in an account on the terminal while it runs: a table that renews itself, or a line for each change."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from s3_failover.drill.visits import SERVED
from s3_failover.operations.drill.conduct import Running

_COLOURS = {
    "healthy": "green",
    "distribution": "green",
    "unhealthy": "red",
    "secondary": "yellow",
}
_RECENT = 15.0
"""Seconds over which the view counts availability."""

_PHASES = {
    "calm": "ordinary traffic, before anything is broken",
    "outage": "broken",
    "healing": "undone; waiting until all is as before",
    "after": "waiting until resolvers have forgotten",
}

Look = Callable[[str, Running], None]


@contextlib.contextmanager
def live(console: Console) -> Iterator[Look]:
    """Show a drill while it waits."""
    if not console.is_terminal:
        yield _lines(console)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as view:
        yield lambda phase, running: view.update(_view(phase, running))


def _lines(console: Console) -> Look:
    said: dict[str, str] = {}

    def look(phase: str, running: Running) -> None:
        if said.get("phase") != phase:
            left = max(running.until - time.time(), 0)
            console.print(f"  {_PHASES[phase]}, {left:.0f} s at most", highlight=False)
        now = {"phase": phase} | {lane.name: lane.state for lane in running.watch.lanes}
        for name, state in now.items():
            # An alarm is worth a line only once it turns.
            if name != "phase" and name in said and said[name] != state:
                console.print(f"  {_clock(running)}{name}: {state}", highlight=False)
        said.update(now)

    return look


def _clock(running: Running) -> str:
    return f"{time.time() - running.outage:4.0f} s  " if running.outage else "   calm  "


def _view(phase: str, running: Running) -> Table:
    left = max(running.until - time.time(), 0)
    table = Table("DNS", "checks", "alarms on", "served lately", title_justify="left")
    table.title = f"{running.drill.site.name}: {_PHASES[phase]}, {left:.0f} s at most"
    lanes = [running.watch.answer, *running.watch.public]
    names = Text("\n").join(_coloured(f"{lane.name}: {lane.state}", lane.state) for lane in lanes)
    checks = Text("\n").join(_coloured(role, check.lane.state) for role, check in running.watch.checks.items())
    on = [lane.name for lane in running.watch.alarms.values() if lane.state == "ALARM"]
    alarms = Text("\n".join(on) or "none", style="bold red" if on else "")
    served = "\n".join(f"{scheme} {_served(running, scheme)}" for scheme in running.viewers)
    table.add_row(names, checks, alarms, served)
    return table


def _coloured(text: str, state: str) -> Text:
    return Text(text, style=_COLOURS.get(state, "dim"))


def _served(running: Running, scheme: str) -> str:
    begin = time.time() - _RECENT
    recent = [visit for visit in running.viewers[scheme].visits if visit.began > begin]
    if not recent:
        return "-"
    return f"{100 * sum(visit.outcome in SERVED for visit in recent) / len(recent):.0f} %"
