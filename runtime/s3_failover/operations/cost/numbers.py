"""Numbers as people type them: in ASCII digits, with commas between thousands where they like."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


def decimal(text: str) -> Decimal | None:
    """Return the number that a text is, like `1234.5` or `1,234.5`; None if it is none, or negative."""
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None
