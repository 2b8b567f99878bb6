"""The failover class table: what an error says about the region, decided by evidence and not by base class.

An answer ends a request only if every region would give it. Copies differ, even when replication has caught up: what is
not replicated are lifecycle actions (so that storage classes differ), delete markers by default and deletions of single
versions, bucket policies and keys; entity tags differ with the encryption; and a new version is not everywhere at once
(S3 User Guide, "What does Amazon S3 replicate?"). Tokens of the global STS endpoint are valid in the regions that are
enabled by default (IAM User Guide, "Managing AWS STS in an AWS Region").
"""

from __future__ import annotations

import errno
import http.client
from collections.abc import Iterator, Mapping

import botocore.exceptions as boto
import urllib3.exceptions

from s3_failover.client.answer import NotAnObjectError, came_from_s3
from s3_failover.client.attempt import Outcome
from s3_failover.client.checksums import NotComparableError

REGION_FAILURES = frozenset(
    {
        Outcome.CONNECTION,
        Outcome.TIMEOUT,
        Outcome.TRUNCATED,
        Outcome.CORRUPT,
        Outcome.NOT_AN_OBJECT,
        Outcome.SERVER_ERROR,
    }
)
"""The region fails: the gauge is 1, it counts for ejection, and the request goes to the next region."""

ANSWERS = frozenset(
    {
        Outcome.SUCCESS,
        Outcome.THROTTLED,
        Outcome.NOT_FOUND,
        Outcome.MISCONFIGURED,
        Outcome.UNSUITABLE,
        Outcome.REJECTED,
    }
)
"""The region answers: the gauge is 0. What is neither a failure nor an answer says nothing about the region."""

_OUR_OPERATIONS = frozenset({"CreateSession", "GetObject", "HeadObject"})
"""What S3 is asked. Any other operation of an error is one of STS or SSO, which botocore asks for credentials."""

_BY_STATUS = {
    408: Outcome.SERVER_ERROR,
    412: Outcome.UNSUITABLE,
    416: Outcome.UNSUITABLE,
    429: Outcome.THROTTLED,
    501: Outcome.UNSUITABLE,
}
"""Statuses that decide whatever the code is: 429 has come with ServiceUnavailable too."""

_SAME_FROM_PROXIES = frozenset({408, 429})
"""Statuses that mean the same from S3 and from a proxy; a proxy's 404 or 403 says nothing about the object."""

_NOT_FOUND = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "KMS.ThrottlingException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_ERRORS = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable"})
_OUR_FAULT = frozenset({"ExpiredToken", "RequestExpired", "RequestTimeTooSkewed", "TokenRefreshRequired"})
_MISCONFIGURED = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "InvalidBucketName",
        "InvalidToken",
        "NoSuchAccessPoint",
        "NoSuchBucket",
        "PermanentRedirect",
        "TemporaryRedirect",
    }
)
_REDIRECTS = frozenset({301, 302, 307, 308})

_TIMEOUTS = (boto.ConnectTimeoutError, boto.ReadTimeoutError, urllib3.exceptions.TimeoutError)
_EXHAUSTED_HERE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL})
"""This host has no descriptors, memory or ports left: no region is at fault (Envoy: a local origin failure)."""


_BEFORE_SENDING = (boto.CredentialRetrievalError, boto.TokenRetrievalError)
"""Whatever they come from: nothing has been sent to the region yet."""


def classify(error: BaseException, handled: BaseException | None = None) -> Outcome:
    """Return what an error of one attempt means.

    botocore's timeouts and TLS errors are `OSError`s too, so faults of the local disk are what is left at the end.

    Args:
        error: what the attempt raised.
        handled: what its caller was handling when it began, which is no cause of it.
    """
    if isinstance(error, boto.ClientError):
        return _answer(error)
    if isinstance(error, _BEFORE_SENDING):
        return Outcome.LOCAL
    chain = tuple(causes(error, handled))
    if any(getattr(cause, "errno", None) in _EXHAUSTED_HERE for cause in chain):
        return Outcome.LOCAL
    if any(isinstance(cause, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead) for cause in chain):
        return Outcome.TRUNCATED
    return next((outcome for kinds, outcome in _BY_KIND if isinstance(error, kinds)), Outcome.LOCAL)


_BY_KIND: tuple[tuple[tuple[type[BaseException], ...], Outcome], ...] = (
    (_TIMEOUTS, Outcome.TIMEOUT),
    ((boto.IncompleteReadError,), Outcome.TRUNCATED),
    ((boto.FlexibleChecksumError,), Outcome.CORRUPT),
    ((NotAnObjectError,), Outcome.NOT_AN_OBJECT),
    ((NotComparableError,), Outcome.UNSUITABLE),
    # urllib3's own errors leak from bodies (aws-cli pull request 10606, boto3 issue 2902).
    ((boto.ConnectionError, boto.HTTPClientError, urllib3.exceptions.HTTPError), Outcome.CONNECTION),
)


def _answer(error: boto.ClientError) -> Outcome:
    if error.operation_name not in _OUR_OPERATIONS:
        return Outcome.LOCAL
    status = http_status(error) or 0
    if status < 500 and status not in _SAME_FROM_PROXIES and not came_from_s3(_headers(error)):
        return Outcome.NOT_AN_OBJECT
    return _answer_of_s3(error, status, str(error.response.get("Error", {}).get("Code", "")))


def _answer_of_s3(error: boto.ClientError, status: int, code: str) -> Outcome:
    if status == 405 and _is_delete_marker(error):
        return Outcome.NOT_FOUND
    known = _BY_STATUS.get(status) or next((outcome for codes, outcome in _BY_CODE if code in codes), None)
    if known is not None:
        return known
    # SlowDown comes as 503 too, and an archived object as 403: what has a code is decided above.
    if status >= 500:
        return Outcome.SERVER_ERROR
    if code.startswith("KMS.") or status in _REDIRECTS or status in (401, 403):
        return Outcome.MISCONFIGURED
    return Outcome.REJECTED


_BY_CODE = (
    (_NOT_FOUND, Outcome.NOT_FOUND),
    (_THROTTLED, Outcome.THROTTLED),
    (_SERVER_ERRORS, Outcome.SERVER_ERROR),
    (_OUR_FAULT, Outcome.LOCAL),
    (_MISCONFIGURED, Outcome.MISCONFIGURED),
    (frozenset({"InvalidObjectState"}), Outcome.UNSUITABLE),
)


def _is_delete_marker(error: boto.ClientError) -> bool:
    """Whether the version that was asked for is a delete marker (S3 API Reference, GetObject)."""
    return _headers(error).get("x-amz-delete-marker") == "true"


def _headers(error: boto.ClientError) -> Mapping[str, str]:
    found: Mapping[str, str] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return found


def http_status(error: BaseException) -> int | None:
    """Return the HTTP status that an error stands for, None where there was no answer."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return None
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


def causes(error: BaseException, handled: BaseException | None = None) -> Iterator[BaseException]:
    """Yield an error and everything it was raised from; botocore keeps a cause in its arguments too.

    Python also notes what the caller was handling at the time (`handled`): that and what is behind it are left out.
    """
    found = [handled] if handled else []
    open_ends: list[object] = [error]
    while open_ends:
        end = open_ends.pop()
        if isinstance(end, BaseException) and not any(end is known for known in found):
            found.append(end)
            yield end
            inner = getattr(end, "kwargs", {}).get("error") if isinstance(end, boto.BotoCoreError) else None
            open_ends += [inner, end.__cause__ or end.__context__]
