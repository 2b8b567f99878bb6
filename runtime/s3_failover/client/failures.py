"""What a request raises when there is no answer, with what was got, expected, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, ParamValidationError

from s3_failover.client.attempt import Attempt, Outcome
from s3_failover.client.checksums import NotComparableError
from s3_failover.client.errors import (
    AllRegionsFailed,
    ChecksumMissing,
    DeadlineExceeded,
    LocalFault,
    ObjectNotFound,
    RegionMisconfigured,
    RetryBudgetExhausted,
)
from s3_failover.client.listener import Result
from s3_failover.client.outcomes import http_status
from s3_failover.client.region import Region


def of_attempt(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> BaseException:
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


def of_all(asked: str, attempts: Sequence[Attempt], regions: Sequence[Region]) -> BaseException:
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
