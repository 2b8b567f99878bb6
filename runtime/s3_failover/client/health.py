"""What a client knows about its regions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegionHealth:
    """What a client knows about one region.

    Attributes:
        region: the region's name.
        failing: whether the last completed attempt said that the region fails: the 0/1 gauge.
        misconfigured: whether the last answer said that access, bucket or keys are wrong there.
        ejected: whether requests go to the other regions first.
        consecutive_failures: failed attempts since the last one that the region answered.
        last_attempt: when the last attempt completed, in seconds since the epoch; None before the first.
        last_error: what went wrong in the last attempt that failed, None after a success.
    """

    region: str
    failing: bool = False
    misconfigured: bool = False
    ejected: bool = False
    consecutive_failures: int = 0
    last_attempt: float | None = None
    last_error: str | None = None


def all_failing(regions: tuple[RegionHealth, ...]) -> bool:
    """Whether every region fails, in the eyes of one client: what the critical alarm is about."""
    return bool(regions) and all(region.failing for region in regions)
