"""A drill in an account on the terminal while it runs: a table that renews itself, or a line for each change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from s3_failover.local.drill.screen import coloured, served
from s3_failover.operations.drill.conduct import Conductor, SiteRun
from s3_failover.operations.drill.drill import Look

_PHASES = {
    "calm": "ordinary traffic, before anything is broken",
    "outage": "broken",
    "healing": "undone; waiting until all is as before",
    "after": "waiting until resolvers have forgotten",
}


@contextlib.contextmanager
def live(console: Console) -> Iterator[Look]:
    """Show a drill while it waits."""
    if not console.is_terminal:
        yield _lines(console)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as view:
        yield lambda phase, conductor: view.update(_view(phase, conductor))


def _lines(console: Console) -> Look:
    said: dict[str, str] = {}

    def look(phase: str, conductor: Conductor[SiteRun]) -> None:
        if said.get("phase") != phase:
            left = max(conductor.until - conductor.clock.now(), 0)
            console.print(f"  {_PHASES[phase]}, {left:.0f} s at most", highlight=False)
        now = {"phase": phase} | {lane.name: lane.state for run in conductor.runs for lane in run.watch.lanes}
        for name, state in now.items():
            # An alarm is worth a line only once it turns.
            if name != "phase" and name in said and said[name] != state:
                console.print(f"  {_clock(conductor)}{name}: {state}", highlight=False)
        said.update(now)

    return look


def _clock(conductor: Conductor[SiteRun]) -> str:
    return f"{conductor.clock.now() - conductor.outage:4.0f} s  " if conductor.outage else "   calm  "


def _view(phase: str, conductor: Conductor[SiteRun]) -> Table:
    (run,) = conductor.runs
    left = max(conductor.until - conductor.clock.now(), 0)
    table = Table("DNS", "checks", "alarms on", "served lately", title_justify="left")
    table.title = f"{run.drilled.name}: {_PHASES[phase]}, {left:.0f} s at most"
    lanes = [run.watch.answer, *run.watch.public]
    names = Text("\n").join(coloured(f"{lane.name}: {lane.state}", lane.state) for lane in lanes)
    checks = Text("\n").join(coloured(role, check.lane.state) for role, check in run.watch.checks.items())
    on = [lane.name for lane in run.watch.alarms.values() if lane.state == "ALARM"]
    alarms = Text("\n".join(on) or "none", style="bold red" if on else "")
    served = "\n".join(f"{scheme} {served(run, scheme, conductor.clock)}" for scheme in run.viewers)
    table.add_row(names, checks, alarms, served)
    return table
