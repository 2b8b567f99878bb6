"""The list of prices: a file that says for each price where and when it was read."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError
from s3_failover.operations.cost.areas import AREAS

SHIPPED = Path(__file__).with_name("prices.toml")
"""The file that comes with the package."""

EVERYWHERE = "everywhere"

OLD = timedelta(days=365)
"""Beyond this age a price is warned about."""

SLIP = 10
"""How many times the shipped price another list may not reach: its decimal point has slipped."""

_Positive = Annotated[int, Field(gt=0)]
_Usd = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False, strict=False)]


def _tiers(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Tiers = Annotated[tuple[_Usd, ...], Field(min_length=1, strict=False), BeforeValidator(_tiers)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PriceSource(_Strict):
    """Where prices were read.

    Attributes:
        source: the page, file or list.
        read: the day they were read there.
        as_of: the day that the source itself bears; None if it bears none.
        remembered: `all` prices, or those of the `tiers` beyond the first, were not read but remembered.
        usd: US dollars by place, for each tier.
    """

    source: str = Field(min_length=1)
    read: date
    as_of: date | None = None
    remembered: Literal["all", "tiers"] | None = None
    usd: dict[str, _Tiers] = Field(min_length=1)

    @property
    def dated(self) -> date:
        """The day of the source, or the day it was read: the price is at least as old."""
        return self.as_of or self.read

    @property
    def age(self) -> str:
        """Which day that is, in words."""
        return f"of {self.as_of}" if self.as_of else f"without a date and was read on {self.read}"


class PriceEntry(_Strict):
    """A price in all places; the attributes are explained in the file."""

    unit: str = Field(min_length=1)
    per: _Positive = 1
    free: _Positive | None = None
    up_to: Annotated[tuple[_Positive, ...], Field(strict=False)] = ()
    sources: Annotated[tuple[PriceSource, ...], Field(min_length=1, strict=False)]

    @property
    def places(self) -> dict[str, PriceSource]:
        """Where each place's price was read."""
        return {place: source for source in self.sources for place in source.usd}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(low >= high for low, high in pairwise(self.up_to)):
            raise ValueError("up_to must rise from tier to tier")
        named = [place for source in self.sources for place in source.usd]
        if len(named) > len(set(named)):
            raise ValueError("each place has one source")
        if any(len(tiers) > len(self.up_to) + 1 for source in self.sources for tiers in source.usd.values()):
            raise ValueError("a price may have one tier more than up_to has ends")
        return self


class _File(_Strict):
    version: Literal[2]
    nearest: dict[str, str]
    prices: dict[str, PriceEntry]


class Doubt(StrEnum):
    """Why a price may not be what AWS charges."""

    REMEMBERED = "remembered"
    """It was not read."""
    NEAREST = "nearest"
    """It is another place's."""
    AT_MOST = "at most"
    """AWS charges less for so much, and the list does not know how much less."""


@dataclass(frozen=True)
class Price:
    """What something costs in a place."""

    name: str
    """Its name in the list."""
    unit: str
    """What is counted."""
    per: int
    """How many units the price is for."""
    free: int
    """How many units an account has for nothing each month."""
    up_to: tuple[int, ...]
    """The units where AWS's tiers end."""
    tiers: tuple[Decimal, ...]
    """US dollars for `per` units in each tier, the last one for all that is beyond."""
    place: str
    """Where it was found: the place asked for, the nearest that is listed, or `everywhere`."""
    nearest: bool
    """Whether that is another place."""
    source: PriceSource
    """Where it was read."""

    @property
    def usd(self) -> Decimal:
        """US dollars for `per` units in the first tier."""
        return self.tiers[0]

    @property
    def each(self) -> Decimal:
        """US dollars for one unit in the first tier."""
        return self.usd / self.per

    def charge(self, begin: Decimal, end: Decimal) -> Decimal:
        """Return what the units from one count to another cost, each in its tier, in US dollars."""
        return sum((amount * usd for amount, usd in self._shares(begin, end)), Decimal(0)) / self.per

    def charged(self, begin: Decimal, end: Decimal) -> tuple[Decimal, ...]:
        """Return the prices at which these units are charged; that of the tier where they begin if there are none."""
        return tuple(usd for _, usd in self._shares(begin, end)) or (self._of(begin),)

    def doubts(self, end: Decimal) -> tuple[Doubt, ...]:
        """Return why the price of so many units may be another."""
        beyond = bool(self.up_to) and end > self.up_to[0]
        remembered = self.source.remembered
        found = {
            Doubt.REMEMBERED: remembered == "all" or (remembered == "tiers" and beyond and len(self.tiers) > 1),
            Doubt.NEAREST: self.nearest,
            Doubt.AT_MOST: len(self.tiers) <= len(self.up_to) and end > self.up_to[len(self.tiers) - 1],
        }
        return tuple(doubt for doubt, applies in found.items() if applies)

    def _shares(self, begin: Decimal, end: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        low = Decimal(0)
        ends: list[Decimal] = [*map(Decimal, self.up_to[: len(self.tiers) - 1]), max(begin, end)]
        for usd, high in zip(self.tiers, ends, strict=True):
            amount = min(end, high) - max(begin, low)
            if amount > 0:
                yield amount, usd
            low = high

    def _of(self, count: Decimal) -> Decimal:
        return self.tiers[min(sum(count > end for end in self.up_to), len(self.tiers) - 1)]


@dataclass(frozen=True)
class PriceList:
    """All prices of a file."""

    path: Path
    """The file."""
    nearest: Mapping[str, str]
    """For a place without a price, the place to look at next."""
    entries: Mapping[str, PriceEntry]
    """The prices by name."""
    sha256: str = ""
    """The digest of the bytes that were read."""

    def price(self, name: str, place: str = EVERYWHERE) -> Price:
        """Return a price in a place, or the nearest that is listed; raise UserError if there is none."""
        if name not in self.entries:
            raise UserError(f"{self.path} has no price {name!r}, expected one: copy it from {SHIPPED}")
        entry = self.entries[name]
        places = entry.places
        found = EVERYWHERE if EVERYWHERE in places else self._nearest(name, places, place)
        source = places[found]
        near = found not in (place, EVERYWHERE)
        return Price(name, entry.unit, entry.per, entry.free or 0, entry.up_to, source.usd[found], found, near, source)

    def _nearest(self, name: str, places: Mapping[str, PriceSource], place: str) -> str:
        seen = [place]
        while seen[-1] not in places:
            following = self.nearest.get(seen[-1])
            if following is None or following in seen:
                raise UserError(
                    f"{self.path}: {name} has no price for {' or '.join(seen)}, expected one of them in a `usd` of "
                    f"[[{name}.sources]], or a place that is listed there in [nearest]"
                )
            seen.append(following)
        return seen[-1]


def outdated(prices: Iterable[Price], today: date) -> str | None:
    """Return a sentence about the price that is oldest, if it is over a year old, or dated in the future; or None."""
    by_age = sorted(prices, key=lambda price: price.source.dated)
    if not by_age:
        return None
    oldest, newest = by_age[0], by_age[-1]
    remedy = "read it again (docs/operate/cost.md says how) or name a newer list with --prices"
    if newest.source.dated > today:
        return f"the price {newest.name} of {newest.place} is {newest.source.age}, after today: {remedy}"
    if today - oldest.source.dated > OLD:
        return f"the price {oldest.name} of {oldest.place} is {oldest.source.age}, over a year ago: {remedy}"
    return None


def load(path: Path = SHIPPED) -> PriceList:
    """Return the prices of a file; raise UserError if it is no such file, lacks a price, or names an unknown place."""
    body = _read(path)
    listed = _parsed(path, _toml(path, body))
    found = PriceList(path, listed.nearest, listed.prices, hashlib.sha256(body).hexdigest())
    _require_places(found)
    if path != SHIPPED:
        _require_likeness(found, load())
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name another file with --prices") from error


def _toml(path: Path, body: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(body.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}; correct it, or copy {SHIPPED}") from error


def _parsed(path: Path, document: dict[str, Any]) -> _File:
    head = {name: document[name] for name in ("version", "nearest") if name in document}
    prices = {name: entry for name, entry in document.items() if name not in head}
    try:
        return _File.model_validate({**head, "prices": prices})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "prices")
        got = "" if first["type"] in ("missing", "value_error") else f" is {str(first['input'])[:60]!r}"
        said = first["msg"].removeprefix("Value error, ").lower()
        raise UserError(f"{path}: {where}{got}: {said}; compare with {SHIPPED}") from error


def _require_places(prices: PriceList) -> None:
    places = {*known_regions(), *AREAS, EVERYWHERE}
    named = [("nearest", place) for pair in prices.nearest.items() for place in pair]
    named += [(f"{name}.sources.usd", place) for name, entry in prices.entries.items() for place in entry.places]
    for where, place in named:
        if place not in places:
            raise UserError(
                f"{prices.path}: {where} names {place!r}, expected an AWS region, `everywhere` or one of "
                f"{', '.join(AREAS)}"
            )


def _require_likeness(prices: PriceList, shipped: PriceList) -> None:
    """Refuse a list that lacks a price, counts in another unit, or in which a decimal point has slipped."""
    if missing := sorted(shipped.entries.keys() - prices.entries.keys()):
        raise UserError(f"{prices.path} has no price {missing[0]!r}, expected all of {SHIPPED}: copy it from there")
    for name, known in shipped.entries.items():
        entry = prices.entries[name]
        if (entry.unit, entry.per) != (known.unit, known.per):
            raise UserError(
                f"{prices.path}: {name} is per {entry.per:,} {entry.unit}, expected {known.per:,} {known.unit}: "
                f"compare with {SHIPPED}"
            )
        for place, source in entry.places.items():
            most = SLIP * _highest(shipped, name, place)
            # Without a shipped price for the place there is nothing to compare with.
            if (usd := max(source.usd[place])) >= most > 0:
                raise UserError(
                    f"{prices.path}: {name}.sources.usd.{place} is {usd:f}, expected less than {most.normalize():f}, "
                    f"{SLIP} times the price of {SHIPPED}: correct the decimal point"
                )


def _highest(shipped: PriceList, name: str, place: str) -> Decimal:
    places = shipped.entries[name].places
    if place == EVERYWHERE:
        return max(max(source.usd[each]) for each, source in places.items())
    try:
        return shipped.price(name, place).usd
    except UserError:
        return Decimal(0)
