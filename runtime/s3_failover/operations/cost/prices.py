"""The list of prices: a file that says for each price where and when it was read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError

SHIPPED = Path(__file__).with_name("prices.toml")
"""The file that comes with the package."""

AREAS = ("us", "europe", "africa", "asia", "australia", "india", "japan", "south-america")
"""Where viewers are, as CloudFront's prices have it (CloudFront pricing)."""

EVERYWHERE = "everywhere"

_Positive = Annotated[int, Field(gt=0)]
_Usd = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False, strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Entry(_Strict):
    unit: str = Field(min_length=1)
    per: _Positive = 1
    free: _Positive | None = None
    up_to: _Positive | None = None
    read: date
    source: str = Field(min_length=1)
    estimated: Annotated[tuple[str, ...], Field(strict=False)] = ()
    usd: dict[str, _Usd] = Field(min_length=1)


class _File(_Strict):
    version: Literal[1]
    nearest: dict[str, str]
    prices: dict[str, _Entry]


@dataclass(frozen=True)
class Price:
    """What something costs in a place.

    Attributes:
        name: its name in the list.
        usd: US dollars for `per` units.
        unit: what is counted.
        per: how many units the price is for.
        free: how many units an account has for nothing each month.
        up_to: the units beyond which AWS charges less for the rest; None if it never does.
        place: where it was found: the place asked for, the nearest that is listed, or `everywhere`.
        read: when it was read at its source.
        source: where it was read.
        estimated: whether it is another place's, or was not read but remembered.
    """

    name: str
    usd: Decimal
    unit: str
    per: int
    free: int
    up_to: int | None
    place: str
    read: date
    source: str
    estimated: bool


@dataclass(frozen=True)
class PriceList:
    """All prices of a file."""

    path: Path
    nearest: Mapping[str, str]
    entries: Mapping[str, _Entry]

    def price(self, name: str, place: str = EVERYWHERE) -> Price:
        """Return a price in a place, or in the nearest place that is listed.

        Raises:
            UserError: the list has no such price, or none for that place or any near it.
        """
        if name not in self.entries:
            raise UserError(f"{self.path} has no price {name!r}, expected one: copy it from {SHIPPED}")
        entry = self.entries[name]
        found = EVERYWHERE if EVERYWHERE in entry.usd else self._nearest(name, place)
        return Price(
            name,
            entry.usd[found],
            entry.unit,
            entry.per,
            entry.free or 0,
            entry.up_to,
            found,
            entry.read,
            entry.source,
            found in entry.estimated or found not in (place, EVERYWHERE),
        )

    def _nearest(self, name: str, place: str) -> str:
        usd, seen = self.entries[name].usd, [place]
        while seen[-1] not in usd:
            following = self.nearest.get(seen[-1])
            if following is None or following in seen:
                raise UserError(
                    f"{self.path}: {name} has no price for {' or '.join(seen)}, expected one of them in [{name}.usd], "
                    "or a place that is listed there in [nearest]"
                )
            seen.append(following)
        return seen[-1]


def load(path: Path = SHIPPED) -> PriceList:
    """Return the prices of a file.

    Raises:
        UserError: it cannot be read, is no such file, lacks a price, or names a place that is none.
    """
    listed = _parsed(path, _read(path))
    found = PriceList(path, listed.nearest, listed.prices)
    _require_places(found)
    if path != SHIPPED and (missing := sorted(load().entries.keys() - found.entries.keys())):
        raise UserError(f"{path} has no price {missing[0]!r}, expected all of {SHIPPED}: copy it from there")
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name another file with --prices") from error
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
        got = "" if first["type"] == "missing" else f" is {str(first['input'])[:60]!r}"
        raise UserError(f"{path}: {where}{got}: {first['msg'].lower()}; compare with {SHIPPED}") from error


def _require_places(prices: PriceList) -> None:
    places = {*known_regions(), *AREAS, EVERYWHERE}
    named = [("nearest", place) for pair in prices.nearest.items() for place in pair]
    for name, entry in prices.entries.items():
        named += [(f"{name}.usd", place) for place in entry.usd]
        named += [(f"{name}.estimated", place) for place in entry.estimated]
    for where, place in named:
        if place not in places:
            raise UserError(
                f"{prices.path}: {where} names {place!r}, expected an AWS region, `everywhere` or one of "
                f"{', '.join(AREAS)}"
            )
