"""The faults that are in effect: which, where, and until when by embedded time."""

import asyncio
import itertools
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.cloudformation.failing_resources import FailingResource
from breakable_aws.emulator.net import regions

REFUSE, HANG, RESET = "s3-refuse", "s3-hang", "s3-reset"
UNAVAILABLE, DENIED, SLOW, DRIP = "s3-503", "s3-403", "s3-slow", "s3-drip"
S3_NXDOMAIN = "s3-nxdomain"
SLOW_DOWN = "s3-slowdown"
CDN_REFUSE, CDN_UNAVAILABLE, CDN_NXDOMAIN = "cdn-refuse", "cdn-503", "cdn-nxdomain"
API_REFUSE, API_UNAVAILABLE = "api-refuse", "api-503"
PAUSE, LAG, STALE = "replication-pause", "replication-lag", "replica-stale"
CONTROL_PLANES, STS_HANG, CREDENTIALS = "control-planes-down", "sts-hang", "credentials-expire"
RESOURCE = "resource-fails"
REGION = "region-down"

CDN_FAULTS = (CDN_REFUSE, CDN_UNAVAILABLE, CDN_NXDOMAIN)
"""What can be wrong with every distribution."""

S3_FAULTS = (REFUSE, HANG, RESET, UNAVAILABLE, SLOW_DOWN, DENIED, SLOW, DRIP)
"""What can be wrong with S3 in a region; of several, the first one counts."""

LATE = (SLOW, DRIP)
"""Those of them with which everything is answered, and late."""

API_FAULTS = (API_REFUSE, API_UNAVAILABLE)
"""What can be wrong with API Gateway in a region."""

_GLOBAL = (CONTROL_PLANES, STS_HANG, CREDENTIALS)

NAMES = (*S3_FAULTS, S3_NXDOMAIN, *API_FAULTS, REGION, *CDN_FAULTS, PAUSE, LAG, STALE, *_GLOBAL, RESOURCE)
"""Every fault."""

_FAILS = dict.fromkeys(S3_FAULTS, "S3 fails") | dict.fromkeys(API_FAULTS, "API Gateway fails")
_FAILS |= {REGION: "services all fail", S3_NXDOMAIN: "S3 has no name", STALE: "replica stays old"}
"""The faults that need a region, with what of it they hit."""

_MAY_HAVE_REGION = (*_FAILS, PAUSE, LAG, STS_HANG, RESOURCE)

_PARTIAL = (UNAVAILABLE, SLOW_DOWN)
"""The faults that may hit some requests and not others."""

_IMPLIED = {REGION: (REFUSE, API_REFUSE)}
"""Faults that include others."""


class FaultError(ValueError):
    """A fault that cannot be: the message is for people."""


@dataclass(frozen=True)
class Fault:
    """A fault in effect.

    `until` and `lag` are in embedded seconds. Without a region it is everywhere; without `until` it does not end by
    itself; `percent` is how many of a hundred requests it hits, None for all.
    """

    id: str
    fault: str
    region: str | None
    until: float | None
    lag: float | None
    resource: FailingResource | None = None
    percent: float | None = None
    _chance: random.Random = field(default_factory=lambda: random.Random(1), repr=False, compare=False)  # noqa: S311

    def hits(self) -> bool:
        """Draw whether it hits a request; the same requests in the same order are hit each time."""
        return self.percent is None or 100 * self._chance.random() < self.percent

    def as_dict(self) -> dict[str, Any]:
        """Return it as the admin interface tells it."""
        told = {"id": self.id, "fault": self.fault, "region": self.region, "until": self.until}
        told |= {} if self.lag is None else {"lag": self.lag}
        told |= {} if self.percent is None else {"percent": self.percent}
        return told | (self.resource.as_dict() if self.resource else {})


class Faults:
    """The faults of one emulator; used from its event loop only."""

    def __init__(self, clock: EmbeddedClock) -> None:
        self.clock = clock
        self.on_change: Callable[[], Awaitable[None]] | None = None
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._expiries: set[asyncio.Task[None]] = set()

    async def put(
        self,
        fault: Any,
        region: Any = None,
        seconds: Any = None,
        lag: Any = None,
        *,
        percent: Any = None,
        resource: FailingResource | None = None,
    ) -> Fault:
        """Put a fault into effect, for all clients before this returns.

        Raises:
            FaultError: there is no such fault, or not there, or not for so long.
        """
        check(fault, region, seconds, lag)
        check_percent(fault, percent)
        if (fault == RESOURCE) != (resource is not None):
            raise FaultError(f"got {fault} {'with' if resource else 'without'} a resource: only {RESOURCE} needs one")
        until = None if seconds is None else self.clock.now() + seconds
        new = Fault(f"fault-{next(self._numbers)}", fault, region, until, lag, resource, percent)
        self._faults[new.id] = new
        if until is not None:
            expiry = asyncio.create_task(self._expire(new, until))
            self._expiries.add(expiry)
            expiry.add_done_callback(self._expiries.discard)
        await self._tell()
        return new

    async def heal(self, identifier: str | None = None) -> bool:
        """Take a fault away, by default all; return False when there is none with that identifier."""
        if identifier is None:
            self._faults.clear()
        elif self._faults.pop(identifier, None) is None:
            return False
        await self._tell()
        return True

    def active(self) -> list[Fault]:
        """Return the faults in effect, the oldest first."""
        now = self.clock.now()
        return [fault for fault in list(self._faults.values()) if fault.until is None or now < fault.until]

    def has(self, name: str, region: str | None = None) -> bool:
        """Tell whether a fault is in effect in a region; one without a region is in effect everywhere."""
        return any(fault.percent is None for fault in self._there(name, region))

    def of_s3(self, region: str | None) -> str | None:
        """Return what is wrong with all of S3 in a region, or None."""
        return next((name for name in S3_FAULTS if region and self.has(name, region)), None)

    def of_request(self, region: str | None) -> str | None:
        """Return what a request to S3 in a region meets, or None; asked once for each request."""
        if (whole := self.of_s3(region)) is not None or region is None:
            return whole
        partial = (fault for name in _PARTIAL for fault in self._there(name, region))
        return next((fault.fault for fault in partial if fault.hits()), None)

    def lag(self, region: str) -> float:
        """Return how late replication to a region is, in embedded seconds."""
        late = [fault.lag or 0 for fault in self.active() if fault.fault == LAG and fault.region in (None, region)]
        return max(late, default=0)

    def failing(self, resource_type: str, logical: str, stack: str, region: str) -> FailingResource | None:
        """Return how a resource of a deployment fails, or None."""
        there = [each.resource for each in self.active() if each.resource and each.region in (None, region)]
        return next((resource for resource in there if resource.is_it(resource_type, logical, stack)), None)

    def has_slow_resource(self) -> bool:
        """Tell whether some resource takes a while until it fails."""
        return any(fault.resource is not None and fault.resource.after > 0 for fault in self.active())

    async def over(self, holds: Callable[[], bool]) -> None:
        """Return when something about the faults no longer holds."""
        while holds():
            await self._changed.wait()

    async def outlasts(self, seconds: float, holds: Callable[[], bool]) -> bool:
        """Tell whether something about the faults holds for so many real seconds; return when it no longer does."""
        try:
            async with asyncio.timeout(seconds):
                await self.over(holds)
        except TimeoutError:
            return True
        return False

    def _there(self, name: str, region: str | None) -> list[Fault]:
        """Return the faults of this name, and those that include it, in a region."""
        here = [fault for fault in self.active() if fault.region in (None, region)]
        return [fault for fault in here if name in (fault.fault, *_IMPLIED.get(fault.fault, ()))]

    async def _expire(self, fault: Fault, until: float) -> None:
        while (remaining := until - self.clock.now()) > 0:
            await asyncio.sleep(self.clock.real(remaining))
        if self._faults.pop(fault.id, None) is not None:
            await self._tell()

    async def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if self.on_change:
            await self.on_change()


def check(fault: Any, region: Any, seconds: Any, lag: Any) -> None:
    """Check the parameters of a fault; raise FaultError if there can be no such fault."""
    if fault not in NAMES:
        raise FaultError(f"got the fault {fault!r}, expected one of {', '.join(NAMES)}")
    if region is not None and not (isinstance(region, str) and regions.exists(region)):
        raise FaultError(f"got the region {region!r}, expected one that AWS has, like eu-west-1")
    if region is None and fault in _FAILS:
        raise FaultError(f"{fault} needs a region, expected the one whose {_FAILS[fault]}: give --region")
    if region is not None and fault not in _MAY_HAVE_REGION:
        raise FaultError(f"got the region {region} for {fault}, expected none: it hits what is global")
    if not (seconds is None or (_is_duration(seconds) and seconds > 0)):
        raise FaultError(f"got {seconds!r} seconds, expected a positive number, or null for until it is healed")
    if fault != LAG and lag is not None:
        raise FaultError(f"got a lag for {fault}, expected none: only {LAG} has one")
    if fault == LAG and not _is_duration(lag):
        got = "no lag" if lag is None else f"the lag {lag!r}"
        raise FaultError(f"got {got} for {LAG}, expected seconds of the embedded AWS's clock")


def check_percent(fault: str, percent: Any) -> None:
    """Check the share of requests that a fault hits; raise FaultError if there can be no such share."""
    if percent is None:
        return
    if fault not in _PARTIAL:
        raise FaultError(f"got a percentage for {fault}, expected none: only {' and '.join(_PARTIAL)} have one")
    if not (_is_duration(percent) and 0 < percent <= 100):
        raise FaultError(f"got {percent!r} percent, expected a number above 0 and up to 100")


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
