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

Checks of arguments: what cannot work is refused before anything is asked, and says what was expected.
"""

import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from botocore.exceptions import BotoCoreError

from s3_failover.client.objects import Attempt, ByteRange


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


class NotAnObjectError(BotoCoreError):
    """A success that is no object of S3's: a captive portal's or a proxy's page, an error, another range or version."""

    fmt = "{reason}"


class NotComparableError(BotoCoreError):
    """The object has no checksum to compare its body with, and the client requires one."""

    fmt = "{reason}"


def http_status(error: BaseException) -> int | None:
    """Return the HTTP status that an error stands for, None where there was no answer."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return None
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


T = TypeVar("T")

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_OF_THE_CLIENT = ("Bucket", "Key")


def is_number(value: object) -> bool:
    """Whether a value is a number, which may be infinite or none (NaN)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def require_positive(name: str, value: Any) -> None:
    """Raise InvalidConfiguration for what is no positive finite number."""
    if not is_number(value) or not 0 < value < math.inf:
        refuse(name, value, "a positive number")


def require_whole(name: str, value: Any) -> None:
    """Raise InvalidConfiguration for what is no whole number from 1 on."""
    if not is_number(value) or not isinstance(value, int) or value < 1:
        refuse(name, value, "a positive whole number")


def require_age(name: str, value: Any) -> None:
    """Raise InvalidConfiguration for what is neither None nor a number of seconds."""
    if value is not None and not (is_number(value) and value >= 0):
        refuse(name, value, "None, or seconds from 0 on")


def require_flag(name: str, value: object) -> None:
    """Raise InvalidConfiguration for what is neither True nor False: `"no"` would mean yes."""
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


def require_text(name: str, value: object) -> None:
    """Raise InvalidConfiguration for what is no string, empty, or not Unicode."""
    if not isinstance(value, str) or not value or not is_unicode(value):
        refuse(name, value, "a string that is not empty")


def require_path(name: str, value: object) -> None:
    """Raise InvalidConfiguration for what cannot be a path of this system."""
    try:
        found = os.fspath(value)  # type: ignore[call-overload]
        usable = isinstance(found, str) and b"\0" not in os.fsencode(found)
    except (TypeError, UnicodeEncodeError):
        usable = False
    if not usable:
        refuse(name, value, "a path, as a string or a pathlib.Path")


def require_instance(name: str, value: object, kind: type[T]) -> T:
    """Return a value of a class; raise InvalidConfiguration for one of another."""
    if not isinstance(value, kind):
        refuse(name, value, f"an instance of {kind.__name__}")
    return value


def require_parameters(given: Mapping[str, Any]) -> None:
    """Refuse parameters of GetObject for which no region could be blamed; botocore checks their names and types.

    Raises:
        InvalidConfiguration: one names another object, is no single range, or cannot be in an HTTP header.
    """
    for name, value in given.items():
        if name in _OF_THE_CLIENT:
            refuse(name, value, "no such parameter: the client has the buckets, and the key is the first argument")
        if name == "Range" and ByteRange.parsed(value) is None:
            one = "one range, such as bytes=0-99, bytes=100- or bytes=-100"
            refuse(name, value, f"{one}: S3 ignores any other and sends the whole object")
        # This one is sent as Base64.
        if name != "SSECustomerKey" and isinstance(value, str) and (_CONTROL.search(value) or not is_unicode(value)):
            refuse(name, value, "a string without control characters")


def seconds_for(key: str, parameters: Mapping[str, Any], deadline: float | None, default: float) -> float:
    """Return how long a request may take, in seconds; raise InvalidConfiguration if its arguments cannot work."""
    require_text("key", key)
    require_parameters(parameters)
    if deadline is None:
        return default
    require_positive("deadline", deadline)
    return deadline


def refuse(name: str, value: object, expected: str) -> NoReturn:
    """Raise InvalidConfiguration for an argument."""
    raise InvalidConfiguration(f"{name} is {value!r}, expected {expected}")


def is_unicode(value: str) -> bool:
    """Whether a string has no lone surrogates, which UTF-8 cannot write."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
