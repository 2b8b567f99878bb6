"""`s3-failover failback`: says whether viewers may return to the primary, and how; holds and releases them."""

import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer

from s3_failover.cli import outage, permissions
from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import JsonOption, columns, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.config import Site, ViewerHttps
from s3_failover.errors import UserError
from s3_failover.operations import notes
from s3_failover.operations.account import BRISK
from s3_failover.operations.failback import hold, readiness
from s3_failover.operations.failback.condition import Condition, FailbackResult, Met
from s3_failover.operations.failback.hold import HoldResult, RecordChange
from s3_failover.operations.failback.readiness import Closeness
from s3_failover.operations.failback.steps import steps
from s3_failover.operations.shown import shown

_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=1)
"""CloudWatch shows the last three minutes late: fewer than five say nothing."""
_WIDTH = 100


def failback(
    *,
    held: Annotated[
        str, typer.Option("--held", metavar="TIME", help="How long the primary must have been healthy.")
    ] = "15m",
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Compare what was written since: 36h, 2026-11-20.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--hold", help="Hold viewers at the secondary, whatever the primary does.")
    ] = False,
    release: Annotated[bool, typer.Option("--release", help="End a hold.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what --hold or --release would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --hold or --release.")] = False,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Check whether viewers may return to the primary after an outage, and print the steps that take them there.

    Looks at health over --held, replication, parity both ways, checks set by hand, drills, alarms, and what both legs
    serve. Only --hold changes something: it keeps viewers at the secondary by one change of the check that moves
    DNS, after writing down how it was; --release takes it back.

    Exit code 0 if viewers may return (or the hold was made or ended), 3 if not, 1 if that could not be found out,
    2 if the command line is wrong.
    """
    if keep and release:
        raise UserError("got --hold and --release, expected one of them", exit_code=2)
    if (dry_run or yes) and not (keep or release):
        why = "nothing else changes anything"
        raise UserError(f"got --dry-run or --yes without --hold or --release: {why}", exit_code=2)
    # Many things are asked one after the other: in an outage they must not wait for minutes each.
    chosen = where.target(waits=BRISK)
    if keep or release:
        with outage.named(chosen), permissions.told("failback", chosen):
            _change(chosen, keep=keep, dry_run=dry_run, yes=yes, as_json=as_json)
        return
    found = readiness.look(chosen.site, chosen.account, _wanted(chosen, held, since), say=progress)
    result = FailbackResult(
        site=chosen.site.name,
        ready=found.exit_code == 0,
        conditions=found.conditions,
        steps=tuple(steps(chosen.site, chosen.account, found)),
        hold=None if found.notes.hold is None else dict(found.notes.hold),
    )
    if as_json:
        print_json(result)
    else:
        typer.echo("\n".join(_lines(chosen.site.hostname, result, found.exit_code)))
    raise typer.Exit(found.exit_code)


def _wanted(chosen: Target, held: str, since: str | None) -> Closeness:
    span = duration(held, "--held")
    if not _SHORTEST <= span <= _LONGEST:
        raise UserError(f"--held is {held!r}, expected 5m to 24h")
    return Closeness(span, moment(since, chosen.account.now(), "--since") if since else None)


def _change(chosen: Target, *, keep: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    site, account = chosen.site, chosen.account
    change = hold.holding(site, account) if keep else hold.releasing(site, account)
    for line in _announced(site, change, keep=keep):
        progress(line)
    if not dry_run:
        _ask(yes)
        if keep:
            hold.hold(site, account, change)
        else:
            hold.release(site, account, change)
    if as_json:
        print_json(HoldResult(site=site.name, changed=replace(change, done=not dry_run)))
    elif dry_run:
        typer.echo("nothing was changed")
    else:
        typer.echo(_done(site, keep=keep))


def _announced(site: Site, change: RecordChange, *, keep: bool) -> Iterator[str]:
    settings = ", ".join(f"{name} {change.before[name]} -> {value}" for name, value in change.after.items())
    yield f"health check {change.check}: {settings if change.version else 'is already as it was before the hold'}"
    if change.version:
        yield f"  {change.command}"
    if not keep:
        yield "viewers return to the primary as soon as its health checks allow; `failback` says whether they should"
        return
    if change.healthy is False:
        yield "viewers are at the secondary and stay there until --release"
    else:
        at = "viewers are at the primary now" if change.healthy else "where viewers are now is unknown"
        yield f"{at}: this MOVES them to the secondary within {site.record_ttl} s"
    if not site.secondary.kind.speaks_https and site.https is not ViewerHttps.OPTIONAL:
        yield "the secondary speaks plain HTTP only: viewers who come by HTTPS get nothing there"
    yield f"alarms about the failover stay in ALARM until then; written down as {notes.name(site, notes.HOLD)}"


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("this changes where viewers go, and there is no terminal to ask at: add --yes", exit_code=2)
    if not typer.confirm("go on?", err=True):
        raise UserError("nothing was changed")


def _done(site: Site, *, keep: bool) -> str:
    if keep:
        return f"held: `s3-failover failback {site.name}` says when to return, --release ends it"
    return f"released: watch `s3-failover status {site.name} --watch`"


def _lines(hostname: str, result: FailbackResult, exit_code: int) -> Iterator[str]:
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
