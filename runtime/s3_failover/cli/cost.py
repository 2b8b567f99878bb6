"""`s3-failover cost`: what does a site cost a month?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typing_extensions import TypedDict

from s3_failover import __version__
from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import (
    DEFAULT_CONFIG,
    ConfigOption,
    LocalOption,
    ProfileOption,
    SiteArgument,
    chosen,
    target,
)
from s3_failover.errors import UserError
from s3_failover.operations.cost import usage as usages
from s3_failover.operations.cost.areas import AREAS, around, shares
from s3_failover.operations.cost.bill import Bill, Line
from s3_failover.operations.cost.estimate import Estimate, Estimator, Range
from s3_failover.operations.cost.inventory import inventory
from s3_failover.operations.cost.items import Options
from s3_failover.operations.cost.measured import Measurement
from s3_failover.operations.cost.prices import SHIPPED, Doubt, PriceList, load, outdated
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import ASSUMPTIONS, Usage


class PriceUsed(TypedDict):
    """A price, and where it was read."""

    usd: list[str]
    """US dollars for `per` units, in each tier that the line is charged in."""
    per: int
    unit: str
    place: str
    """The place whose price it is."""
    as_of: str | None
    """The day that its source bears; null if it bears none."""
    read: str
    """The day it was read there."""
    source: str
    doubts: list[Doubt]
    """`remembered`: it was not read; `nearest`: it is another place's; `at most`: AWS charges less for so much."""


class LineDocument(TypedDict):
    """One line of the bill."""

    service: str
    what: str
    region: str
    """Which region charges; an area of CloudFront's, or `everywhere`."""
    quantity: str
    """How much a month, in units of the price."""
    free: str
    """How much of it is free."""
    basis: str
    """`counted` from the configuration, `measured` in the account, `given` by an option, or `assumed`."""
    usd: str
    """What is to pay, in whole cents."""
    note: str
    price: PriceUsed


class AssumptionDocument(TypedDict):
    """A quantity that the configuration does not tell."""

    value: str
    basis: str
    what: str


class AskedDocument(TypedDict):
    """All that the estimate depends on besides the quantities: with it, it can be made again."""

    version: str
    """Of s3-failover."""
    day: str
    config: str
    config_sha256: str
    prices: str
    prices_sha256: str
    viewers: dict[str, str]
    """The share of viewers in each area."""
    free_tier: bool
    count_as: Literal["aws", "other"]
    """As what the lines count health checks of distributions and APIs, and calculated ones."""
    deployed: bool
    account: str | None
    """With --deployed: the account that was looked at."""


class RangeDocument(TypedDict):
    """US dollars a month, by the cheapest and the dearest reading of what AWS leaves open."""

    low: str
    high: str


class YearsDocument(TypedDict):
    """A month in each year: keys are rotated once a year, and the first two rotations raise their price."""

    first: RangeDocument
    second: RangeDocument
    later: RangeDocument


class OnceDocument(TypedDict):
    """What is paid once."""

    total: str
    lines: list[LineDocument]


class Document(TypedDict):
    """What `cost --json` prints."""

    site: str
    asked: AskedDocument
    currency: str
    total: str
    """The sum of all lines: a month in the first year, by the reading of `count_as`; `years` has both readings."""
    years: YearsDocument
    first_copies: OnceDocument | None
    """The first upload of everything and its copies; null with --deployed, where they are past."""
    outage: str
    """How much of the total is due to --outage-hours."""
    services: dict[str, str]
    """What each service costs: together they are the total."""
    lines: list[LineDocument]
    assumptions: dict[str, AssumptionDocument]
    unknown: list[str]
    """With --deployed: what the account does not know, so that it is assumed."""


def _option(name: str) -> Any:
    assumption = ASSUMPTIONS[name]
    return typer.Option(
        assumption.option,
        metavar="N",
        help=f"{assumption.what[0].upper()}{assumption.what[1:]}.  [default: {assumption.default:,}]",
    )


def cost(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    deployed: Annotated[bool, typer.Option("--deployed", help="Take from the account what it knows.")] = False,
    stored_gb: Annotated[str | None, _option("stored_gb")] = None,
    objects: Annotated[str | None, _option("objects")] = None,
    changed_gb: Annotated[str | None, _option("changed_gb")] = None,
    changed_objects: Annotated[str | None, _option("changed_objects")] = None,
    overwritten: Annotated[str | None, _option("overwritten")] = None,
    publishes: Annotated[str | None, _option("publishes")] = None,
    invalidated_paths: Annotated[str | None, _option("invalidated_paths")] = None,
    viewer_requests: Annotated[str | None, _option("viewer_requests")] = None,
    viewer_gb: Annotated[str | None, _option("viewer_gb")] = None,
    cache_hits: Annotated[str | None, _option("cache_hits")] = None,
    dns_queries: Annotated[str | None, _option("dns_queries")] = None,
    hosts: Annotated[str | None, _option("hosts")] = None,
    host_requests: Annotated[str | None, _option("host_requests")] = None,
    host_gb: Annotated[str | None, _option("host_gb")] = None,
    alarm_messages: Annotated[str | None, _option("alarm_messages")] = None,
    outage_hours: Annotated[str | None, _option("outage_hours")] = None,
    viewers: Annotated[
        str | None,
        typer.Option(
            "--viewers",
            metavar="AREA[=SHARE],...",
            help=f"Where viewers are: {', '.join(AREAS)}; as in europe=0.6,asia=0.4.  [default: around the primary]",
        ),
    ] = None,
    free_tier: Annotated[
        bool, typer.Option("--free-tier/--no-free-tier", help="Take off what AWS never charges an account for.")
    ] = True,
    unverified_aws: Annotated[
        bool,
        typer.Option(
            "--count-as-aws/--count-as-other",
            help="Count health checks of distributions and APIs as AWS endpoints and calculated ones as free, or the "
            "dearer way. The totals show both.",
        ),
    ] = True,
    prices: Annotated[
        Path, typer.Option("--prices", metavar="FILE", help="Another list of prices.", show_default=False)
    ] = SHIPPED,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print what a site costs a month, line by line, with the assumptions: an estimate, before taxes and discounts.

    Counts come from the configuration and need no credentials. --deployed takes storage, objects, the CDN's traffic,
    hosts and health checks from the account, where it knows them. GB are 2^30 bytes, as on AWS's bill. Changes nothing.

    Exit code 0; 1 if that could not be found out.

    In --json, amounts are strings, so that no digit is lost.
    """
    given = {name: value for name, value in locals().items() if name in ASSUMPTIONS}
    if profile and not deployed:
        raise UserError("--profile names an account, and without --deployed none is asked: leave it out, or add that")
    areas = None if viewers is None else shares(viewers)
    listed, used = load(prices), usages.told(given)
    account = None
    if deployed:
        where = target(config, site, profile=profile, local=local)
        progress("looking at the account")
        measurement, of, account = Measurement(where.site, where.account), where.site, where.account.id
        with permissions.told("cost", where):
            counted, others = measurement.health_checks(inventory(of))
            used = measurement.usage(used)
    else:
        of, others = chosen(config, site), []
        counted = inventory(of)
    options = Options(areas or around(of.primary_region), unverified_aws)
    found = Estimator(of, counted, used, others, listed, options, free_tier).estimate()
    if old := outdated((line.price for line in found.bill.lines if line.item.quantity.value), today()):
        progress(f"warning: {old}")
    if as_json:
        asked = _asked(config, listed, options, free_tier=free_tier, account=account)
        print_json(_document(of.name, asked, found, used))
    else:
        typer.echo("\n".join(_lines(of.hostname, found, used, deployed=deployed)))


def today() -> date:
    """Return the day by which prices are old."""
    return datetime.now(UTC).date()


def _lines(hostname: str, found: Estimate, used: Usage, *, deployed: bool) -> Iterator[str]:
    yield from _table(found.bill)
    yield ""
    totals = list(_totals(hostname, found, deployed=deployed))
    amounts = [(f"{amount:,}", name) for name, amount in found.bill.services.items()]
    width = max(len(amount) for amount, _ in [*amounts, *totals])
    for amount, what in [*amounts, *totals]:
        yield f"{amount:>{width}}  {what}"
    yield ""
    yield from _explanations(found, used)


def _table(found: Bill) -> Iterator[str]:
    shown = [line for line in found.lines if line.item.quantity.value or line.item.note]
    rows = [_row(line) for line in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    service = ""
    for line, row in zip(shown, rows, strict=True):
        if line.item.service != service:
            service = line.item.service
            yield f"{service}"
        what, where, quantity, price, usd = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {what}  {where}  {quantity.strip():>{widths[2]}}  {price}  {usd.strip():>{widths[4]}}{_marks(line)}"


def _totals(hostname: str, found: Estimate, *, deployed: bool) -> Iterator[tuple[str, str]]:
    first, second, later = map(_range, found.years)
    yield first, f"USD a month for {hostname}, in the first year"
    yield second, "in the second year, when each key has been rotated once"
    yield later, "from the third year on, when it has been rotated twice"
    if found.outage:
        yield f"{found.outage:,}", "added by the outage"
    if not deployed:
        yield f"{found.first_copies.total:,}", "once, for the first upload of everything and its copies"


def _range(found: Range) -> str:
    return f"{found.low:,}" if found.low == found.high else f"{found.low:,} to {found.high:,}"


def _dates(found: Bill) -> str:
    prices = {
        (line.price.name, line.price.place): line.price.source for line in found.lines if line.item.quantity.value
    }
    days = sorted(source.as_of for source in prices.values() if source.as_of)
    undated = [source.read for source in prices.values() if not source.as_of]
    dated = f"of {days[0]} to {days[-1]}" if days else ""
    read = f"{len(undated)} that bear no date, read on {min(undated)} or later" if undated else ""
    return " and ".join(filter(None, (dated, read)))


def _row(line: Line) -> tuple[str, str, str, str, str]:
    price = line.price
    per = "" if price.per == 1 else f"{price.per:,} "
    first, last = line.charged[0], line.charged[-1]
    usd = f"{first.normalize():f}" if first == last else f"{first.normalize():f} to {last.normalize():f}"
    return (
        line.item.what,
        line.item.place,
        _rounded(line.item.quantity.value),
        f"{usd} per {per}{price.unit}",
        f"{line.usd:,}",
    )


def _rounded(value: Decimal) -> str:
    return f"{value:,.0f}" if value >= 100 or value == value.to_integral_value() else f"{value:,.3g}"


def _marks(line: Line) -> str:
    free = f"{_rounded(line.free)} free" if line.free else ""
    basis = "" if line.item.quantity.basis is Basis.COUNTED else line.item.quantity.basis.name.lower()
    marks = [mark for mark in (basis, free, *_doubts(line), line.item.note) if mark]
    return f"  {'; '.join(marks)}" if marks else ""


def _doubts(line: Line) -> list[str]:
    said = {
        Doubt.REMEMBERED: "price remembered",
        Doubt.NEAREST: f"price of {line.price.place}",
        Doubt.AT_MOST: "at most: AWS charges less for so much",
    }
    return [said[doubt] for doubt in line.doubts]


def _explanations(found: Estimate, used: Usage) -> Iterator[str]:
    lines = found.bill.lines
    yield f"An estimate, without taxes and discounts, from list prices {_dates(found.bill)}."
    if any(year.low != year.high for year in found.years):
        yield "The totals are ranges: AWS does not say what health checks of distributions, APIs and other checks cost."
    if any(line.free for line in lines):
        yield "What is free is free once for an account: other sites may have used it up (--no-free-tier)."
    yield from (f"not known, and assumed: {each}" for each in used.unknown)
    yield "GB are 2^30 bytes, as on AWS's bill; 1 TB is 1,024 of them."
    for name, assumption in ASSUMPTIONS.items():
        quantity = used[name]
        value = _rounded(quantity.value)
        yield f"  {assumption.option:<20} {value:>12}  {quantity.basis.name.lower():<8}  {assumption.what}"


def _asked(config: Path, prices: PriceList, options: Options, *, free_tier: bool, account: str | None) -> AskedDocument:
    return {
        "version": __version__,
        "day": today().isoformat(),
        "config": str(config),
        # What can be read only once, such as a pipe, has no digest.
        "config_sha256": hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else "",
        "prices": str(prices.path),
        "prices_sha256": prices.sha256,
        "viewers": {area: f"{share:f}" for area, share in options.areas.items()},
        "free_tier": free_tier,
        "count_as": "aws" if options.unverified_aws else "other",
        "deployed": account is not None,
        "account": account,
    }


def _document(site: str, asked: AskedDocument, found: Estimate, used: Usage) -> Document:
    first, second, later = map(_range_document, found.years)
    once: OnceDocument = {
        "total": str(found.first_copies.total),
        "lines": [_line(line) for line in found.first_copies.lines],
    }
    return {
        "site": site,
        "asked": asked,
        "currency": "USD",
        "total": str(found.bill.total),
        "years": {"first": first, "second": second, "later": later},
        "first_copies": None if asked["deployed"] else once,
        "outage": str(found.outage),
        "services": {name: str(usd) for name, usd in found.bill.services.items()},
        "lines": [_line(line) for line in found.bill.lines],
        "assumptions": {
            name: {
                "value": f"{used[name].value:f}",
                "basis": used[name].basis.name.lower(),
                "what": assumption.what,
            }
            for name, assumption in ASSUMPTIONS.items()
        },
        "unknown": list(used.unknown),
    }


def _range_document(found: Range) -> RangeDocument:
    return {"low": str(found.low), "high": str(found.high)}


def _line(line: Line) -> LineDocument:
    item, price = line.item, line.price
    return {
        "service": item.service,
        "what": item.what,
        "region": item.place,
        "quantity": f"{item.quantity.value:f}",
        "free": f"{line.free:f}",
        "basis": item.quantity.basis.name.lower(),
        "usd": str(line.usd),
        "note": item.note,
        "price": {
            "usd": [f"{usd:f}" for usd in line.charged],
            "per": price.per,
            "unit": price.unit,
            "place": price.place,
            "as_of": price.source.as_of.isoformat() if price.source.as_of else None,
            "read": price.source.read.isoformat(),
            "source": price.source.source,
            "doubts": list(line.doubts),
        },
    }
