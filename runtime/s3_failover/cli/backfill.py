"""`s3-failover backfill`: what the replication rules never saw, or failed to copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from typing_extensions import TypedDict

from s3_failover.cli import permissions
from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import DEFAULT_CONFIG, ConfigOption, LocalOption, ProfileOption, SiteArgument, target
from s3_failover.cli.verify import Compared, PrefixOption, replica_regions
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.backfill import prices
from s3_failover.operations.backfill.batch import Batch, Filter, report_bucket
from s3_failover.operations.backfill.result import Result
from s3_failover.operations.backfill.task import Task
from s3_failover.operations.backfill.work import Engine, Found
from s3_failover.operations.parity import Kind
from s3_failover.operations.shown import amount
from s3_failover.operations.verify import Scope

LEFT = 3
"""The exit code when replicas still differ."""


class PriceDocument(TypedDict):
    """A price in US dollars, at list prices."""

    job: float
    """The job of S3 Batch Operations and its objects."""
    requests: float
    """Writes in the primary and in the replicas."""
    transfer: float
    """From the primary's region to the replicas'."""


class FailureDocument(TypedDict):
    """Objects that failed for one reason."""

    reason: str
    """S3's code, or ours."""
    count: int
    """How many."""
    example: str
    """The key of one."""


class Document(TypedDict):
    """What `s3-failover backfill --json` prints."""

    site: str
    """The site's name."""
    engine: str
    """`batch`, `direct` or `queue`."""
    dry_run: bool
    """Whether nothing was done."""
    fixes: dict[str, int]
    """Differences that this engine fixes, by kind; one for each replica."""
    left: dict[str, int]
    """Differences that it leaves alone, by kind."""
    recent: int
    """Differences so young that replication may still be at work."""
    objects: int | None
    """Objects to bring to the replicas; null if S3 counts them itself."""
    bytes: int | None
    """How much they hold, as far as it is known."""
    price: PriceDocument | None
    """What that costs, roughly; null if nothing is known about the objects."""
    job: str | None
    """The id of the job of S3 Batch Operations."""
    succeeded: int
    """Objects that arrived or, without --wait, are on their way."""
    changed: int
    """Objects written or deleted since the comparison."""
    failed: list[FailureDocument]
    """The others, by reason."""


def backfill(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="What verify --csv wrote, instead of comparing now.")
    ] = None,
    generated: Annotated[bool, typer.Option("--generated", help="S3 finds what was never copied or failed.")] = False,
    by_copies: Annotated[
        bool, typer.Option("--direct", help="Without a job: copy objects onto themselves, as new versions.")
    ] = False,
    region: Annotated[
        list[str] | None, typer.Option("--region", metavar="R", help="Only what this replica lacks; may be repeated.")
    ] = None,
    prefix: PrefixOption = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only what was written since: 36h, 7d, 2026-11-20.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="WHEN", help="With --generated: only what was written before.")
    ] = None,
    larger: Annotated[
        int | None, typer.Option("--larger", min=0, metavar="BYTES", help="With --generated: only larger objects.")
    ] = None,
    smaller: Annotated[
        int | None, typer.Option("--smaller", min=1, metavar="BYTES", help="With --generated: only smaller objects.")
    ] = None,
    settle: Annotated[
        str, typer.Option("--settle", metavar="TIME", help="What is younger may still be on its way.")
    ] = "15m",
    deep: Annotated[bool, typer.Option("--deep", help="Compare metadata, tags and status of all objects too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print count and price, and change nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the job, or for the replicas.")] = True,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="Watch a job that was started before.")] = None,
    role_arn: Annotated[
        str | None, typer.Option("--role-arn", metavar="ARN", help="The job's role.  [default: one is made]")
    ] = None,
    bucket: Annotated[
        str | None, typer.Option("--bucket", metavar="NAME", help="For manifest and report.  [default: the log bucket]")
    ] = None,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Replicate what was there before the rules, what they failed to copy, and what replicas lost.

    Compares as `verify` does, and starts one job of S3 Batch Replication for what replicas lack; it keeps version ids.
    --generated leaves the comparison to S3, for buckets too large to list. --direct copies objects onto themselves in
    the primary, which the rules replicate as new versions: for a few objects, and for what replicas have differently,
    which no job fixes. A site without versions has its own function copy. Nothing is deleted anywhere.

    Safe to interrupt and to repeat: a job goes on, and is found again; what was copied directly is not copied again.

    Exit code 0 if the replicas have what was asked for, 3 if something is left or another job was watched instead, 1 if
    it could not be done.
    """
    chosen = target(config, site, profile=profile, local=local)
    engine = _engine(chosen.site, direct=by_copies, local=local)
    now = datetime.now(UTC)
    scope = Scope(
        regions=replica_regions(chosen.site, region or []),
        prefix=prefix,
        since=moment(since, now, "--since") if since else None,
        settle=duration(settle, "--settle"),
        sample=None if deep else 0,
        always=frozenset(),
        asked=None,
    )
    last = moment(before, now, "--before") if before else None
    chosen_by_s3 = before is not None or larger is not None or smaller is not None
    compared_here = bool(source or region or deep)
    _refuse_contradictions(generated=generated, chosen_by_s3=chosen_by_s3, compared_here=compared_here)
    if source and (since or deep):
        raise UserError(
            "--from takes what verify found, expected none of --since and --deep with it: give them to verify"
        )
    wanted = Filter(prefix, scope.since, last, larger, smaller) if generated else None
    if job and (generated or source or dry_run):
        raise UserError("--job watches what was started before, expected none of --from, --generated and --dry-run")
    if (job or generated) and engine is not Engine.BATCH:
        raise UserError(f"{'--job' if job else '--generated'} needs S3 Batch Replication, {_WITHOUT_BATCH[engine]}")
    if local and engine is Engine.DIRECT and not by_copies:
        progress("the embedded AWS has no S3 Batch Operations: objects are copied as with --direct")
    reports = report_bucket(chosen.site, chosen.account, bucket) if engine is Engine.BATCH else ""
    batch = Batch(chosen.site, chosen.account, reports)
    task = Task(chosen.site, chosen.account, scope, engine, batch, role_arn=role_arn, job=job, say=progress)
    with permissions.told("backfill", chosen):
        if job is None and wanted is None:
            task.compare(source, Compared())
        done = None if dry_run else task.run(wanted, wait=wait)
    document = _document(task, done)
    if as_json:
        print_json(document)
    else:
        typer.echo("\n".join(_lines(document, chosen.site, waited=wait)))
    raise typer.Exit(LEFT if done and (done.failed or document["left"] or task.other) else 0)


def _refuse_contradictions(*, generated: bool, chosen_by_s3: bool, compared_here: bool) -> None:
    if chosen_by_s3 and not generated:
        raise UserError("--before, --larger and --smaller choose for S3, expected --generated with them")
    if generated and compared_here:
        raise UserError("--generated leaves the comparison to S3, expected none of --from, --region and --deep with it")


_WITHOUT_BATCH = {
    Engine.DIRECT: "which neither --direct nor the embedded AWS has",
    Engine.QUEUE: "which needs versions: this site's function copies by itself, so leave the option out",
}


def _engine(site: Site, *, direct: bool, local: bool) -> Engine:
    if not site.versioned:
        return Engine.QUEUE
    return Engine.DIRECT if direct or local else Engine.BATCH


def _document(task: Task, done: Result | None) -> Document:
    found = task.found
    size = found.items.bytes if found else None
    return Document(
        site=task.site.name,
        engine=task.engine.value,
        dry_run=done is None,
        fixes={kind.value: count for kind, count in sorted(found.fixed.items())} if found else {},
        left={kind.value: count for kind, count in sorted(found.left.items())} if found else {},
        recent=found.recent if found else 0,
        objects=len(found.items) if found else None,
        bytes=size,
        price=_price(task, found) if found else None,
        job=task.job,
        succeeded=done.succeeded if done else 0,
        changed=done.changed if done else 0,
        failed=[FailureDocument(reason=each.reason, count=each.count, example=each.example) for each in done.failed]
        if done
        else [],
    )


def _price(task: Task, found: Found) -> PriceDocument:
    parts = prices.price(task.site, task.engine, len(found.items), found.items.bytes)
    job, requests, transfer = (round(float(part), 4) for part in (parts.job, parts.requests, parts.transfer))
    return PriceDocument(job=job, requests=requests, transfer=transfer)


def _lines(document: Document, site: Site, *, waited: bool) -> Iterator[str]:
    for kind, count in document["fixes"].items():
        yield f"  {count:>9,}  {kind}"
    for kind, count in document["left"].items():
        yield f"  {count:>9,}  {kind}: left alone, {_why_left(Kind(kind), document['engine'], site)}"
    if document["recent"]:
        yield f"  {document['recent']:>9,}  younger than --settle: may be on their way, and are left alone"
    if document["dry_run"]:
        yield from _would(document, site)
        return
    if document["job"] and not waited:
        yield f"the job {document['job']} is at work: s3-failover backfill {document['site']} --job {document['job']}"
        return
    verb = "handed to the function that copies" if document["engine"] == Engine.QUEUE.value else "replicated"
    if document["engine"] == Engine.DIRECT.value and not waited:
        verb = "copied in the primary, on the way to the replicas"
    failed = sum(each["count"] for each in document["failed"])
    changed = f"{document['changed']:,} changed since they were compared"
    yield f"{amount(document['succeeded'], 'object')} {verb}, {failed:,} failed, {changed}"
    for each in document["failed"]:
        example = f", as {each['example']!r}" if each["example"] else ""
        yield f"  {each['count']:>9,}  {each['reason']}{example}"


def _why_left(kind: Kind, engine: str, site: Site) -> str:
    if kind in (Kind.EXTRA, Kind.DELETED):
        return "nothing is deleted at a replica"
    if site.replication.two_way:
        return "two-way, the replica's may be the newer content"
    if engine == Engine.QUEUE.value:
        return "the function finds the same content there: restore it there"
    return "a job does not fix it, --direct does"


def _would(document: Document, site: Site) -> Iterator[str]:
    price = document["price"]
    if price is None:
        yield "S3 would find and replicate what was never copied or failed:"
        yield from (f"  US$ {usd:.3f} {what}" for usd, what in _rates(site))
    else:
        total = price["job"] + price["requests"] + price["transfer"]
        yield f"would replicate {amount(document['objects'] or 0, 'object')}, {amount(document['bytes'] or 0, 'byte')}"
        about = f"about US$ {total:,.2f}" if total >= 0.01 else "less than US$ 0.01"
        parts = ", ".join(f"{name} {price[name]:,.2f}" for name in ("job", "requests", "transfer"))
        yield f"for {about}: {parts}"
    yield f"({prices.as_of(site.primary_region)})"


def _rates(site: Site) -> Iterator[tuple[Decimal, str]]:
    yield prices.unit("batch-job", site.primary_region), "for the job"
    for name, what in (("batch-listing", "objects in the bucket"), ("batch-objects", "objects copied")):
        yield 1_000_000 * prices.unit(name, site.primary_region), f"for a million {what}"
    for region in site.replica_regions:
        yield 1_000_000 * prices.unit("s3-put", region), f"for a million objects that arrive in {region}"
