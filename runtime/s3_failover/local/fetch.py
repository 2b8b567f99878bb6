"""Reads every published object back, byte for byte, over each way a viewer can come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from s3_failover.config import SecondaryType, Site
from s3_failover.local import viewer
from s3_failover.local.handle import Emulator
from s3_failover.local.publish import Published


@dataclass(frozen=True)
class Leg:
    """One object over one way.

    Attributes:
        status: the HTTP status; 0 if there was no answer.
        identical: whether the bytes were the published ones.
        seconds: from connecting to the last byte.
        error: why there was no answer, or an empty string.
    """

    status: int
    identical: bool
    seconds: float
    error: str


@dataclass(frozen=True)
class Fetched:
    """One object over both ways: `distribution` (HTTPS) and `secondary` (HTTP from an S3 website, else HTTPS)."""

    key: str
    size: int
    sha256: str
    distribution: Leg
    secondary: Leg

    @property
    def identical(self) -> bool:
        """Whether both ways gave the published bytes."""
        return self.distribution.identical and self.secondary.identical

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in `--json`."""
        return asdict(self)


def fetch(objects: Sequence[Published], site: Site, emulator: Emulator) -> list[Fetched]:
    """Return what viewers of a site get for each published object."""
    return [
        Fetched(
            key=item.key,
            size=item.size,
            sha256=item.sha256,
            distribution=_compare(item, viewer.through_distribution(emulator, site.hostname, item.key)),
            secondary=_compare(item, _secondary(emulator, site, item.key)),
        )
        for item in objects
    ]


def _secondary(emulator: Emulator, site: Site, key: str) -> viewer.Answer:
    match site.secondary.type:
        case SecondaryType.WEBSITE:
            return viewer.through_website(emulator, site.hostname, key)
        case SecondaryType.HTTPS:
            return viewer.through_api(emulator, site.hostname, key)
        case SecondaryType.EXTERNAL:
            return viewer.through_external(emulator, site.hostname, str(site.secondary.hostname), key)


def _compare(item: Published, answer: viewer.Answer) -> Leg:
    same = answer.status == 200 and hashlib.sha256(answer.body).hexdigest() == item.sha256
    return Leg(answer.status, same, answer.seconds, answer.error)
