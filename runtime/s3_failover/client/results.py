"""How a request ends: the error for its caller, and the report for listeners (metrics, logs, tests)."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, ParamValidationError

from s3_failover.client.errors import (
    AllRegionsFailed,
    ChecksumMissing,
    DeadlineExceeded,
    LocalFault,
    NotComparableError,
    ObjectNotFound,
    RegionMisconfigured,
    RetryBudgetExhausted,
    http_status,
    refuse,
    require_instance,
)
from s3_failover.client.objects import Attempt, Outcome
from s3_failover.client.settings import Region


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


_log = logging.getLogger("s3_failover.client")


class Result(StrEnum):
    """How a request ended, all attempts together."""

    SUCCESS = "success"
    ALL_REGIONS_FAILED = "all_regions_failed"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NOT_FOUND = "not_found"
    MISCONFIGURED = "misconfigured"
    """Every region refused: rights, buckets or keys are wrong, or a checksum that is required is missing."""
    REJECTED = "rejected"
    LOCAL = "local"
    """This host could not ask, or not keep the answer: credentials, clock, parameters, disk."""
    CANCELLED = "cancelled"


EXHAUSTED = frozenset({Result.ALL_REGIONS_FAILED, Result.DEADLINE_EXCEEDED})
"""The caller got nothing from any region, or not in time: what the critical alarm is about."""

FAILED = EXHAUSTED | {Result.MISCONFIGURED, Result.LOCAL}
"""The caller got an error that operators have to know of; the other errors are answers."""


@dataclass(frozen=True, slots=True)
class Request:
    """One finished request: what was asked, how it ended, and every attempt it took, oldest first."""

    operation: str
    key: str
    result: Result
    duration: float
    attempts: tuple[Attempt, ...]


class Listener:
    """Is called with what a client does, in the thread that does it; override the hooks of interest.

    A listener must be quick and thread-safe. What it raises is logged once per listener and otherwise ignored: a metric
    never harms a request.
    """

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of a client's regions, before its first request; again in a forked child."""

    def on_attempt(self, attempt: Attempt) -> None:
        """Take one attempt that ended, probes included."""

    def on_request(self, request: Request) -> None:
        """Take one request that ended; not called for probes."""

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's health when `failing`, `misconfigured` or `ejected` changed."""

    def on_hedge(self, *, won: bool) -> None:
        """Take the end of a request that was hedged, and whether the second attempt won."""

    def on_close(self) -> None:
        """Take note that the client is closed: publish what is left, stop threads."""


class Listeners:
    """All listeners of one client; calls only those that override a hook."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        if not isinstance(listeners, Iterable):
            refuse("listeners", listeners, "a list of listeners")
        self._all = tuple(require_instance("a listener", listener, Listener) for listener in listeners)
        self._broken: set[int] = set()
        self.attempt = self._caller("on_attempt")
        self.request = self._caller("on_request")
        self.region_change = self._caller("on_region_change")
        self.hedge = self._caller("on_hedge")
        self.start = self._caller("on_start")
        self.close = self._caller("on_close")

    def _caller(self, hook: str) -> Callable[..., None] | None:
        """Return a function that calls a hook of all listeners that override it; None if none does."""
        ours = [item for item in self._all if getattr(type(item), hook) is not getattr(Listener, hook)]
        if not ours:
            return None

        def call(*arguments: Any, **named: Any) -> None:
            for listener in ours:
                try:
                    getattr(listener, hook)(*arguments, **named)
                except Exception:
                    self._complain(listener, hook)

        return call

    def _complain(self, listener: Listener, hook: str) -> None:
        if id(listener) not in self._broken:
            self._broken.add(id(listener))
            _log.exception("%s.%s failed: it is called on, and not reported again", type(listener).__name__, hook)


def failure_of_attempt(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> BaseException:
    """Return what to raise when the last attempt ends a request.

    Args:
        asked: the operation and the key.
        attempts: all attempts; the last one decides.
        regions: the regions of the client.
    """
    last = attempts[-1]
    if last.outcome is Outcome.NOT_FOUND:
        return _not_found(asked, attempts, len(regions))
    if last.outcome is Outcome.MISCONFIGURED:
        return _misconfigured(asked, attempts, regions)
    if last.outcome is Outcome.LOCAL and isinstance(last.error, BotoCoreError | ClientError):
        said = f"{_said(last.error)}; no region is at fault: {_local_remedy(last.error)}"
        return LocalFault(f"this host cannot ask for {asked}: {said}", attempts)
    if last.outcome is Outcome.CANCELLED and isinstance(last.error, Exception):
        return CancelledError()
    return last.error or AssertionError(f"{last} is no failure")


def failure_of_all(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> BaseException:
    """Return what to raise when no region is left."""
    outcomes = {attempt.outcome for attempt in attempts}
    # An earlier one had only its share of the time.
    if attempts[-1].outcome is Outcome.DEADLINE:
        return out_of_time(asked, attempts, regions)
    if Outcome.UNSUITABLE in outcomes and outcomes <= _SAID_NO:
        return _unsuitable(asked, attempts)
    if outcomes == {Outcome.NOT_FOUND}:
        return _not_found(asked, attempts, len(regions))
    if outcomes == {Outcome.MISCONFIGURED}:
        return _misconfigured(asked, attempts, regions)
    msg = f"no region answers {asked}: {_listed(attempts)}; expected one of {len(regions)} to have the object"
    return AllRegionsFailed(msg, attempts)


_SAID_NO = frozenset({Outcome.NOT_FOUND, Outcome.MISCONFIGURED, Outcome.UNSUITABLE})
"""What a region says that has nothing wrong with it."""


def _unsuitable(asked: str, attempts: Sequence[Attempt]) -> BaseException:
    error = next(attempt.error for attempt in reversed(attempts) if attempt.outcome is Outcome.UNSUITABLE)
    if isinstance(error, NotComparableError):
        msg = (
            f"no region has a checksum for {asked}: {error}; expected one that the body can be compared with: copy the "
            "object onto itself with a checksum algorithm, or do not require one"
        )
        return ChecksumMissing(msg, attempts)
    return error or AssertionError(f"{attempts[-1]} is no failure")


def out_of_time(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> DeadlineExceeded:
    """Return what to raise when time is up."""
    tried = {attempt.region for attempt in attempts}
    untried = [region.name for region in regions if region.name not in tried]
    left = f"; no time was left for {', '.join(untried)}" if untried else ""
    msg = f"time is up for {asked}: {_listed(attempts)}{left}: allow a longer deadline, or shorter attempts"
    return DeadlineExceeded(msg, attempts, untried)


def out_of_tokens(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> RetryBudgetExhausted:
    """Return what to raise when no token is left to ask another region."""
    tried = {attempt.region for attempt in attempts}
    untried = [region.name for region in regions if region.name not in tried]
    msg = (
        f"no region answers {asked}: {_listed(attempts)}; the retry budget is spent, {', '.join(untried)} not asked: "
        "raise its max_tokens if few requests fail; if most do, they could not be served anywhere"
    )
    return RetryBudgetExhausted(msg, attempts, untried)


def result_of(error: BaseException) -> Result:
    """Return what a request counts as that ended with an error."""
    for kind, result in _RESULTS:
        if isinstance(error, kind):
            return result
    return Result.LOCAL if isinstance(error, Exception) else Result.CANCELLED


_RESULTS: tuple[tuple[type[BaseException], Result], ...] = (
    (AllRegionsFailed, Result.ALL_REGIONS_FAILED),
    (DeadlineExceeded, Result.DEADLINE_EXCEEDED),
    (ObjectNotFound, Result.NOT_FOUND),
    (RegionMisconfigured, Result.MISCONFIGURED),
    (ChecksumMissing, Result.MISCONFIGURED),
    (ClientError, Result.REJECTED),
    (CancelledError, Result.CANCELLED),
)


def _not_found(asked: str, attempts: Sequence[Attempt], count: int) -> ObjectNotFound:
    regions = [attempt.region for attempt in attempts if attempt.outcome is Outcome.NOT_FOUND]
    msg = f"no object for {asked} in {', '.join(regions)}, expected the key or version to exist"
    if len(regions) < count:
        msg += ': not_found="try_next" asks the other regions too, for objects that have not replicated yet'
    return ObjectNotFound(msg, attempts, regions)


def _misconfigured(asked: str, attempts: Sequence[Attempt], regions: Iterable[Region]) -> RegionMisconfigured:
    last = attempts[-1]
    bucket = next((region.bucket for region in regions if region.name == last.region), "")
    msg = (
        f"region {last.region} refuses {asked} from bucket {bucket}: {_said(last.error)}; expected a bucket of that "
        f"region that these credentials may read: {_remedy(last.error)}"
    )
    return RegionMisconfigured(msg, attempts, last.region)


def _listed(attempts: Iterable[Attempt]) -> str:
    return "; ".join(map(str, attempts)) or "no region was asked"


def _said(error: BaseException | None) -> str:
    """Return what S3 or botocore said, in one line."""
    if not isinstance(error, ClientError):
        return " ".join(f"{type(error).__name__}: {error}".split())
    told = error.response.get("Error", {})
    return " ".join(f"{http_status(error)} {told.get('Code')} {told.get('Message', '')}".split())


def _remedy(error: BaseException | None) -> str:
    return _REMEDIES.get(_code(error), "correct region and bucket")


_REMEDIES = {
    "NoSuchBucket": "correct the bucket's name",
    "InvalidAccessKeyId": "correct the credentials",
    "InvalidToken": "use a regional endpoint of STS: the global one's tokens are not valid in every region",
    "SignatureDoesNotMatch": "correct the credentials",
    **dict.fromkeys(
        ("AccessDenied", "403"), "allow s3:GetObject on it, and s3:ListBucket so that missing objects are not denied"
    ),
}


def _local_remedy(error: BaseException) -> str:
    if isinstance(error, ParamValidationError):
        return "correct the parameter"
    if isinstance(error, ConnectionError | HTTPClientError):
        return "raise its limit of open files, or find what holds them"
    if _code(error) == "RequestTimeTooSkewed":
        return "set this host's clock"
    return "give it valid credentials: a role, AWS_PROFILE, or the environment"


def _code(error: BaseException | None) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


class RequestReports:
    """Tells listeners of a request when the block ends: all that it does belongs to the request.

    Args:
        listeners: get the reports.
        operation: boto3's method.
        key: the object's key.

    Attributes:
        begin: when it began, on the monotonic clock.
        attempts: those of the request, oldest first.
    """

    __slots__ = ("_key", "_listeners", "_operation", "attempts", "begin")

    def __init__(self, listeners: Listeners, operation: str, key: str) -> None:
        self._listeners = listeners
        self._operation = operation
        self._key = key
        self.begin = time.monotonic()
        self.attempts: Sequence[Attempt] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listeners.request:
            result = Result.SUCCESS if error is None else result_of(error)
            taken = time.monotonic() - self.begin
            self._listeners.request(Request(self._operation, self._key, result, taken, tuple(self.attempts)))
