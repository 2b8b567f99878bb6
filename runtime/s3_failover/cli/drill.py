"""`s3-failover drill`: an outage made on purpose in an account, undone by itself."""

import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from s3_failover.cli import drill_screen, local_drill, permissions
from s3_failover.cli.local_drill import JunitOption
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.drill import summary
from s3_failover.drill.expected import Fails
from s3_failover.drill.kinds import kinds
from s3_failover.drill.report import DrillReport
from s3_failover.errors import UserError
from s3_failover.local import state as state_directory
from s3_failover.operations.drill import faults, finish
from s3_failover.operations.drill.drill import LONGEST, Drill, DrillOptions
from s3_failover.operations.drill.fault import FaultPlan
from s3_failover.operations.drill.finish import undo_written
from s3_failover.operations.drill.journal import Journal
from s3_failover.operations.drill.result import DrillResult, Finished

MISSED = 3
"""The exit code when an expectation failed."""

_UNITS = {"": 1, "s": 1, "m": 60}


@dataclass(frozen=True, kw_only=True)
class DrillChoices:
    """How to drill."""

    lasting: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long at most: 90s, 5m; no longer than 10m.")
    ] = None
    even_if_unhealthy: Annotated[
        bool, typer.Option("--even-if-unhealthy", help="Drill a site that is not as it should be.")
    ] = False
    mute: Annotated[
        bool, typer.Option("--mute/--no-mute", help="Mute the alarms that it sets off, until they are off again.")
    ] = True
    key: Annotated[
        str | None, typer.Option("--object", metavar="KEY", help="What viewers ask for.  [default: the health object]")
    ] = None
    fis_role: Annotated[
        str | None, typer.Option("--fis-role", metavar="ARN", help="The role of AWS FIS, for pause-replication.")
    ] = None

    def options(self) -> DrillOptions:
        """Return the options in the form that a drill takes; raise UserError if the time is not valid, or too long."""
        return DrillOptions(
            seconds=_seconds(self.lasting),
            fis_role=self.fis_role,
            key=self.key,
            even_if_unhealthy=self.even_if_unhealthy,
            mute=self.mute,
        )


@dataclass(frozen=True, kw_only=True)
class ReportFiles:
    """The files that a drill writes."""

    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write report.html, report.json and pictures there.")
    ] = None
    junit: JunitOption = None

    def require_writable(self) -> None:
        """Raise UserError if one of them could not be written at the end."""
        if self.report is not None:
            _require_pictures(self.report)
        if self.junit is not None:
            local_drill.require_writable(self.junit)

    def write(self, found: DrillReport) -> None:
        """Write those that are wanted; raise UserError if one cannot be written."""
        try:
            if self.report is not None:
                local_drill.write(found, self.report)
            if self.junit is not None:
                local_drill.write_junit(found, self.junit)
        except OSError as error:
            path = error.filename or self.report or self.junit
            raise UserError(f"the report cannot be written to {path}: {error.strerror}") from error


def drill(
    fault: Annotated[str | None, typer.Argument(metavar="FAULT", help="What to break.")] = None,
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="Finish what a drill left, by its record; the one argument is then SITE.")
    ] = False,
    how: DrillChoices,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be changed, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    files: ReportFiles,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Break something in the account, watch viewers, DNS, checks and alarms, undo it, and report what passed.

    It asks for the hostname first, or wants --yes. Before anything changes, the undo is written down in the account
    (SSM, in the first replica's region) and in .s3-failover; then it is undone whatever happens: at the end, after
    --for, after Ctrl-C, SIGTERM or SIGHUP, after an error. Only if this machine dies it is not: `--undo` finishes it
    from the record, at any time, from any machine, as often as you like, and removes what lost records left.

    Exit code 0 if every expectation passed, 3 if one failed, 1 if it could not be done or undone, 2 if the command line
    is wrong, 130 if interrupted (and undone).
    """
    if undo:
        if where.site is not None:
            raise UserError(f"with --undo the one argument is SITE, got {where.site} too", exit_code=2)
        _undo(replace(where, site=fault).target(), dry_run=dry_run, as_json=as_json)
        return
    if fault is None:
        known = ", ".join(each.name for each in faults.EVERY)
        raise UserError(f"FAULT is missing, expected one of {known}, or --undo", exit_code=2)
    chosen_fault = faults.named(fault)
    files.require_writable()
    options = replace(how.options(), config=where.config, embedded=where.local)
    chosen = where.target()
    planned = Drill(
        chosen.site, chosen.account, chosen_fault, options, folder=_folder(), resolver=chosen.resolver, say=progress
    )
    with permissions.told("drill", chosen):
        plan = planned.plan()
        for line in _told(planned, plan):
            progress(line)
        planned.check()
    if dry_run:
        if as_json:
            print_json(planned.result(plan, None))
        else:
            progress("nothing was changed")
        return
    _require_consent(chosen.site.hostname, yes=yes)
    console = Console(stderr=True)
    with permissions.told("drill", chosen), drill_screen.live(console) as looks:
        found = planned.run(looks.sites)
    _conclude(console, planned, plan, found, files, as_json=as_json)


def drill_help() -> str:
    """Return the help of `drill`: what it does, and every fault."""
    rows = [local_drill.listed(fault.name, fault.title) for fault in faults.EVERY]
    return "\n\n".join([inspect.cleandoc(drill.__doc__ or ""), "\b\nFaults:\n" + "\n".join(rows)])


def _conclude(
    console: Console,
    planned: Drill,
    plan: FaultPlan,
    found: DrillReport,
    files: ReportFiles,
    *,
    as_json: bool,
) -> None:
    for outcome in found.scenarios:
        summary.summary(console, outcome)
    summary.verdict(console, found)
    if as_json:
        print_json(planned.result(plan, found))
    files.write(found)
    raise typer.Exit(0 if found.held else MISSED)


def _undo(chosen: Target, *, dry_run: bool, as_json: bool) -> None:
    journal = Journal(chosen.site, chosen.account, _folder())
    with permissions.told("drill", chosen):
        done = _unfinished(journal) if dry_run else undo_written(chosen.account, journal, say=progress)
    if as_json:
        print_json(
            DrillResult(
                site=chosen.site.name,
                fault=None,
                dry_run=dry_run,
                undo=tuple(each.told() for each in done.entries),
                finished=() if dry_run else tuple(map(Finished.of, done.entries)),
                remains=done.remains,
                forgotten=done.forgotten,
            )
        )
        return
    lines = [*_finished(done, dry_run=dry_run)]
    typer.echo("\n".join(lines or [f"{chosen.site.hostname}: no drill is written down, nothing to undo"]))


def _unfinished(journal: Journal) -> finish.FinishedDrills:
    """Return what would be finished."""
    found = finish.written(journal, say=progress)
    left = () if found.entries else tuple(finish.left_over(journal).told())
    return finish.FinishedDrills(found.entries, left)


def _finished(done: finish.FinishedDrills, *, dry_run: bool) -> Iterator[str]:
    undone, removed = ("not undone", "not removed") if dry_run else ("undone", "removed")
    because = ", because of --dry-run" if dry_run else ""
    for entry in done.entries:
        yield f"{undone}{because}: {entry.told()}"
    for what in done.remains:
        yield f"{removed}{because}: {what}, which a drill left whose record is lost"
    for where in done.forgotten:
        yield f"deleted: {where}, which was no record of a drill"


def _folder() -> Path:
    """Return where records are kept on this machine."""
    return state_directory.default().make().root


def _told(planned: Drill, plan: FaultPlan) -> Iterator[str]:
    times = planned.times
    yield f"{planned.fault.name} of {planned.site.hostname} in {planned.site.mode.value} mode: {planned.fault.title}"
    yield f"  put to the test: {planned.fault.exercises(planned.site)}"
    for change in plan.changes:
        yield f"  change: {change}"
    for undone in plan.undone:
        yield f"  undo: {undone}"
    if planned.expected.dns_moves:
        yield f"  DNS must move within {times.detection:.0f} s; resolvers follow within {times.record_ttl} s more"
    yield from _price(planned)
    yield f"  it lasts {times.longest:.0f} s at most, then it is undone"


def _price(planned: Drill) -> Iterator[str]:
    """Return who will notice."""
    by_fails = {
        fails: [kind.title for kind in kinds(planned.site) if planned.expected.fails(kind) is fails] for fails in Fails
    }
    for fails, until in ((Fails.BRIEFLY, "they have followed DNS"), (Fails.THROUGHOUT, "the fault is undone")):
        if by_fails[fails]:
            yield f"  these viewers get errors for what is not cached until {until}:"
            yield from (f"    {title}" for title in by_fails[fails])


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,4})([sm]?)", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= LONGEST:
        raise UserError(
            f"--for is {text!r}, expected a time from 1s to {LONGEST / 60:.0f}m, like 90s or 5m", exit_code=2
        )
    return seconds


def _require_pictures(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--report is {folder}, which is no directory: name another", exit_code=2)
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError("--report needs matplotlib, which is not installed: pip install 's3-failover[local]'")


def _require_consent(hostname: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("this breaks a site on purpose, and there is no terminal to ask at: add --yes", exit_code=2)
    typed = typer.prompt(f"type {hostname} to break it now", err=True, default="", show_default=False)
    if typed != hostname:
        raise UserError(f"nothing was changed: {typed!r} was typed, expected {hostname}")
