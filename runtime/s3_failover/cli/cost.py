"""`s3-failover cost`: estimates what a site costs a month."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from s3_failover import __version__
from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Where
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.cost import usage as usages
from s3_failover.operations.cost.areas import AREAS, around, shares
from s3_failover.operations.cost.estimate import Estimator
from s3_failover.operations.cost.inventory import CheckInUse, Inventory, inventory
from s3_failover.operations.cost.items import BillOptions
from s3_failover.operations.cost.measured import Measurement
from s3_failover.operations.cost.prices import SHIPPED, Doubt, PriceList, load, outdated
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.result import Asked, CostLine, CostRange, CostResult
from s3_failover.operations.cost.usage import ASSUMPTIONS, Usage


def _option(name: str) -> Any:
    assumption = ASSUMPTIONS[name]
    return typer.Option(
        assumption.option,
        metavar="N",
        help=f"{assumption.what[0].upper()}{assumption.what[1:]}.  [default: {assumption.default:,}]",
    )


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """What the configuration does not tell."""

    stored_gb: Annotated[str | None, _option("stored_gb")] = None
    objects: Annotated[str | None, _option("objects")] = None
    changed_gb: Annotated[str | None, _option("changed_gb")] = None
    changed_objects: Annotated[str | None, _option("changed_objects")] = None
    overwritten: Annotated[str | None, _option("overwritten")] = None
    publishes: Annotated[str | None, _option("publishes")] = None
    invalidated_paths: Annotated[str | None, _option("invalidated_paths")] = None
    viewer_requests: Annotated[str | None, _option("viewer_requests")] = None
    viewer_gb: Annotated[str | None, _option("viewer_gb")] = None
    cache_hits: Annotated[str | None, _option("cache_hits")] = None
    dns_queries: Annotated[str | None, _option("dns_queries")] = None
    hosts: Annotated[str | None, _option("hosts")] = None
    host_requests: Annotated[str | None, _option("host_requests")] = None
    host_gb: Annotated[str | None, _option("host_gb")] = None
    alarm_messages: Annotated[str | None, _option("alarm_messages")] = None
    outage_hours: Annotated[str | None, _option("outage_hours")] = None


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """How quantities are priced."""

    viewers: Annotated[
        str | None,
        typer.Option(
            "--viewers",
            metavar="AREA[=SHARE],...",
            help=f"Where viewers are: {', '.join(AREAS)}; as in europe=0.6,asia=0.4.  [default: around the primary]",
        ),
    ] = None
    free_tier: Annotated[
        bool, typer.Option("--free-tier/--no-free-tier", help="Take off what AWS never charges an account for.")
    ] = True
    unverified_aws: Annotated[
        bool,
        typer.Option(
            "--count-as-aws/--count-as-other",
            help="Count health checks of distributions and APIs as AWS endpoints and calculated ones as free, or the "
            "dearer way. The totals show both.",
        ),
    ] = True
    prices: Annotated[
        Path, typer.Option("--prices", metavar="FILE", help="Another list of prices.", show_default=False)
    ] = SHIPPED

    def areas(self) -> Mapping[str, Decimal] | None:
        """Return the viewers' share of each area, or None; raise UserError for unknown areas, or shares that miss 1."""
        return None if self.viewers is None else shares(self.viewers)


def cost(
    *,
    deployed: Annotated[bool, typer.Option("--deployed", help="Take from the account what it knows.")] = False,
    quantities: Quantities,
    pricing: Pricing,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Print what a site costs a month, line by line, with the assumptions: an estimate, before taxes and discounts.

    Counts come from the configuration and need no credentials. --deployed takes storage, objects, the CDN's traffic,
    hosts and health checks from the account, where it knows them. GB are 2^30 bytes, as on AWS's bill. Changes nothing.

    Exit code 0; 1 if that could not be found out.

    In --json, amounts are strings, so that no digit is lost.
    """
    if where.profile and not deployed:
        raise UserError("--profile names an account, and without --deployed none is asked: leave it out, or add that")
    areas = pricing.areas()
    listed, used = load(pricing.prices), usages.told(asdict(quantities))
    counted, account = _counted(where, used, deployed=deployed)
    options = BillOptions(areas or around(counted.site.primary_region), pricing.unverified_aws)
    found = Estimator(
        counted.site, counted.inventory, counted.used, counted.others, listed, options, pricing.free_tier
    ).estimate()
    if old := outdated((line.price for line in found.bill.lines if line.item.quantity.value), today()):
        progress(f"warning: {old}")
    asked = _asked(where.config, listed, options, free_tier=pricing.free_tier, account=account)
    result = CostResult.of(counted.site.name, asked, found, counted.used)
    if as_json:
        print_json(result)
    else:
        typer.echo("\n".join(_lines(counted.site.hostname, result)))


@dataclass(frozen=True)
class _Counted:
    site: Site
    inventory: Inventory
    used: Usage
    others: Sequence[CheckInUse] = ()


def _counted(where: Where, used: Usage, *, deployed: bool) -> tuple[_Counted, str | None]:
    """Return how much of everything there is and, where an account was asked for it, which."""
    if not deployed:
        site = where.chosen()
        return _Counted(site, inventory(site), used), None
    chosen = where.target()
    progress("looking at the account")
    measurement = Measurement(chosen.site, chosen.account)
    with permissions.told("cost", chosen):
        counted, others = measurement.health_checks(inventory(chosen.site))
        return _Counted(chosen.site, counted, measurement.usage(used), others), chosen.account.id


def today() -> date:
    """Return the day by which prices are old."""
    return datetime.now(UTC).date()


def _lines(hostname: str, found: CostResult) -> Iterator[str]:
    yield from _table(found)
    yield ""
    totals = list(_totals(hostname, found))
    amounts = [(f"{amount:,}", name) for name, amount in found.services.items()]
    width = max(len(amount) for amount, _ in [*amounts, *totals])
    for amount, what in [*amounts, *totals]:
        yield f"{amount:>{width}}  {what}"
    yield ""
    yield from _explanations(found)


def _table(found: CostResult) -> Iterator[str]:
    shown = [line for line in found.lines if line.quantity or line.note]
    rows = [_row(line) for line in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    service = ""
    for line, row in zip(shown, rows, strict=True):
        if line.service != service:
            service = line.service
            yield f"{service}"
        what, where, quantity, price, usd = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {what}  {where}  {quantity.strip():>{widths[2]}}  {price}  {usd.strip():>{widths[4]}}{_marks(line)}"


def _totals(hostname: str, found: CostResult) -> Iterator[tuple[str, str]]:
    years = found.years
    yield _range(years.first), f"USD a month for {hostname}, in the first year"
    yield _range(years.second), "in the second year, when each key has been rotated once"
    yield _range(years.later), "from the third year on, when it has been rotated twice"
    if found.outage:
        yield f"{found.outage:,}", "added by the outage"
    if found.first_copies:
        yield f"{found.first_copies.total:,}", "once, for the first upload of everything and its copies"


def _range(found: CostRange) -> str:
    return f"{found.low:,}" if found.low == found.high else f"{found.low:,} to {found.high:,}"


def _dates(found: CostResult) -> str:
    prices = {(line.price.name, line.price.place): line.price for line in found.lines if line.quantity}
    days = sorted(price.as_of for price in prices.values() if price.as_of)
    undated = [price.read for price in prices.values() if not price.as_of]
    dated = f"of {days[0]} to {days[-1]}" if days else ""
    read = f"{len(undated)} that bear no date, read on {min(undated)} or later" if undated else ""
    return " and ".join(filter(None, (dated, read)))


def _row(line: CostLine) -> tuple[str, str, str, str, str]:
    price = line.price
    per = "" if price.per == 1 else f"{price.per:,} "
    first, last = price.usd[0], price.usd[-1]
    usd = f"{first.normalize():f}" if first == last else f"{first.normalize():f} to {last.normalize():f}"
    return line.what, line.region, _rounded(line.quantity), f"{usd} per {per}{price.unit}", f"{line.usd:,}"


def _rounded(value: Decimal) -> str:
    return f"{value:,.0f}" if value >= 100 or value == value.to_integral_value() else f"{value:,.3g}"


def _marks(line: CostLine) -> str:
    free = f"{_rounded(line.free)} free" if line.free else ""
    basis = "" if line.basis is Basis.COUNTED else line.basis.name.lower()
    marks = [mark for mark in (basis, free, *_doubts(line), line.note) if mark]
    return f"  {'; '.join(marks)}" if marks else ""


def _doubts(line: CostLine) -> list[str]:
    said = {
        Doubt.REMEMBERED: "price remembered",
        Doubt.NEAREST: f"price of {line.price.place}",
        Doubt.AT_MOST: "at most: AWS charges less for so much",
    }
    return [said[doubt] for doubt in line.price.doubts]


def _explanations(found: CostResult) -> Iterator[str]:
    yield f"An estimate, without taxes and discounts, from list prices {_dates(found)}."
    if any(year.low != year.high for year in (found.years.first, found.years.second, found.years.later)):
        yield "The totals are ranges: AWS does not say what health checks of distributions, APIs and other checks cost."
    if any(line.free for line in found.lines):
        yield "What is free is free once for an account: other sites may have used it up (--no-free-tier)."
    yield from (f"not known, and assumed: {each}" for each in found.unknown)
    yield "GB are 2^30 bytes, as on AWS's bill; 1 TB is 1,024 of them."
    for name, assumed in found.assumptions.items():
        option = ASSUMPTIONS[name].option
        yield f"  {option:<20} {_rounded(assumed.value):>12}  {assumed.basis.name.lower():<8}  {assumed.what}"


def _asked(config: Path, prices: PriceList, options: BillOptions, *, free_tier: bool, account: str | None) -> Asked:
    return Asked(
        version=__version__,
        day=today(),
        config=str(config),
        # What can be read only once, such as a pipe, has no digest.
        config_sha256=hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else "",
        prices=str(prices.path),
        prices_sha256=prices.sha256,
        viewers=dict(options.areas),
        free_tier=free_tier,
        count_as="aws" if options.unverified_aws else "other",
        deployed=account is not None,
        account=account,
    )
