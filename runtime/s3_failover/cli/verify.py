"""`s3-failover verify`: compares the replicas with the primary."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer

from s3_failover.cli import outage, permissions
from s3_failover.cli.comparing import Compared, Comparing
from s3_failover.cli.files import whole
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations import verify as operation
from s3_failover.operations.inventory.report import InventoryReport
from s3_failover.operations.shown import amount, shown
from s3_failover.operations.verify import Parity

DRIFTED = 3
"""The exit code when a replica has drifted."""


def verify(
    *,
    comparing: Comparing,
    sample: Annotated[
        int, typer.Option("--sample", min=0, metavar="N", help="Objects whose metadata, tags and checksums to compare.")
    ] = 100,
    inventory: Annotated[
        list[str] | None,
        typer.Option("--inventory", metavar="R=S3URL", help="Read a region's S3 Inventory reports, not its listing."),
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every difference there.")] = None,
    where: Where,
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
    chosen = where.target()
    scope = comparing.scope(chosen.site, now)
    scope = replace(scope, sample=None, asked=None) if comparing.deep else replace(scope, sample=sample)
    with outage.named(chosen), permissions.told("verify", chosen), _opened(table) as rows:
        if inventory:
            chosen_regions = scope.regions or chosen.site.replica_regions
            scope = replace(scope, reports=_reports(chosen, inventory, chosen_regions, now))
        found = operation.verify(chosen.site, chosen.account, scope, table=rows, progress=Compared())
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(line for parity in found.replicas for line in _lines(parity)))
    raise typer.Exit(0 if found.held else DRIFTED)


def _reports(chosen: Target, options: list[str], replicas: Sequence[str], now: datetime) -> dict[str, InventoryReport]:
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
        report = InventoryReport(client, place, source=names.copy(region), versions=chosen.site.versioned, say=progress)
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
        with whole(path, newline="") as stream:
            yield stream
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be written: {error.strerror}; name another file with --csv") from error


def _lines(parity: Parity) -> Iterator[str]:
    verdict = "the same" if parity.held else f"{parity.total:,} DIFFER"
    looked = f"; metadata, tags and checksums of {parity.looked_at:,} compared" if parity.looked_at else ""
    size = f"{amount(parity.compared, 'key')}, {amount(parity.bytes, 'byte')}"
    yield f"{parity.region}  {parity.bucket}: {size}, {verdict}{looked}"
    for kind, count in parity.drift.items():
        yield f"  {count:>9,}  {kind.value}"
    if parity.recent:
        yield f"  {parity.recent:>9,}  younger than --settle: may still be on their way"
    if parity.archived:
        noted = "archived in the primary, no drift: restore or publish them; --csv FILE has them"
        yield f"  {parity.archived:>9,}  {noted}"
    if parity.unseen:
        yield f"  {parity.unseen:>9,}  compared by the listings alone: changed meanwhile, or under a customer's key"
    for drift in parity.shown:
        yield f"    {drift.kind.value:<10} {drift.key!r}: {drift.detail}{' (recent)' if drift.recent else ''}"
    if parity.total + parity.recent > len(parity.shown):
        yield f"    ... the first {len(parity.shown)} of {parity.total + parity.recent:,}; --csv FILE has all"
