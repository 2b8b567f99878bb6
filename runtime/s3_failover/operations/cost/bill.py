"""A month's bill: every item at its price, after what is free."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from s3_failover.operations.cost.items import Item
from s3_failover.operations.cost.prices import Doubt, Price, PriceList

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """An item at its price."""

    item: Item
    price: Price
    begin: Decimal
    """How much of the price's units earlier items of this place took: AWS's tiers count all of them together."""
    free: Decimal
    """How much of the quantity is free."""
    usd: Decimal
    """What is to pay, in whole cents, as AWS rounds each line of a bill."""

    @property
    def charged(self) -> tuple[Decimal, ...]:
        """The prices of the tiers that the line is charged in."""
        return self.price.charged(self.begin + self.free, self._end)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Why the price may be another."""
        return self.price.doubts(self._end)

    @property
    def _end(self) -> Decimal:
        return self.begin + self.item.quantity.value


@dataclass(frozen=True)
class Bill:
    """All lines of a month."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the lines, to the cent."""
        return sum((line.usd for line in self.lines), Decimal("0.00"))

    @property
    def services(self) -> dict[str, Decimal]:
        """What each service costs; together they are the total."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.item.service] = found.get(line.item.service, Decimal("0.00")) + line.usd
        return found


def bill(items: Iterable[Item], prices: PriceList, *, free: bool, used: Mapping[str, int] | None = None) -> Bill:
    """Return the bill for some items.

    What is free is free once for an account, whatever region it is used in: the first items take it. It lies in the
    first tier. Tiers are those of an account in a region, or in an area of CloudFront's: all items of a place together
    climb them.

    `free` is whether to take off what AWS never charges an account for; `used` is what others in the account take of
    that, by the name of the price.
    """
    left = {name: Decimal(entry.free or 0) - (used or {}).get(name, 0) for name, entry in prices.entries.items()}
    reached: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    lines = []
    for item in items:
        price, quantity = prices.price(item.price, item.place), item.quantity.value
        gratis = min(quantity, max(left[price.name], Decimal(0))) if free else Decimal(0)
        left[price.name] -= gratis
        begin = reached[item.price, item.place]
        reached[item.price, item.place] = begin + quantity
        usd = price.charge(begin + gratis, begin + quantity)
        lines.append(Line(item, price, begin, gratis, usd.quantize(CENT, ROUND_HALF_UP)))
    return Bill(tuple(lines))
