"""Where viewers are, as CloudFront's prices have it: areas, and what share of the viewers is in each."""

from collections.abc import Mapping
from decimal import Decimal

from s3_failover.errors import UserError
from s3_failover.operations.cost.numbers import decimal

AREAS = ("us", "europe", "africa", "asia", "australia", "india", "japan", "south-america")
"""The areas with a price of their own (CloudFront pricing)."""

_BY_REGION = {
    "af": "africa",
    "ap-northeast-1": "japan",
    "ap-northeast-3": "japan",
    "ap-south": "india",
    "ap-southeast-2": "australia",
    "ap-southeast-4": "australia",
    "ap-southeast-6": "australia",
    "ap": "asia",
    "ca": "us",
    "eu": "europe",
    "il": "europe",
    "me": "africa",
    "mx": "us",
    "sa": "south-america",
    "us": "us",
}
# From CloudFront's price table: Israel is with Europe, the Middle East with Africa, Mexico and Canada with the US.


def around(region: str) -> Mapping[str, Decimal]:
    """Return all viewers in the area that a region is in; `us` for a region that is in none we know."""
    parts = region.split("-")
    names = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    found = next((_BY_REGION[name] for name in names if name in _BY_REGION), "us")
    return {found: Decimal(1)}


def shares(text: str) -> Mapping[str, Decimal]:
    """Return the viewers' share of each area, as in `europe=0.5,asia=0.5`; raise UserError if they are no whole."""
    found: dict[str, Decimal] = {}
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        area, equals, share = (each.strip() for each in part.partition("="))
        if area not in AREAS or area in found:
            raise UserError(f"--viewers is {text!r}, expected {', '.join(AREAS[:-1])} or {AREAS[-1]}, each once")
        found[area] = Decimal(1) if len(parts) == 1 and not equals else decimal(share) or Decimal(0)
    if sum(found.values()) != 1 or not all(found.values()):
        raise UserError(f"--viewers is {text!r}, expected shares that add up to 1, like europe=0.6,asia=0.4")
    return found
