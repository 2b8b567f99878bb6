"""`s3-failover verify`: do the replicas hold what the primary holds?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer
from typing_extensions import TypedDict

from s3_failover.cli import permissions
from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import (
    DEFAULT_CONFIG,
    ConfigOption,
    LocalOption,
    ProfileOption,
    SiteArgument,
    Target,
    target,
)
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import verify as operation
from s3_failover.operations.inventory.report import Report
from s3_failover.operations.parity import Tally
from s3_failover.operations.shown import amount, shown
from s3_failover.operations.verify import Parity, Scope

DRIFTED = 3
"""The exit code when a replica has drifted."""


def _utf8(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"--prefix is {text!r}, expected UTF-8, as all keys are") from error
    return text


PrefixOption = Annotated[str, typer.Option("--prefix", metavar="P", help="Only keys that begin so.", callback=_utf8)]
"""`--prefix`, for commands that compare."""


class Example(TypedDict):
    """One difference."""

    key: str
    kind: str
    """missing, extra, deleted, undeleted, size, content, archived, version, metadata or failed."""
    recent: bool
    """Written within --settle: it may still be on its way."""
    detail: str


class Replica(TypedDict):
    """How one replica compares."""

    region: str
    bucket: str
    parity: bool
    """Nothing has drifted."""
    compared: int
    same: int
    bytes: int
    recent: int
    """How many differ and are younger than --settle."""
    archived_in_primary: int
    """How many are the same and cannot be read in the primary, because they are in an archive class or tier there."""
    looked_at: int
    """How many had metadata, tags and checksums compared."""
    not_looked_at: int
    """Of how many this was tried in vain: changed meanwhile, or encrypted with a customer's key."""
    drift: dict[str, int]
    """How many have drifted, by kind."""
    examples: list[Example]
    """The first differences; --csv has all."""


class Document(TypedDict):
    """What `verify --json` prints."""

    site: str
    parity: bool
    """No replica has drifted."""
    reports: dict[str, str]
    """With --inventory, by region, when its report was made."""
    replicas: list[Replica]


def verify(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="R", help="Only this replica; may be repeated."),
    ] = None,
    prefix: PrefixOption = "",
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="Only what was written since (36h, 7d, 2026-11-20), and what a replica lacks.",
        ),
    ] = None,
    settle: Annotated[
        str, typer.Option("--settle", metavar="TIME", help="What is younger may still be on its way.")
    ] = "15m",
    sample: Annotated[
        int, typer.Option("--sample", min=0, metavar="N", help="Objects whose metadata, tags and checksums to compare.")
    ] = 100,
    deep: Annotated[bool, typer.Option("--deep", help="Compare metadata, tags and checksums of all objects.")] = False,
    inventory: Annotated[
        list[str] | None,
        typer.Option("--inventory", metavar="R=S3URL", help="Read a region's S3 Inventory reports, not its listing."),
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every difference there.")] = None,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the primary bucket with every replica: keys, sizes, content, versions, delete markers, metadata, tags.

    Both listings are read side by side; memory does not grow with the buckets. Listings show keys, sizes, ETags,
    version ids and delete markers of everything; metadata, tags, checksums and the replication status take four
    requests an object, so they are compared for a sample, or for all with --deep. Changes nothing.

    What was written less than --settle ago, and S3 still copies, is no drift. --since leaves out what was written
    before, but not what a replica lacks or has with other content.

    Buckets too large to list are read from their newest S3 Inventory reports, in CSV, Parquet or ORC: --inventory once
    for the primary's region and once for each replica's. What is younger than the older report, less --settle, counts
    as on its way.

    Exit code 0 if the replicas hold what the primary holds, 3 if one has drifted, 1 if that could not be found out.
    """
    now = datetime.now(UTC)
    chosen = target(config, site, profile=profile, local=local)
    scope = Scope(
        regions=replica_regions(chosen.site, region or []),
        prefix=prefix,
        since=moment(since, now, "--since") if since else None,
        settle=duration(settle, "--settle"),
        sample=None if deep else sample,
        asked=None if deep else Scope.asked,
    )
    with permissions.told("verify", chosen), _opened(table) as rows:
        if inventory:
            chosen_regions = scope.regions or chosen.site.replica_regions
            scope = replace(scope, reports=_reports(chosen, inventory, chosen_regions, now))
        found = operation.verify(chosen.site, chosen.account, scope, table=rows, progress=Compared())
    held = all(parity.held for parity in found)
    if as_json:
        reports = {region: report.created.isoformat() for region, report in scope.reports.items()}
        replicas = [replica(parity) for parity in found]
        print_json(Document(site=chosen.site.name, parity=held, reports=reports, replicas=replicas))
    else:
        for parity in found:
            typer.echo("\n".join(_lines(parity)))
    raise typer.Exit(0 if held else DRIFTED)


def replica(parity: Parity) -> Replica:
    """Return a comparison as JSON has it."""
    tally = parity.tally
    return Replica(
        region=parity.region,
        bucket=parity.bucket,
        parity=parity.held,
        compared=tally.compared,
        same=tally.same,
        bytes=tally.bytes,
        recent=tally.recent,
        archived_in_primary=tally.archived,
        looked_at=parity.looked_at,
        not_looked_at=parity.unseen,
        drift={kind.value: count for kind, count in sorted(tally.drift.items())},
        examples=[
            Example(key=drift.key, kind=drift.kind.value, recent=drift.recent, detail=drift.detail)
            for drift in parity.shown
        ],
    )


def replica_regions(site: Site, wanted: list[str]) -> tuple[str, ...]:
    """Return the regions that --region names.

    Raises:
        UserError: one is no replica region of the site.
    """
    for region in wanted:
        if region not in site.replica_regions:
            replicas = " or ".join(site.replica_regions)
            raise UserError(f"--region is {region}, expected a replica region of sites.{site.name}: {replicas}")
    return tuple(wanted)


def _reports(chosen: Target, options: list[str], replicas: Sequence[str], now: datetime) -> dict[str, Report]:
    places = dict(option.partition("=")[::2] for option in options)
    needed = (chosen.site.primary_region, *replicas)
    if set(places) != set(needed):
        got, expected = ", ".join(sorted(places)), ", ".join(needed)
        raise UserError(
            f"--inventory is given for {got}, expected once for each of {expected}: REGION=s3://BUCKET/PREFIX"
        )
    names = chosen.site.names(chosen.account.id)
    reports = {}
    for region, place in places.items():
        client = chosen.account.client("s3", region)
        report = Report(client, place, source=names.copy(region), versions=chosen.site.versioned, say=progress)
        age = (now - report.created) / timedelta(hours=1)
        progress(f"  {region}: report of {report.created:%Y-%m-%d %H:%M} UTC, {age:,.1f} hours old")
        reports[region] = report
    return reports


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        with _whole(path) as stream:
            yield stream
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be written: {error.strerror}; name another file with --csv") from error


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Open a file for writing that gets its name when it is whole: `backfill --from` must not read half a table."""
    if path.exists() and not path.is_file():
        # As /dev/stdout, or a FIFO.
        with path.open("w", newline="", encoding="utf-8") as stream:
            yield stream
        return
    part = Path(f"{path.resolve()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as stream:
            yield stream
        part.replace(path.resolve())
    finally:
        part.unlink(missing_ok=True)


class Compared:
    """Says how far it is, every two seconds."""

    def __init__(self) -> None:
        self._begin = self._next = time.monotonic()

    def __call__(self, region: str, tally: Tally) -> None:
        """Take note of where the comparison is."""
        now = time.monotonic()
        if now < self._next + 2:
            return
        self._next = now
        rate = tally.compared / (now - self._begin)
        progress(f"  {region}: {amount(tally.compared, 'key')}, {tally.total:,} differ, {rate:,.0f} keys/s")


def _lines(parity: Parity) -> Iterator[str]:
    tally = parity.tally
    verdict = "the same" if parity.held else f"{tally.total:,} DIFFER"
    looked = f"; metadata, tags and checksums of {parity.looked_at:,} compared" if parity.looked_at else ""
    size = f"{amount(tally.compared, 'key')}, {amount(tally.bytes, 'byte')}"
    yield f"{parity.region}  {parity.bucket}: {size}, {verdict}{looked}"
    for kind, count in sorted(tally.drift.items()):
        yield f"  {count:>9,}  {kind.value}"
    if tally.recent:
        yield f"  {tally.recent:>9,}  younger than --settle: may still be on their way"
    if tally.archived:
        yield f"  {tally.archived:>9,}  archived in the primary, no drift: restore or publish them; --csv FILE has them"
    if parity.unseen:
        yield f"  {parity.unseen:>9,}  compared by the listings alone: changed meanwhile, or under a customer's key"
    for drift in parity.shown:
        yield f"    {drift.kind.value:<10} {drift.key!r}: {drift.detail}{' (recent)' if drift.recent else ''}"
    if tally.total + tally.recent > len(parity.shown):
        yield f"    ... the first {len(parity.shown)} of {tally.total + tally.recent:,}; --csv FILE has all"
