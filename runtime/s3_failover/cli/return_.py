"""`s3-failover return`: says whether viewers may return to the primary, and how; ends an evacuation."""

import textwrap
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer

from s3_failover.cli import outage, permissions
from s3_failover.cli.consent import Consent
from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import JsonOption, columns, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import BRISK
from s3_failover.operations.evacuation import readiness, switch
from s3_failover.operations.evacuation.condition import Condition, Met, ReturnResult
from s3_failover.operations.evacuation.readiness import Closeness, Readiness
from s3_failover.operations.evacuation.steps import steps
from s3_failover.operations.shown import shown

_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=1)
"""CloudWatch shows the last three minutes late: fewer than five say nothing."""
_WIDTH = 100


def return_(
    *,
    healthy: Annotated[
        str, typer.Option("--healthy", metavar="TIME", help="How long the primary must have been healthy.")
    ] = "15m",
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Compare what was written since: 36h, 2026-11-20.")
    ] = None,
    consent: Consent,
    force: Annotated[bool, typer.Option("--force", help="End the evacuation whatever the conditions say.")] = False,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Check whether viewers may return to the primary, print the steps, and end an evacuation.

    Looks at health over --healthy, replication, parity both ways, checks set by hand, drills, alarms, and what both
    legs serve. Where viewers are evacuated and every condition is met, it asks, and deletes the object that keeps
    them at the secondary: that needs neither us-east-1 nor the primary's region. Where they are not evacuated, Route 53
    and the distribution bring them back by themselves, and this changes nothing.

    Exit code 0 if viewers may return (and an evacuation has ended, without --dry-run), 3 if not, 1 if that could not
    be found out or AWS refuses, 2 if the command line is wrong.
    """
    # Many things are asked one after the other: in an outage they must not wait for minutes each.
    chosen = where.target(waits=BRISK)
    found = readiness.look(chosen.site, chosen.account, _wanted(chosen, healthy, since), say=progress)
    may = found.exit_code == 0 or force
    evacuated = found.on is True or found.notes.evacuation is not None
    ends = evacuated and may and not consent.dry_run
    result = _result(chosen, found, returned=ends)
    if not as_json:
        typer.echo("\n".join(_lines(chosen.site.hostname, result, found.exit_code)))
    if ends:
        _end(chosen, found, consent)
        _unmuted(chosen, local=where.local)
    if as_json:
        print_json(result)
    elif ends:
        typer.echo(f"\nreturned: `s3-failover status {chosen.site.name} --watch` shows viewers arrive")
    elif evacuated and not may:
        typer.echo("\nviewers stay evacuated: meet the conditions, or add --force")
    raise typer.Exit(0 if ends else found.exit_code)


def _result(chosen: Target, found: Readiness, *, returned: bool) -> ReturnResult:
    note = found.notes.evacuation
    return ReturnResult(
        site=chosen.site.name,
        ready=found.exit_code == 0,
        conditions=found.conditions,
        steps=tuple(steps(chosen.site, chosen.account, found)),
        evacuation=None if note is None else dict(note),
        returned=returned,
    )


def _end(chosen: Target, found: Readiness, consent: Consent) -> None:
    site, account = chosen.site, chosen.account
    progress(f"delete {switch.place(site, account)}: viewers return within {switch.seconds(site)} s, if checks allow")
    consent.ask("this changes where viewers go")
    with outage.named(chosen), permissions.told("return", chosen):
        switch.end(site, account, found.notes.evacuation)


def _unmuted(chosen: Target, *, local: bool) -> None:
    """Let the alarm that the evacuation set off notify again, which takes us-east-1."""
    # The embedded AWS has no mute rules, and notifies no people.
    if local:
        return
    mute = switch.mute_of(chosen.site, chosen.account)
    try:
        mute.end()
    except UserError as error:
        progress(f"the alarm on the failover may be muted until the mute rule {mute.name} ends by itself: {error}")


def _wanted(chosen: Target, healthy: str, since: str | None) -> Closeness:
    span = duration(healthy, "--healthy")
    if not _SHORTEST <= span <= _LONGEST:
        raise UserError(f"--healthy is {healthy!r}, expected 5m to 24h")
    return Closeness(span, moment(since, chosen.account.now(), "--since") if since else None)


def _lines(hostname: str, result: ReturnResult, exit_code: int) -> Iterator[str]:
    for condition in result.conditions:
        yield from _condition(condition)
    counts = {met: sum(condition.met is met for condition in result.conditions) for met in Met}
    verdict = {0: "READY: viewers may return", 3: "NOT READY", 1: "not everything could be found out"}[exit_code]
    told = ", ".join(f"{count} {met.value}" for met, count in counts.items() if count)
    yield f"\n{hostname}: {verdict} ({told})\n\nthe way back:"
    for number, step in enumerate(result.steps, start=1):
        yield from _step(number, step)


def _condition(condition: Condition) -> Iterator[str]:
    mark = {Met.MET: "met", Met.NOT_MET: "NOT MET", Met.UNKNOWN: "UNKNOWN"}[condition.met]
    yield from _wrapped(f"{mark:<8} ", f"{condition.title}: {condition.seen}")
    for each in condition.objects:
        yield f"           {shown(each)}"
    if condition.todo:
        yield from _wrapped(" " * 9, f"do: {condition.todo}")


def _step(number: int, step: str) -> Iterator[str]:
    first, *rest = step.split("\n")
    yield from _wrapped(f"{number:>2}. ", first)
    for line in rest:
        # Commands are copied: they stay in one line.
        yield from [f"    {line}"] if line.startswith(" ") else _wrapped("    ", line)


def _wrapped(begin: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        columns() or _WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
