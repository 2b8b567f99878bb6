"""`s3-failover backfill`: what the replication rules never saw, or failed to copy."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from s3_failover.cli import permissions
from s3_failover.cli.comparing import Compared, Comparing, PrefixOption, SinceOption
from s3_failover.cli.moments import moment
from s3_failover.cli.options import flat
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.backfill import prices
from s3_failover.operations.backfill.batch import Batch, Filter, report_bucket
from s3_failover.operations.backfill.result import Backfill, Engine
from s3_failover.operations.backfill.task import Task
from s3_failover.operations.cost.bill import CENT
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.shown import amount
from s3_failover.operations.verify import Scope

LEFT = 3
"""The exit code when replicas still differ."""

BucketOption = Annotated[
    str | None, typer.Option("--bucket", metavar="NAME", help="For manifest and report.  [default: the log bucket]")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print count and price, and change nothing.")]
WaitOption = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the job, or for the replicas.")]


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """What a job of S3 Batch Operations works with."""

    role_arn: Annotated[
        str | None, typer.Option("--role-arn", metavar="ARN", help="The job's role.  [default: one is made]")
    ] = None
    bucket: BucketOption = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which objects S3 looks for."""

    prefix: PrefixOption = ""
    since: SinceOption = None
    before: Annotated[str | None, typer.Option("--before", metavar="WHEN", help="Only what was written before.")] = None
    larger: Annotated[int | None, typer.Option("--larger", min=0, metavar="BYTES", help="Only larger objects.")] = None
    smaller: Annotated[int | None, typer.Option("--smaller", min=1, metavar="BYTES", help="Only smaller objects.")] = (
        None
    )

    def filter(self, now: datetime) -> Filter:
        """Return the filter in the form that a job takes; raise UserError if a time is not valid."""
        after, before = (
            moment(text, now, option) if text else None
            for text, option in ((self.since, "--since"), (self.before, "--before"))
        )
        return Filter(self.prefix, after, before, self.larger, self.smaller)


class _Group(TyperGroup):
    """A group whose arguments need not begin with a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _spelled_out(args, {*self.commands, *ctx.help_option_names}))


def _spelled_out(args: list[str], known: Collection[str]) -> list[str]:
    """Return arguments that begin with a command: `run`, where none is named.

    `--generated` and `--job ID` were options before they were the commands `generated` and `watch`, and still work.
    """
    if args and args[0] in known:
        return args
    if "--generated" in args:
        return ["generated", *(each for each in args if each != "--generated")]
    for number, each in enumerate(args):
        if each == "--job" and args[number + 1 :]:
            return ["watch", args[number + 1], *args[:number], *args[number + 2 :]]
        if each.startswith("--job="):
            return ["watch", each.removeprefix("--job="), *args[:number], *args[number + 1 :]]
    return ["run", *args]


def run(
    *,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="What verify --csv wrote, instead of comparing now.")
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="Without a job: copy objects onto themselves, as new versions.")
    ] = False,
    comparing: Comparing,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    options: JobOptions,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Compare, and replicate what was there before the rules, what they failed to copy, and what replicas lost.

    Compares as `verify` does, and starts one job of S3 Batch Replication for what replicas lack; it keeps version ids.
    --direct copies objects onto themselves in the primary, which the rules replicate as new versions: for a few
    objects, and for what replicas have differently, which no job fixes. A site without versions has its own function
    copy. Nothing is deleted anywhere.

    Safe to interrupt and to repeat: a job goes on, and is found again; what was copied directly is not copied again.

    Exit code 0 if the replicas have what was asked for, 3 if something is left or another job was watched instead, 1 if
    it could not be done.
    """
    if source and (comparing.since or comparing.deep):
        raise UserError(
            "--from takes what verify found, expected none of --since and --deep with it: give them to verify"
        )
    chosen = where.target()
    scope = comparing.scope(chosen.site, datetime.now(UTC))
    # What a sample of unchanged objects, or an older write, would add is for `verify` to find.
    scope = replace(scope, sample=None if comparing.deep else 0, always=frozenset(), asked=None)
    engine = _engine(chosen.site, direct=direct, local=where.local)
    if where.local and engine is Engine.DIRECT and not direct:
        progress("the embedded AWS has no S3 Batch Operations: objects are copied as with --direct")
    reports = report_bucket(chosen.site, chosen.account, options.bucket) if engine is Engine.BATCH else ""
    task = _task(chosen, engine, reports, scope=scope, role_arn=options.role_arn)
    with permissions.told("backfill", chosen):
        task.compare(source, Compared())
        done = None if dry_run else task.run(None, wait=wait)
    _conclude(task, task.result(done), waited=wait, as_json=as_json)


def generated(
    *,
    choice: Choice,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    options: JobOptions,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Replicate what S3 itself finds that was never copied or failed: for buckets too large to list.

    One job of S3 Batch Replication finds and replicates it. What a replica has lost it does not find. Nothing is
    deleted anywhere.

    Safe to interrupt and to repeat: the job goes on, and is found again.

    Exit code 0 if everything was replicated, 3 if something failed or another job was watched instead, 1 if it could
    not be done.
    """
    chosen = where.target()
    wanted = choice.filter(datetime.now(UTC))
    task = _with_job(chosen, "backfill generated", options, local=where.local)
    with permissions.told("backfill", chosen):
        done = None if dry_run else task.run(wanted, wait=wait)
    _conclude(task, task.result(done), waited=wait, as_json=as_json)


def watch(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its id, as `backfill` has printed it.")],
    *,
    bucket: BucketOption = None,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Watch a job that was started before, until it ends, and sum it up. Changes nothing.

    Exit code 0 if everything was replicated, 3 if something failed, 1 if there is no such job or it failed as a whole.
    """
    chosen = where.target()
    task = _with_job(chosen, "backfill watch", JobOptions(bucket=bucket), local=where.local)
    task.job = job
    with permissions.told("backfill", chosen):
        done = task.run(None, wait=True)
    _conclude(task, task.result(done), waited=True, as_json=as_json)


app = typer.Typer(cls=_Group, rich_markup_mode=None)
app.command("run", short_help="Compare, and replicate what replicas lack (the default).")(flat(run))
app.command("generated", short_help="Replicate what S3 finds that was never copied or failed.")(flat(generated))
app.command("watch", short_help="Watch a job that was started before.")(flat(watch))


@app.callback()
def backfill() -> None:
    """Replicate what was there before the rules, what they failed to copy, and what replicas lost.

    Without a command, as in `s3-failover backfill SITE --dry-run`, it is `run`, whose help has the options.
    """


def _task(chosen: Target, engine: Engine, reports: str, *, scope: Scope, role_arn: str | None) -> Task:
    batch = Batch(chosen.site, chosen.account, reports)
    return Task(chosen.site, chosen.account, scope, engine, batch, role_arn=role_arn, say=progress)


def _with_job(chosen: Target, command: str, options: JobOptions, *, local: bool) -> Task:
    """Return a task that is a job's; raise UserError if the site, or the embedded AWS, has no jobs."""
    engine = _engine(chosen.site, direct=False, local=local)
    if engine is not Engine.BATCH:
        raise UserError(f"`{command}` needs S3 Batch Replication, {_WITHOUT_BATCH[engine]}")
    reports = report_bucket(chosen.site, chosen.account, options.bucket)
    return _task(chosen, engine, reports, scope=Scope(), role_arn=options.role_arn)


_WITHOUT_BATCH = {
    Engine.DIRECT: "which the embedded AWS does not have: run `backfill` without it",
    Engine.QUEUE: "which needs versions: this site's function copies by itself, run `backfill` without it",
}


def _engine(site: Site, *, direct: bool, local: bool) -> Engine:
    if not site.versioned:
        return Engine.QUEUE
    return Engine.DIRECT if direct or local else Engine.BATCH


def _conclude(task: Task, found: Backfill, *, waited: bool, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(_lines(found, task.site, waited=waited)))
    is_left = not found.dry_run and (found.failed or found.left or task.other)
    raise typer.Exit(LEFT if is_left else 0)


def _lines(found: Backfill, site: Site, *, waited: bool) -> Iterator[str]:
    for kind, count in found.fixes.items():
        yield f"  {count:>9,}  {kind}"
    for kind, count in found.left.items():
        yield f"  {count:>9,}  {kind}: left alone, {_why_left(kind, found.engine, site)}"
    if found.recent:
        yield f"  {found.recent:>9,}  younger than --settle: may be on their way, and are left alone"
    if found.dry_run:
        yield from _would(found, site)
    elif found.job and not waited:
        yield f"the job {found.job} is at work: s3-failover backfill watch {found.job} {found.site}"
    else:
        yield from _did(found, waited=waited)


def _did(found: Backfill, *, waited: bool) -> Iterator[str]:
    verb = "handed to the function that copies" if found.engine is Engine.QUEUE else "replicated"
    if found.engine is Engine.DIRECT and not waited:
        verb = "copied in the primary, on the way to the replicas"
    failed = sum(each.count for each in found.failed)
    changed = f"{found.changed:,} changed since they were compared"
    yield f"{amount(found.succeeded, 'object')} {verb}, {failed:,} failed, {changed}"
    for each in found.failed:
        example = f", as {each.example!r}" if each.example else ""
        yield f"  {each.count:>9,}  {each.reason}{example}"


def _why_left(kind: DriftKind, engine: Engine, site: Site) -> str:
    if kind in (DriftKind.EXTRA, DriftKind.DELETED):
        return "nothing is deleted at a replica"
    if site.replication.two_way:
        return "two-way, the replica's may be the newer content"
    if engine is Engine.QUEUE:
        return "the function finds the same content there: restore it there"
    return "a job does not fix it, --direct does"


def _would(found: Backfill, site: Site) -> Iterator[str]:
    price = found.price
    if price is None:
        yield "S3 would find and replicate what was never copied or failed:"
        yield from (f"  US$ {usd:.3f} {what}" for usd, what in _rates(site))
    else:
        yield f"would replicate {amount(found.objects or 0, 'object')}, {amount(found.bytes or 0, 'byte')}"
        about = f"about US$ {price.total:,.2f}" if price.total >= CENT else "less than US$ 0.01"
        yield f"for {about}: job {price.job:,.2f}, requests {price.requests:,.2f}, transfer {price.transfer:,.2f}"
    yield f"({prices.as_of(site.primary_region)})"


def _rates(site: Site) -> Iterator[tuple[Decimal, str]]:
    yield prices.unit("batch-job", site.primary_region), "for the job"
    for name, what in (("batch-listing", "objects in the bucket"), ("batch-objects", "objects copied")):
        yield 1_000_000 * prices.unit(name, site.primary_region), f"for a million {what}"
    for region in site.replica_regions:
        yield 1_000_000 * prices.unit("s3-put", region), f"for a million objects that arrive in {region}"
