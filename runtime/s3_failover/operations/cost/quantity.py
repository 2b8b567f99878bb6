"""Amounts, each with the basis that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum


class Basis(IntEnum):
    """Where a number comes from; what is computed from several is as unsure as the worst of them."""

    COUNTED = 0
    """From the configuration: it is what the stacks define."""
    MEASURED = 1
    """From the account."""
    GIVEN = 2
    """From an option."""
    ASSUMED = 3
    """The default of an option."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of something a month, and where it comes from."""

    value: Decimal
    basis: Basis = Basis.COUNTED

    @classmethod
    def of(cls, value: Quantity | Decimal | int | str) -> Quantity:
        """Return a quantity; plain numbers are counted."""
        return value if isinstance(value, Quantity) else cls(Decimal(value))

    def __add__(self, other: Quantity | Decimal | int | str) -> Quantity:
        another = Quantity.of(other)
        return Quantity(self.value + another.value, self._worse(another))

    def __mul__(self, other: Quantity | Decimal | int | str) -> Quantity:
        another = Quantity.of(other)
        return Quantity(self.value * another.value, self._worse(another))

    def __truediv__(self, other: Decimal | int | str) -> Quantity:
        return Quantity(self.value / Decimal(other), self.basis)

    def _worse(self, other: Quantity) -> Basis:
        # An assumed amount of zero adds no doubt.
        doubts = [each.basis for each in (self, other) if each.value]
        return max(doubts or [self.basis, other.basis])


NOTHING = Quantity(Decimal(0))
"""None of it."""
