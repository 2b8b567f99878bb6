"""`s3-failover verify`: do the replicas hold what the primary holds?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import DEFAULT_CONFIG, ConfigOption, LocalOption, ProfileOption, SiteArgument, target
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import verify as operation
from s3_failover.operations.parity import Tally
from s3_failover.operations.verify import Parity, Scope

DRIFTED = 3
"""The exit code when a replica has drifted."""


def verify(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="R", help="Only this replica; may be repeated."),
    ] = None,
    prefix: Annotated[str, typer.Option("--prefix", metavar="P", help="Only keys that begin so.")] = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only what was written since: 36h, 7d, 2026-11-20.")
    ] = None,
    settle: Annotated[
        str, typer.Option("--settle", metavar="TIME", help="What is younger may still be on its way.")
    ] = "15m",
    sample: Annotated[
        int, typer.Option("--sample", min=0, metavar="N", help="Objects whose metadata, tags and checksums to compare.")
    ] = 100,
    deep: Annotated[bool, typer.Option("--deep", help="Compare metadata, tags and checksums of all objects.")] = False,
    table: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every difference there.")] = None,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the primary bucket with every replica: keys, sizes, content, versions, delete markers, metadata, tags.

    Both listings are read side by side; memory does not grow with the buckets. Listings show keys, sizes, ETags,
    version ids and delete markers of everything; metadata, tags, checksums and the replication status take four
    requests an object, so they are compared for a sample, or for all with --deep. Changes nothing.

    Exit code 0 if the replicas hold what the primary holds, 3 if one has drifted, 1 if that could not be found out.

    --json prints {"site", "parity": BOOL, "replicas": [{"region", "bucket", "parity", "compared", "same", "bytes",
    "recent", "looked_at", "drift": {KIND: COUNT}, "examples": [{"key", "kind", "recent", "detail"}]}]}.
    """
    now = datetime.now(UTC)
    chosen = target(config, site, profile=profile, local=local)
    scope = Scope(
        regions=_replicas(chosen.site, region or []),
        prefix=prefix,
        since=moment(since, now, "--since") if since else None,
        settle=duration(settle, "--settle"),
        sample=None if deep else sample,
    )
    with _opened(table) as rows:
        found = operation.verify(chosen.site, chosen.account, scope, table=rows, progress=_Said())
    held = all(parity.held for parity in found)
    if as_json:
        print_json({"site": chosen.site.name, "parity": held, "replicas": [parity.as_dict() for parity in found]})
    else:
        for parity in found:
            typer.echo("\n".join(_lines(parity)))
    raise typer.Exit(0 if held else DRIFTED)


def _replicas(site: Site, wanted: list[str]) -> tuple[str, ...]:
    for region in wanted:
        if region not in site.replica_regions:
            replicas = " or ".join(site.replica_regions)
            raise UserError(f"--region is {region}, expected a replica region of sites.{site.name}: {replicas}")
    return tuple(wanted)


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        with path.open("w", newline="", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}; name another file with --csv") from error


class _Said:
    """Says how far it is, every two seconds."""

    def __init__(self) -> None:
        self._begin = self._next = time.monotonic()

    def __call__(self, region: str, tally: Tally) -> None:
        now = time.monotonic()
        if now < self._next + 2:
            return
        self._next = now
        rate = tally.compared / (now - self._begin)
        progress(f"  {region}: {tally.compared:,} keys, {tally.total:,} differ, {rate:,.0f} keys/s")


def _lines(parity: Parity) -> Iterator[str]:
    tally = parity.tally
    verdict = "the same" if parity.held else f"{tally.total:,} DIFFER"
    looked = f"; metadata, tags and checksums of {parity.looked_at:,} compared" if parity.looked_at else ""
    yield f"{parity.region}  {parity.bucket}: {tally.compared:,} keys, {tally.bytes:,} bytes, {verdict}{looked}"
    for kind, count in sorted(tally.drift.items()):
        yield f"  {count:>9,}  {kind.value}"
    if tally.recent:
        yield f"  {tally.recent:>9,}  younger than --settle: may still be on their way"
    for drift in parity.shown:
        yield f"    {drift.kind.value:<10} {drift.key!r}: {drift.detail}{' (recent)' if drift.recent else ''}"
    if tally.total + tally.recent > len(parity.shown):
        yield f"    ... the first {len(parity.shown)} of {tally.total + tally.recent:,}; --csv FILE has all"
