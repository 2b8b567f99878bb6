"""Numbers as people type them: in ASCII digits, with commas between thousands where they like."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_WITH_UNIT = re.compile(r"(?P<number>[0-9.,_]+)\s*(?P<unit>%|[kKmMgGtTpP]?(?:i?[bB])?)")
_GB = {"m": Decimal(1) / 1024, "g": Decimal(1), "t": Decimal(1024), "p": Decimal(1024**2)}
_COUNT = {"k": Decimal(1000), "m": Decimal(1000_000), "g": Decimal(1000_000_000)}


def decimal(text: str) -> Decimal | None:
    """Return the number that a text is, like `1234.5` or `1,234.5`; None if it is none, or negative."""
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def meant(text: str, *, share: bool = False, gb: bool = False) -> Decimal | None:
    """Return the number that a text stands for in another notation than the one expected, or None.

    The text is like `90%`, `1TB`, `10M` or `1_000`; expected is a share of 1, or GB, or a number.
    """
    found = _WITH_UNIT.fullmatch(text)
    number = decimal(found["number"].replace("_", "")) if found else None
    if found is None or number is None:
        return None
    unit = found["unit"].lower()
    if share:
        return number / 100 if unit in ("", "%") and 1 < number <= 100 else None
    factors = _GB if gb else _COUNT
    if unit and (unit[0] not in factors or (not gb and len(unit) > 1)):
        return None
    return number * (factors[unit[0]] if unit else 1)
