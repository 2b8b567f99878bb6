"""What a site costs: in its first year and later, as far as AWS says how it charges, once, and in an outage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from s3_failover.config import Site
from s3_failover.operations.cost.bill import Bill, bill
from s3_failover.operations.cost.inventory import CheckInUse, Inventory
from s3_failover.operations.cost.items import ROTATIONS, BillOptions, Items
from s3_failover.operations.cost.prices import PriceList
from s3_failover.operations.cost.quantity import NOTHING
from s3_failover.operations.cost.usage import Usage


@dataclass(frozen=True)
class Range:
    """US dollars a month, by the cheapest and the dearest reading of what AWS leaves open."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Estimate:
    """What a site costs."""

    bill: Bill
    """The lines of a month in the first year, by the reading that was asked for."""
    years: tuple[Range, ...]
    """A month in the first year, in the second, and from the third on: keys are rotated once a year."""
    first_copies: Bill
    """What the first upload and its copies cost, once."""
    outage: Decimal
    """How much of the bill is due to the outage that is assumed in it; less than nothing if it saves more."""


@dataclass(frozen=True)
class Estimator:
    """Everything that an estimate is made from.

    `others` are the account's other health checks, which use up what is free; `free` is whether to take off what AWS
    never charges an account for.
    """

    site: Site
    counted: Inventory
    used: Usage
    others: Sequence[CheckInUse]
    prices: PriceList
    options: BillOptions
    free: bool

    def estimate(self) -> Estimate:
        """Return the estimate."""
        month = self._bill(self.options)
        calm = replace(self.used, quantities={**self.used.quantities, "outage_hours": NOTHING})
        first = Items(self.site, self.counted, self.used, self.options).first_copies()
        return Estimate(
            bill=month,
            years=tuple(self._range(rotations) for rotations in range(ROTATIONS + 1)),
            first_copies=bill(first, self.prices, free=False),
            outage=month.total - replace(self, used=calm)._bill(self.options).total,
        )

    def _range(self, rotations: int) -> Range:
        readings = (replace(self.options, unverified_aws=aws, rotations=rotations) for aws in (True, False))
        totals = sorted(self._bill(options).total for options in readings)
        return Range(totals[0], totals[-1])

    def _bill(self, options: BillOptions) -> Bill:
        items = Items(self.site, self.counted, self.used, options).all()
        elsewhere = sum(options.kind(check) == "aws" for check in self.others)
        return bill(items, self.prices, free=self.free, used={"health-check-aws": elsewhere})
