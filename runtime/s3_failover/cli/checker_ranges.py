"""`s3-failover checker-ranges`: compares the health checkers' addresses in the repository with those from AWS."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.checkers import DATA, Ranges, RangesError, read, split
from s3_failover.cli.output import JsonOption, print_json
from s3_failover.client.files.replacement import Replacement
from s3_failover.errors import UserError
from s3_failover.names.stacks import EDGE_REGION
from s3_failover.results import Result

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

CHANGED = 3
"""The exit code when Route 53 publishes other ranges and they were not written."""

SOURCE = "Route 53 API, GetCheckerIpRanges"


@dataclass(frozen=True)
class RangesComparison:
    """The ranges at hand and those that Route 53 publishes now."""

    ours: Ranges
    published: Ranges

    @property
    def added(self) -> tuple[str, ...]:
        """What Route 53 publishes and we lack: checks from there are refused."""
        return tuple(text for text in _all(self.published) if text not in _all(self.ours))

    @property
    def removed(self) -> tuple[str, ...]:
        """What we have and Route 53 publishes no more."""
        return tuple(text for text in _all(self.ours) if text not in _all(self.published))

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return bool(self.added or self.removed)


class RangesResult(Result):
    """The ranges of the data file."""

    source: str
    """Where they come from."""
    retrieved: str
    """The day they were read there."""
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]


class RangesCompared(RangesResult):
    """The ranges that Route 53 publishes, and what changed: with --refresh or --write."""

    added: tuple[str, ...]
    """What Route 53 publishes and the file lacks."""
    removed: tuple[str, ...]
    """What the file has and Route 53 publishes no more."""
    written: bool


def checker_ranges(
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask Route 53 and compare.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Ask Route 53 and write the data file.")] = False,
    file: Annotated[Path, typer.Option("--file", metavar="PATH", help="The data file.", show_default=False)] = DATA,
    as_json: JsonOption = False,
) -> None:
    """Print the address ranges of Route 53's health checkers, which may read the health object of a private bucket.

    Deploy the primary stacks after a change: the ranges are part of their bucket policies.

    Needs no credentials; without --refresh or --write no network either. Exit code 0 if nothing changed or the change
    was written, 3 if Route 53 publishes other ranges than the file holds.

    --json prints the ranges of the file; with --refresh or --write those that Route 53 publishes, and what changed.
    """
    ours = _ours(file)
    if not (refresh or write):
        _print_ranges(ours, as_json=as_json)
        return
    comparison = RangesComparison(ours, published(_route53(), ours))
    if write and comparison.changed:
        _refuse_shrunken(comparison)
        replace(file, comparison.published.as_json())
    _print_comparison(comparison, written=write and comparison.changed, as_json=as_json)
    raise typer.Exit(CHANGED if comparison.changed and not write else 0)


def published(route53: Route53Client, ours: Ranges) -> Ranges:
    """Return the ranges that Route 53 publishes for the partition of the client.

    An answer without IPv6 ranges says nothing about them: ours are kept.

    The call needs no credentials (Route 53 API, GetCheckerIpRanges).

    Raises:
        UserError: Route 53 cannot be asked, or its answer is not fit for a bucket policy.
    """
    try:
        answer = route53.get_checker_ip_ranges()["CheckerIpRanges"]
        ipv4, ipv6 = split(answer)
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return Ranges(SOURCE, today, ipv4, ipv6 or ours.ipv6)
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"route 53 cannot be asked for the checker ranges: {error}; try again") from error
    except RangesError as error:
        raise UserError(f"the answer of route 53 is refused: {error}; try again later") from error


def replace(file: Path, text: str) -> None:
    """Replace the content of a file in one step; raise UserError if it cannot be written."""
    try:
        with Replacement(file) as replacement:
            replacement.file.write(text.encode())
            replacement.commit()
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}; run it in a checkout, or name a file with --file") from error


def _ours(file: Path) -> Ranges:
    try:
        return read(file)
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}; name the data file with --file") from error
    except RangesError as error:
        raise UserError(f"{file}: {error}") from error


def _route53() -> Route53Client:
    config = Config(signature_version=UNSIGNED, connect_timeout=5, read_timeout=10)
    return boto3.client("route53", region_name=EDGE_REGION, config=config)


def _refuse_shrunken(comparison: RangesComparison) -> None:
    """Refuse an answer that would lock most checkers out: every health check would turn unhealthy at once."""
    pairs = ((comparison.ours.ipv4, comparison.published.ipv4), (comparison.ours.ipv6, comparison.published.ipv6))
    for ours, theirs in pairs:
        if len(theirs) < len(ours) / 2:
            raise UserError(
                f"the answer of route 53 is refused: got {len(theirs)} ranges instead of {len(ours)}, "
                "expected at least half as many; if AWS announced it, edit the data file by hand"
            )


def _all(ranges: Ranges) -> tuple[str, ...]:
    return (*ranges.ipv4, *ranges.ipv6)


def _print_ranges(ranges: Ranges, *, as_json: bool) -> None:
    if as_json:
        print_json(RangesResult(**vars(ranges)))
        return
    typer.echo("\n".join(_all(ranges)))
    typer.echo(f"{len(ranges.ipv4)} IPv4 and {len(ranges.ipv6)} IPv6 ranges of {ranges.retrieved}", err=True)


def _print_comparison(comparison: RangesComparison, *, written: bool, as_json: bool) -> None:
    if as_json:
        found, added, removed = vars(comparison.published), comparison.added, comparison.removed
        print_json(RangesCompared(**found, added=added, removed=removed, written=written))
        return
    for text in comparison.added:
        typer.echo(f"+ {text}")
    for text in comparison.removed:
        typer.echo(f"- {text}")
    if not comparison.changed:
        typer.echo(f"no change since {comparison.ours.retrieved}")
    elif written:
        typer.echo("written: deploy the primary stacks, whose bucket policies name the ranges")
    else:
        typer.echo("not written: repeat with --write, then deploy the primary stacks")
