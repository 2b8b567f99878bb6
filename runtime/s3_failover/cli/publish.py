"""`s3-failover publish`: uploads a directory as the site's content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli import outage, permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import WhereNamed
from s3_failover.config import Site
from s3_failover.operations.content import Rules
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.publish import Publication, PublishOptions, PublishResult
from s3_failover.operations.shown import amount, shown

_SHOWN = 20

LACKING = 3
"""The exit code when a replica lacks some of what was published before, or could not be compared."""
OWED = 4
"""The exit code when CloudFront's part is owed: its control plane, or CloudFormation's, does not answer."""


def publish(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory whose files become the site.")],
    *,
    delete: Annotated[bool, typer.Option("--delete", help="Delete objects that the directory does not have.")] = False,
    most_deletes: Annotated[
        int, typer.Option("--most-deletes", min=0, max=100, metavar="PERCENT", help="Refuse to delete more than this.")
    ] = 50,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="REGION", help="Write to this copy, of a site that replicates two-way."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for replicas and for the CDN.")] = True,
    where: WhereNamed,
    as_json: JsonOption = False,
) -> None:
    """Upload what changed, wait until every replica has it, drop what the CDN has cached, and read one object back.

    All files are read before the first is uploaded, and exactly what was read is published. A file is uploaded when its
    content (by digest, not by date) or anything that viewers get with it differs from the object's, or the object is
    archived. The configuration says what is published and how, `publish = { exclude, include, cache_control,
    content_types }`. Pages are uploaded after what they refer to. The health object is never touched.

    Links to directories, what is no file, and what is seldom meant for the public (a name that begins with a dot, a
    link out of the directory) are errors, unless they are excluded or included.

    Safe to interrupt and to repeat: the next run does what is left, the CDN's cache included.

    Replicas are compared with the primary, too: what one lacks of the objects that did not change is printed, with the
    command that brings it there. A replica that cannot be listed is named, and keeps nothing from being published.

    With --to it writes to a replica and waits for the other copies: for sites that replicate two-way, while the primary
    region is lost. What comes back is compared and counted as for replicas.

    While CloudFront or CloudFormation cannot be asked, as when the control planes in us-east-1 are down, everything is
    uploaded and replicated; the CDN's cache is owed, and the next run drops it.

    Exit code 1 if something failed, or a leg does not answer with what was published; 4 if all was uploaded, and the
    CDN's cache is owed; 3 if all was published, and a replica lacks objects or could not be compared.
    """
    chosen = where.target()
    seconds = {} if wait else {"replica_seconds": 0.0, "invalidation_seconds": 0.0}
    options = PublishOptions(
        compare=wait, to=to, delete=delete, rules=Rules.of(chosen.site), most_deletes=most_deletes / 100, **seconds
    )
    publication = Publication(chosen.site, chosen.account, options)
    progress(f"comparing {shown(directory)} with the buckets")
    with outage.named(chosen), permissions.told("publish", chosen):
        changes = publication.changes(directory)
        done = None if dry_run else publication.run(changes, say=progress)
    result = PublishResult.of(chosen.site.name, publication.region, changes, done)
    if as_json:
        print_json(result)
    else:
        typer.echo("\n".join((*_lines(result), *_lacking(chosen.site, result))))
    raise typer.Exit(_exit_code(result))


def _exit_code(result: PublishResult) -> int:
    if any(result.proof.values()):
        return 1
    if result.owed:
        return OWED
    return LACKING if result.lacking or result.not_looked_at else 0


def _lines(result: PublishResult) -> Iterator[str]:
    verb, gone = ("would upload", "would delete") if result.dry_run else ("uploaded", "deleted")
    for each in result.uploads[:_SHOWN]:
        yield f"  {verb} {shown(each.key)} ({each.reason.value}, {amount(each.bytes, 'byte')})"
    for key in result.deletes[:_SHOWN]:
        yield f"  {gone} {shown(key)}"
    hidden = max(len(result.uploads) - _SHOWN, 0) + max(len(result.deletes) - _SHOWN, 0)
    if hidden:
        yield f"  ... and {hidden:,} more; --json has all"
    files = amount(len(result.uploads), "file")
    verb, gone = ("to upload", "to delete") if result.dry_run else (verb, gone)
    count = f"{files}, {amount(result.bytes, 'byte')}, {verb}"
    yield f"{count}; {len(result.deletes):,} {gone}; {result.unchanged:,} unchanged"
    if not result.dry_run:
        yield from _arrived(result)
    elif result.owed:
        yield f"what the CDN still has cached is unknown: {result.owed}"


def _arrived(result: PublishResult) -> Iterator[str]:
    for region, seconds in result.replicated.items():
        arrived = f"replicated to {region} in {seconds:.1f} s"
        yield arrived if result.awaited else f"nothing new to replicate to {region}"
    if result.invalidated:
        yield f"invalidated {', '.join(result.invalidated[:5])}{' and more' if len(result.invalidated) > 5 else ''}"
    for leg, objection in result.proof.items():
        yield f"{leg}: {objection or 'answers with what was published'}"
    for leg, why in result.not_read_back.items():
        yield f"{leg}: not read back: {why}"
    if result.owed:
        yield f"owed: {result.owed}; run publish again when CloudFront answers"


def _lacking(site: Site, result: PublishResult) -> Iterator[str]:
    """Return what replicas lack and the command that brings it there, and what was not looked at."""
    if not result.compared:
        yield "replicas not compared (--no-wait): run `s3-failover verify` when they should have everything"
        return
    for region, kinds in result.lacking.items():
        for what, wanted, option in _REMEDIES:
            count = sum(count for kind, count in kinds.items() if kind in wanted)
            # A function that copies needs no option: it compares by itself.
            command = f"run `s3-failover backfill {site.name}{option if site.versioned else ''}`"
            if DriftKind.ARCHIVED in wanted and not site.versioned:
                command = "restore them there"
            if result.region != site.primary_region:
                command = f"`s3-failover return {site.name}` says how to bring them there"
            if count:
                yield f"{what} in {region}: {amount(count, 'object')}; {command}"
    for region, coming in result.on_their_way.items():
        yield f"on the way to {region}: {amount(coming, 'object')}"
    for region, why in result.not_looked_at.items():
        yield f"not looked at, and not waited for: {region}: {why}"


_REMEDIES = (
    ("missing", frozenset({DriftKind.MISSING}), ""),
    ("deleted", frozenset({DriftKind.UNDELETED}), " --direct"),
    ("other content", frozenset({DriftKind.SIZE, DriftKind.CONTENT}), " --direct"),
    ("archived", frozenset({DriftKind.ARCHIVED}), " --direct"),
)
"""How a difference is called, and what backfill needs for it besides: a job brings nothing but what is missing."""
