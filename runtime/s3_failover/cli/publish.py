"""`s3-failover publish`: a directory becomes the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from typing_extensions import TypedDict

from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import DEFAULT_CONFIG, ConfigOption, LocalOption, ProfileOption, target
from s3_failover.config import Site
from s3_failover.operations.changes import Changes
from s3_failover.operations.content import Rules
from s3_failover.operations.lacking import Lacking
from s3_failover.operations.parity import Kind
from s3_failover.operations.publish import Options, Publication, Published
from s3_failover.operations.shown import amount, shown

_SHOWN = 20

LACKING = 3
"""The exit code when a replica lacks some of what was published before, or could not be compared."""
OWED = 4
"""The exit code when CloudFront's part is owed: its control plane, or CloudFormation's, does not answer."""


class Uploaded(TypedDict):
    """A file that was, or with --dry-run would be, uploaded."""

    key: str
    bytes: int
    reason: str
    """new, content, headers or archived."""


class Document(TypedDict):
    """What `publish --json` prints."""

    site: str
    dry_run: bool
    uploads: list[Uploaded]
    deletes: list[str]
    unchanged: int
    bytes: int
    replicated: dict[str, float]
    """By replica region, the seconds until it had all of it."""
    invalidated: list[str]
    """The paths that the CDN dropped."""
    compared: bool
    """Whether the primary was compared with the replicas; with --no-wait it is not."""
    lacking: dict[str, dict[str, int]]
    """By replica region, how many objects it lacks and will not get by itself, by kind: missing, undeleted, size or
    content, archived, as `verify` has them."""
    on_their_way: dict[str, int]
    """By replica region, how many objects are on their way: young, with a replication that S3 calls pending."""
    not_looked_at: dict[str, str]
    """By replica region, why it could not be compared; its replication was not waited for."""
    proof: dict[str, str]
    """By leg, why it does not answer with what was published; empty if it does."""
    not_read_back: dict[str, str]
    """By leg, why it could not be asked from here."""
    owed: str
    """What of CloudFront's part is not done because it cannot be asked; the next run does it. Empty if nothing is."""


def publish(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory whose files become the site.")],
    *,
    site: Annotated[str | None, typer.Option("--site", metavar="NAME", help="Which site, of several.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    delete: Annotated[bool, typer.Option("--delete", help="Delete objects that the directory does not have.")] = False,
    most_deletes: Annotated[
        int, typer.Option("--most-deletes", min=0, max=100, metavar="PERCENT", help="Refuse to delete more than this.")
    ] = 50,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for replicas and for the CDN.")] = True,
    profile: ProfileOption = None,
    local: LocalOption = False,
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

    While CloudFront or CloudFormation cannot be asked, as when the control planes in us-east-1 are down, everything is
    uploaded and replicated; the CDN's cache is owed, and the next run drops it.

    Exit code 1 if something failed, or a leg does not answer with what was published; 4 if all was uploaded, and the
    CDN's cache is owed; 3 if all was published, and a replica lacks objects or could not be compared.
    """
    chosen = target(config, site, profile=profile, local=local)
    seconds = {} if wait else {"replica_seconds": 0.0, "invalidation_seconds": 0.0}
    options = Options(
        compare=wait,
        delete=delete,
        rules=Rules.of(chosen.site),
        most_deletes=most_deletes / 100,
        **seconds,
    )
    publication = Publication(chosen.site, chosen.account, options)
    progress(f"comparing {shown(directory)} with the buckets")
    with permissions.told("publish", chosen):
        changes = publication.changes(directory)
        done = None if dry_run else publication.run(changes, say=progress)
    if as_json:
        print_json(_document(chosen.site.name, changes, done))
    else:
        typer.echo("\n".join((*_lines(changes, done), *_lacking(chosen.site, changes))))
    raise typer.Exit(_exit_code(changes, done))


def _exit_code(changes: Changes, done: Published | None) -> int:
    if done and any(done.proof.values()):
        return 1
    if changes.unasked or (done and done.owed):
        return OWED
    return LACKING if changes.lacking and (changes.lacking.keys or changes.lacking.unseen) else 0


def _document(site: str, changes: Changes, done: Published | None) -> Document:
    uploads = [Uploaded(key=each.file.key, bytes=each.file.size, reason=each.reason.value) for each in changes.uploads]
    lacking = changes.lacking or Lacking()
    return Document(
        site=site,
        dry_run=done is None,
        uploads=uploads,
        deletes=list(changes.deletes),
        unchanged=changes.unchanged,
        bytes=changes.bytes,
        replicated=dict(done.replicated) if done else {},
        invalidated=list(done.invalidated) if done else [],
        compared=changes.lacking is not None,
        lacking={region: _counts(kinds) for region, kinds in lacking.keys.items()},
        on_their_way={region: len(keys) for region, keys in lacking.coming.items()},
        not_looked_at=dict(lacking.unseen),
        proof=dict(done.proof) if done else {},
        not_read_back=dict(done.unseen) if done else {},
        owed=done.owed if done else changes.unasked,
    )


def _lines(changes: Changes, done: Published | None) -> Iterator[str]:
    verb, gone = ("uploaded", "deleted") if done else ("would upload", "would delete")
    marks = [(each.file.key, f"{each.reason.value}, {amount(each.file.size, 'byte')}") for each in changes.uploads]
    for key, why in marks[:_SHOWN]:
        yield f"  {verb} {shown(key)} ({why})"
    for key in changes.deletes[:_SHOWN]:
        yield f"  {gone} {shown(key)}"
    hidden = max(len(marks) - _SHOWN, 0) + max(len(changes.deletes) - _SHOWN, 0)
    if hidden:
        yield f"  ... and {hidden:,} more; --json has all"
    files = amount(len(changes.uploads), "file")
    count = f"{files}, {amount(changes.bytes, 'byte')}, {verb if done else 'to upload'}"
    yield f"{count}; {len(changes.deletes):,} {gone if done else 'to delete'}; {changes.unchanged:,} unchanged"
    if done is None:
        if changes.unasked:
            yield f"what the CDN still has cached is unknown: {changes.unasked}"
        return
    changed = changes.uploads or changes.deletes or changes.waiting
    for region, seconds in done.replicated.items():
        yield f"replicated to {region} in {seconds:.1f} s" if changed else f"nothing new to replicate to {region}"
    if done.invalidated:
        yield f"invalidated {', '.join(done.invalidated[:5])}{' and more' if len(done.invalidated) > 5 else ''}"
    for leg, objection in done.proof.items():
        yield f"{leg}: {objection or 'answers with what was published'}"
    for leg, why in done.unseen.items():
        yield f"{leg}: not read back: {why}"
    if done.owed:
        yield f"owed: {done.owed}; run publish again when CloudFront answers"


def _counts(kinds: Mapping[Kind, Sequence[str]]) -> dict[str, int]:
    return {kind.value: len(keys) for kind, keys in sorted(kinds.items())}


def _lacking(site: Site, changes: Changes) -> Iterator[str]:
    """Return what replicas lack and the command that brings it there, and what was not looked at."""
    if changes.lacking is None:
        yield "replicas not compared (--no-wait): run `s3-failover verify` when they should have everything"
        return
    for region, kinds in changes.lacking.keys.items():
        for what, wanted, option in _REMEDIES:
            count = sum(len(keys) for kind, keys in kinds.items() if kind in wanted)
            # A function that copies needs no option: it compares by itself.
            command = f"run `s3-failover backfill {site.name}{option if site.versioned else ''}`"
            if Kind.ARCHIVED in wanted and not site.versioned:
                command = "restore them there"
            if count:
                yield f"{what} in {region}: {amount(count, 'object')}; {command}"
    for region, coming in changes.lacking.coming.items():
        yield f"on the way to {region}: {amount(len(coming), 'object')}"
    for region, why in changes.lacking.unseen.items():
        yield f"not looked at, and not waited for: {region}: {why}"


_REMEDIES = (
    ("missing", frozenset({Kind.MISSING}), ""),
    ("deleted", frozenset({Kind.UNDELETED}), " --direct"),
    ("other content", frozenset({Kind.SIZE, Kind.CONTENT}), " --direct"),
    ("archived", frozenset({Kind.ARCHIVED}), " --direct"),
)
"""How a difference is called, and what backfill needs for it besides: a job brings nothing but what is missing."""
