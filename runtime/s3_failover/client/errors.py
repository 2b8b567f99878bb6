"""What the client raises.

    S3FailoverError
    ├── InvalidConfiguration   (ValueError)         an argument cannot work
    ├── AllRegionsFailed                            every region failed
    │   └── RetryBudgetExhausted                    those that were asked, and no more could be
    ├── DeadlineExceeded       (TimeoutError)       time was up before every region was tried
    ├── ObjectNotFound         (FileNotFoundError)  the object does not exist
    ├── ChecksumMissing                             no region has a checksum to compare the body with
    ├── RegionMisconfigured                         a region answers, and says that the set-up is wrong
    ├── LocalFault                                  this host cannot ask: credentials, clock, parameters
    └── UnsafeKey              (ValueError)         a key would leave its directory

Answers that every region gave (304, 412, 416, an archived object) stay botocore's `ClientError`, and faults of the
local disk stay `OSError`: callers know both.
"""

from __future__ import annotations

from collections.abc import Sequence

from s3_failover.client.attempt import Attempt


class S3FailoverError(Exception):
    """Anything the client raises on its own account."""


class InvalidConfiguration(S3FailoverError, ValueError):
    """An argument of the client or of a request that cannot work: nothing was asked."""


class UnsafeKey(S3FailoverError, ValueError):
    """A key that, as a path, would leave the directory it belongs in."""


class RequestFailed(S3FailoverError):
    """A request that was sent and has no result.

    Attributes:
        attempts: every attempt of the request, oldest first.
    """

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)


class AllRegionsFailed(RequestFailed):
    """Every region failed; raised from the last cause."""


class RetryBudgetExhausted(AllRegionsFailed):
    """The regions that were asked failed, and the retry budget had no token left to ask another one.

    Attributes:
        untried: the names of the regions that were not asked.
    """

    def __init__(self, message: str, attempts: Sequence[Attempt] = (), untried: Sequence[str] = ()) -> None:
        super().__init__(message, attempts)
        self.untried = tuple(untried)


class DeadlineExceeded(RequestFailed, TimeoutError):
    """Time was up before a region answered; raised from the last cause, if there was one.

    Attributes:
        untried: the names of the regions that were not asked any more.
    """

    def __init__(self, message: str, attempts: Sequence[Attempt] = (), untried: Sequence[str] = ()) -> None:
        super().__init__(message, attempts)
        self.untried = tuple(untried)


class ObjectNotFound(RequestFailed, FileNotFoundError):
    """No such key or version, in the regions that were asked: one; all for a version, or with `not_found="try_next"`.

    Attributes:
        regions: the names of the regions that said so.
    """

    def __init__(self, message: str, attempts: Sequence[Attempt] = (), regions: Sequence[str] = ()) -> None:
        super().__init__(message, attempts)
        self.regions = tuple(regions)


class ChecksumMissing(RequestFailed):
    """No region's copy has a checksum that its body can be compared with, and the client requires one."""


class RegionMisconfigured(RequestFailed):
    """A region answers and refuses: access, bucket name, region or keys are wrong. Its gauge is another one.

    Attributes:
        region: the region's name.
    """

    def __init__(self, message: str, attempts: Sequence[Attempt] = (), region: str = "") -> None:
        super().__init__(message, attempts)
        self.region = region


class LocalFault(RequestFailed):
    """This host cannot ask any region: no credentials, expired ones, a wrong clock, a parameter S3 does not know."""
