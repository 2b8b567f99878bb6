"""`s3-failover publish`: a directory becomes the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from typing_extensions import TypedDict

from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import DEFAULT_CONFIG, ConfigOption, LocalOption, ProfileOption, target
from s3_failover.operations.changes import Changes
from s3_failover.operations.publish import Options, Publication, Published

_SHOWN = 20


class Uploaded(TypedDict):
    """A file that was, or with --dry-run would be, uploaded."""

    key: str
    bytes: int
    reason: str
    """new, content or headers."""


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
    proof: dict[str, str]
    """By leg, why it does not answer with what was published; empty if it does."""


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

    A file is uploaded when its content (by digest, not by date), its content type or its Cache-Control differs from the
    object's. Patterns for Cache-Control and for what is left out are in the configuration, `publish = { cache_control,
    exclude }`. Pages are uploaded after what they refer to. The health object is never touched.

    Safe to interrupt and to repeat: the next run does what is left, the CDN's cache included.

    Exit code 1 if something failed, or a leg does not answer with what was published.
    """
    chosen = target(config, site, profile=profile, local=local)
    rules = chosen.site.publish
    seconds = {} if wait else {"replica_seconds": 0.0, "invalidation_seconds": 0.0}
    options = Options(
        delete=delete,
        exclude=rules.exclude,
        cache_control=rules.cache_control,
        most_deletes=most_deletes / 100,
        **seconds,
    )
    publication = Publication(chosen.site, chosen.account, options)
    progress(f"comparing {directory} with what is there")
    with permissions.told("publish", chosen):
        changes = publication.changes(directory)
        done = None if dry_run else publication.run(changes, say=progress)
    if as_json:
        print_json(_document(chosen.site.name, changes, done))
    else:
        typer.echo("\n".join(_lines(changes, done)))
    raise typer.Exit(1 if done and any(done.proof.values()) else 0)


def _document(site: str, changes: Changes, done: Published | None) -> Document:
    uploads = [Uploaded(key=each.file.key, bytes=each.file.size, reason=each.reason.value) for each in changes.uploads]
    return Document(
        site=site,
        dry_run=done is None,
        uploads=uploads,
        deletes=list(changes.deletes),
        unchanged=changes.unchanged,
        bytes=changes.bytes,
        replicated=dict(done.replicated) if done else {},
        invalidated=list(done.invalidated) if done else [],
        proof=dict(done.proof) if done else {},
    )


def _lines(changes: Changes, done: Published | None) -> Iterator[str]:
    verb, gone = ("uploaded", "deleted") if done else ("would upload", "would delete")
    marks = [(each.file.key, f"{each.reason.value}, {each.file.size:,} bytes") for each in changes.uploads]
    for key, why in marks[:_SHOWN]:
        yield f"  {verb} {key} ({why})"
    for key in changes.deletes[:_SHOWN]:
        yield f"  {gone} {key}"
    hidden = max(len(marks) - _SHOWN, 0) + max(len(changes.deletes) - _SHOWN, 0)
    if hidden:
        yield f"  ... and {hidden:,} more; --json has all"
    files = "1 file" if len(changes.uploads) == 1 else f"{len(changes.uploads):,} files"
    count = f"{files}, {changes.bytes:,} bytes, {verb if done else 'to upload'}"
    yield f"{count}; {len(changes.deletes):,} {gone if done else 'to delete'}; {changes.unchanged:,} unchanged"
    if done is None:
        return
    changed = changes.uploads or changes.deletes or changes.waiting
    for region, seconds in done.replicated.items():
        yield f"replicated to {region} in {seconds:.1f} s" if changed else f"nothing to replicate to {region}"
    if done.invalidated:
        yield f"invalidated {', '.join(done.invalidated[:5])}{' and more' if len(done.invalidated) > 5 else ''}"
    for leg, objection in done.proof.items():
        yield f"{leg}: {objection or 'answers with what was published'}"
