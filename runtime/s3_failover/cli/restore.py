"""`s3-failover restore`: brings back what was deleted or overwritten."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from s3_failover.cli import outage, permissions
from s3_failover.cli.comparing import utf8
from s3_failover.cli.consent import Consent
from s3_failover.cli.moments import moment
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import WhereNamed
from s3_failover.operations.restore.plan import Plan, first, utc
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions
from s3_failover.operations.restore.result import RestoreResult
from s3_failover.operations.shown import amount, shown

_SHOWN = 10

LEFT = 3
"""The exit code when something could not be restored, or a copy does not answer."""
OWED = 4
"""The exit code when CloudFront's part is owed: its control plane, or CloudFormation's, does not answer."""


def restore(
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="Only keys that begin so.  [default: all]", callback=utf8)
    ] = "",
    *,
    before: Annotated[
        str,
        typer.Option("--before", metavar="TIME", help="The time to go back to: 30m, 2026-11-20, 2026-11-20T14:00."),
    ],
    exact: Annotated[bool, typer.Option("--exact", help="Delete what did not exist then.")] = False,
    consent: Consent,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="REGION", help="Write to this copy, of a site that replicates two-way."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for replicas and for the CDN.")] = True,
    where: WhereNamed,
    as_json: JsonOption = False,
) -> None:
    """Undo deletes and overwrites: make the versions that were current at a time current again, on every copy.

    Each key that was deleted or overwritten since gets its version of then again, with headers, metadata, tags and
    encryption: S3 copies it onto the key as a new version, which replicates; nothing is lost by that, and another
    restore undoes it. What was created since is left, or deleted with --exact. The health object is never touched.

    It prints what it would do and asks. Then it waits until every copy has it, drops what the CDN has cached, and reads
    one object back on both legs.

    TIME is a date, with a time and an offset (2026-11-20T14:00+01:00) or without: UTC; or how long ago it was, as 30m.

    Safe to interrupt and to repeat: the next run does what is left, the CDN's cache included.

    Exit code 1 if something failed, or a leg does not answer with what was restored; 4 if all was restored, and the
    CDN's cache is owed; 3 if versions are gone or cannot be copied, keys changed meanwhile, or a copy did not answer;
    2 if the command line is wrong.
    """
    at = moment(before, datetime.now(UTC), "--before").astimezone(UTC)
    chosen = where.target()
    seconds = {} if wait else {"replica_seconds": 0.0, "invalidation_seconds": 0.0}
    restoration = Restoration(
        chosen.site, chosen.account, RestoreOptions(before=at, prefix=prefix, exact=exact, to=to, **seconds)
    )
    progress(f"comparing {restoration.bucket} with what it held before {utc(at)}")
    with outage.named(chosen), permissions.told("restore", chosen):
        plan = restoration.plan(say=progress)
        for line in _announced(plan, restoration.options):
            progress(line)
        if not consent.dry_run and (plan.changes or plan.deletes):
            consent.ask("this changes what viewers get")
        done = None if consent.dry_run else restoration.run(plan, say=progress)
    result = RestoreResult.of(restoration, plan, done)
    if as_json:
        print_json(result)
    else:
        typer.echo("\n".join(_lines(result)))
    raise typer.Exit(_exit_code(result))


def _announced(plan: Plan, options: RestoreOptions) -> Iterator[str]:
    for line in first(plan.changes, _SHOWN):
        yield f"  {line}"
    for key in plan.deletes[:_SHOWN]:
        yield f"  {shown(key)} (is deleted, because it did not exist)"
    shown_count = min(len(plan.changes), _SHOWN) + min(len(plan.deletes), _SHOWN)
    if hidden := len(plan.changes) + len(plan.deletes) - shown_count:
        yield f"  ... and {hidden:,} more; --json has all"
    deleted = sum(change.now.deleted for change in plan.changes)
    overwritten = len(plan.changes) - deleted
    yield (
        f"to restore: {amount(deleted, 'deleted object')}, {overwritten:,} overwritten, {amount(plan.bytes, 'byte')}; "
        f"{len(plan.deletes):,} to delete; {plan.unchanged:,} unchanged since"
    )
    if plan.created:
        yield f"created since, and left: {amount(plan.created, 'object')}; --exact deletes them"
    if plan.done:
        yield f"changed since, and as it was already: {amount(len(plan.done), 'object')}"
    for region, why in plan.unseen.items():
        yield f"not waited for: {region}: {why}"
    if options.exact and plan.deletes:
        yield "what --exact deletes is kept as a version, as with any delete"


def _exit_code(result: RestoreResult) -> int:
    if any(result.proof.values()):
        return 1
    if result.owed:
        return OWED
    return LEFT if result.gone or result.failed or result.changed or result.not_looked_at else 0


def _lines(result: RestoreResult) -> Iterator[str]:
    verb, gone = ("would restore", "would delete") if result.dry_run else ("restored", "deleted")
    objects = amount(len(result.restores), "object")
    yield f"{verb} {objects}, {amount(result.bytes, 'byte')}; {gone} {len(result.deletes):,}"
    yield from _left(result)
    for region, seconds in result.replicated.items():
        yield f"replicated to {region} in {seconds:.1f} s"
    if result.invalidated:
        yield f"invalidated {', '.join(result.invalidated[:5])}{' and more' if len(result.invalidated) > 5 else ''}"
    for leg, objection in result.proof.items():
        yield f"{leg}: {objection or 'answers with what was restored'}"
    for leg, why in result.not_read_back.items():
        yield f"{leg}: not read back: {why}"
    if result.owed:
        yield f"owed: {result.owed}; run restore again when CloudFront answers"


def _left(result: RestoreResult) -> Iterator[str]:
    if result.gone:
        keys = ", ".join(map(shown, result.gone[:3]))
        yield (
            f"not kept: {amount(len(result.gone), 'object')} of which there may have been a version then ({keys}): "
            "lifecycle rules remove old versions, and deletes of a version are final"
        )
    for failure in result.failed:
        yield f"not restored: {amount(failure.count, 'object')} {failure.reason}, as {shown(failure.example)}"
    if result.changed:
        yield f"changed meanwhile, and left: {amount(result.changed, 'object')}; run restore again"
    for region, why in result.not_looked_at.items():
        yield f"not waited for: {region}: {why}"
