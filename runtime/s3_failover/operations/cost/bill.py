"""A month's bill: every item at its price, after what is free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from s3_failover.operations.cost.items import Item
from s3_failover.operations.cost.prices import Price, PriceList

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """An item at its price.

    Attributes:
        item: what is charged, and how much of it.
        price: what it costs.
        free: how much of the quantity is free.
        usd: what is to pay, in whole cents, as AWS rounds each line of a bill.
    """

    item: Item
    price: Price
    free: Decimal
    usd: Decimal

    @property
    def estimated(self) -> bool:
        """Whether the price is another place's, was not read, or is less for so much."""
        return self.price.estimated or (self.price.up_to is not None and self.item.quantity.value > self.price.up_to)


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

    What is free is free once for an account, whatever region it is used in: the first items take it.

    Args:
        items: what is charged.
        prices: what it costs.
        free: whether to take off what AWS never charges an account for.
        used: what others in the account take of it, by the name of the price.

    Raises:
        UserError: a price is missing.
    """
    left = {name: Decimal(entry.free or 0) - (used or {}).get(name, 0) for name, entry in prices.entries.items()}
    lines = []
    for item in items:
        price = prices.price(item.price, item.place)
        gratis = min(item.quantity.value, max(left[price.name], Decimal(0))) if free else Decimal(0)
        left[price.name] -= gratis
        charged = (item.quantity.value - gratis) / price.per * price.usd
        lines.append(Line(item, price, gratis, charged.quantize(CENT, ROUND_HALF_UP)))
    return Bill(tuple(lines))
