"""What the command `cost` prints: amounts keep their digits, and are strings in JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from s3_failover.operations.cost import bill, estimate
from s3_failover.operations.cost.bill import Bill
from s3_failover.operations.cost.estimate import Estimate
from s3_failover.operations.cost.prices import Doubt
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import ASSUMPTIONS, Usage
from s3_failover.results import Result

Usd = Annotated[Decimal, PlainSerializer(str, return_type=str)]
"""An amount with as many digits as it was computed with."""
Plain = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str)]
"""A number without an exponent."""
BasisName = Annotated[Basis, PlainSerializer(lambda basis: basis.name.lower(), return_type=str)]
"""`counted` from the configuration, `measured` in the account, `given` by an option, or `assumed`."""


class PriceUsed(Result):
    """A price, and where it was read."""

    name: str = Field(exclude=True)
    """Its name in the list."""
    usd: tuple[Plain, ...]
    """US dollars for `per` units, in each tier that the line is charged in."""
    per: int
    unit: str
    place: str
    """The place whose price it is."""
    as_of: date | None
    """The day that its source bears; null if it bears none."""
    read: date
    """The day it was read there."""
    source: str
    doubts: tuple[Doubt, ...]
    """`remembered`: it was not read; `nearest`: it is another place's; `at most`: AWS charges less for so much."""


class CostLine(Result):
    """One line of the bill."""

    service: str
    what: str
    region: str
    """Which region charges; an area of CloudFront's, or `everywhere`."""
    quantity: Plain
    """How much a month, in units of the price."""
    free: Plain
    """How much of it is free."""
    basis: BasisName
    """`counted` from the configuration, `measured` in the account, `given` by an option, or `assumed`."""
    usd: Usd
    """What is to pay, in whole cents."""
    note: str
    price: PriceUsed

    @classmethod
    def of(cls, line: bill.Line) -> CostLine:
        """Return a line of a bill."""
        item, price = line.item, line.price
        return cls(
            service=item.service,
            what=item.what,
            region=item.place,
            quantity=item.quantity.value,
            free=line.free,
            basis=item.quantity.basis,
            usd=line.usd,
            note=item.note,
            price=PriceUsed(
                name=price.name,
                usd=line.charged,
                per=price.per,
                unit=price.unit,
                place=price.place,
                as_of=price.source.as_of,
                read=price.source.read,
                source=price.source.source,
                doubts=line.doubts,
            ),
        )


class Assumed(Result):
    """A quantity that the configuration does not tell."""

    value: Plain
    basis: BasisName
    what: str


class Asked(Result):
    """All that the estimate depends on besides the quantities: with it, it can be made again."""

    version: str
    """Of s3-failover."""
    day: date
    config: str
    config_sha256: str
    prices: str
    prices_sha256: str
    viewers: dict[str, Plain]
    """The share of viewers in each area."""
    free_tier: bool
    count_as: Literal["aws", "other"]
    """As what the lines count health checks of distributions and APIs, and calculated ones."""
    deployed: bool
    account: str | None
    """With --deployed: the account that was looked at."""


class CostRange(Result):
    """US dollars a month, by the cheapest and the dearest reading of what AWS leaves open."""

    low: Usd
    high: Usd

    @classmethod
    def of(cls, found: estimate.Range) -> CostRange:
        """Return a range of an estimate."""
        return cls(low=found.low, high=found.high)


class Years(Result):
    """A month in each year: keys are rotated once a year, and the first two rotations raise their price."""

    first: CostRange
    second: CostRange
    later: CostRange


class Once(Result):
    """What is paid once."""

    total: Usd
    lines: tuple[CostLine, ...]

    @classmethod
    def of(cls, found: Bill) -> Once:
        """Return a bill."""
        return cls(total=found.total, lines=tuple(map(CostLine.of, found.lines)))


class CostResult(Result):
    """What a site costs."""

    site: str
    asked: Asked
    currency: Literal["USD"] = "USD"
    total: Usd
    """The sum of all lines: a month in the first year, by the reading of `count_as`; `years` has both readings."""
    years: Years
    first_copies: Once | None
    """The first upload of everything and its copies; null with --deployed, where they are past."""
    outage: Usd
    """How much of the total is due to --outage-hours."""
    services: dict[str, Usd]
    """What each service costs: together they are the total."""
    lines: tuple[CostLine, ...]
    assumptions: dict[str, Assumed]
    unknown: tuple[str, ...]
    """With --deployed: what the account does not know, so that it is assumed."""

    @classmethod
    def of(cls, site: str, asked: Asked, found: Estimate, used: Usage) -> CostResult:
        """Return an estimate."""
        first, second, later = map(CostRange.of, found.years)
        return cls(
            site=site,
            asked=asked,
            total=found.bill.total,
            years=Years(first=first, second=second, later=later),
            first_copies=None if asked.deployed else Once.of(found.first_copies),
            outage=found.outage,
            services=found.bill.services,
            lines=tuple(map(CostLine.of, found.bill.lines)),
            assumptions={
                name: Assumed(value=used[name].value, basis=used[name].basis, what=assumption.what)
                for name, assumption in ASSUMPTIONS.items()
            },
            unknown=used.unknown,
        )
