"""Outcomes of attempts: the failover class table, the checks of an answer, and the body that is read with it.

What an error says about the region is decided by evidence and not by base class. An answer ends a request only if every
region would give it. Copies differ, even when replication has caught up: what is not replicated are lifecycle actions
(so that storage classes differ), delete markers by default and deletions of single versions, bucket policies and keys;
entity tags differ with the encryption; and a new version is not everywhere at once (S3 User Guide, "What does Amazon S3
replicate?"). Tokens of the global STS endpoint are valid in the regions that are enabled by default (IAM User Guide,
"Managing AWS STS in an AWS Region").
"""

import errno
import http.client
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions as boto
import urllib3.exceptions
from botocore.exceptions import IncompleteReadError

from s3_failover.client.errors import NotAnObjectError, NotComparableError, http_status
from s3_failover.client.net.checksums import ChecksumComparison, PartSize, comparison
from s3_failover.client.net.guard import Guard
from s3_failover.client.objects import ByteRange, Outcome

_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")

_OWN = frozenset({"x-amz-request-id", "x-amzn-requestid", "x-amz-id-2"})
"""Headers of every answer of S3's (S3 API Reference, "Common Response Headers"), and of what stands in for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body is to be read."""

    response: dict[str, Any]
    """Boto3's response."""
    guard: Guard
    """The limit on the attempt."""
    part_size: PartSize
    """Asks the same region for the size of one of the object's parts."""


def came_from_s3(headers: Iterable[str]) -> bool:
    """Whether S3 itself gave an answer, and nothing between here and there; by the names of its headers."""
    return not _OWN.isdisjoint(headers)


def require_object(response: Mapping[str, Any], parameters: Mapping[str, Any], *, tagged: bool = True) -> None:
    """Raise NotAnObjectError for a success that is not the object that was asked for.

    S3 answers GetObject and HeadObject with 200, or with 206 where a part was asked for, and always sends a request id
    and an entity tag (S3 API Reference, GetObject and "Common Response Headers").

    Args:
        response: boto3's response.
        parameters: what was asked for, as boto3 spells it.
        tagged: whether an entity tag is to be expected: what S3 Object Lambda makes need not have one.
    """
    metadata = response["ResponseMetadata"]
    status, headers = metadata["HTTPStatusCode"], metadata["HTTPHeaders"]
    if not came_from_s3(headers) or (tagged and "etag" not in headers):
        _refuse(f"the answer has status {status} and not S3's own headers, something between here and S3 gave it")
    if status != 200 and not (status == 206 and ("Range" in parameters or "PartNumber" in parameters)):
        _refuse(f"the answer has status {status}, expected a whole object")
    wanted_range = ByteRange.parsed(parameters.get("Range"))
    if wanted_range and tagged:
        _require_range(status, headers.get("content-range", ""), wanted_range)
    wanted, got = parameters.get("VersionId"), headers.get("x-amz-version-id")
    if wanted and got and wanted != got:
        _refuse(f"the answer is version {got}, expected {wanted}")


def _require_range(status: int, got: str, wanted: ByteRange) -> None:
    found = _CONTENT_RANGE.fullmatch(got)
    if status != 206 or found is None:
        _refuse(f"the answer has status {status} and content-range {got!r}, expected a part of the object")
        return
    first, last, size = map(int, found.groups())
    if (first, last) != wanted.of(size):
        _refuse("the answer is the range {}-{} of {} bytes, expected {}-{}".format(first, last, size, *wanted.of(size)))


def _refuse(reason: str) -> None:
    raise NotAnObjectError(reason=reason)


CHUNK = 256 * 1024
"""Bytes read at once: what a download keeps in memory."""


class BodyReader:
    """Reads bodies, and compares them with the checksums that S3 sent.

    Args:
        min_throughput: bytes that buy an attempt one more second.
        require_checksum: whether a body that cannot be compared is refused.
    """

    def __init__(self, min_throughput: int, *, require_checksum: bool = False) -> None:
        self._min_throughput = min_throughput
        self._required = require_checksum

    def chunks(self, answer: Answer) -> Iterator[bytes]:
        """Yield the body of an answer; what was yielded before an error is not to be used.

        Raises:
            botocore.exceptions.BotoCoreError: the body ended early, stalled, is not what S3 stored, or cannot be
                compared although it must be.
        """
        guard, body = answer.guard, _delimited(answer.response)
        comparison = self._comparison(answer)
        # A read returns when all of its bytes are there, and only then do they buy time.
        size = min(CHUNK, self._min_throughput)
        while chunk := body.read(size):
            guard.bytes_read += len(chunk)
            guard.extend(len(chunk) / self._min_throughput)
            comparison.update(chunk)
            yield chunk
        self._finish(comparison, answer)

    def whole(self, answer: Answer) -> bytes:
        """Return the body of an answer; small ones in one read.

        Raises:
            botocore.exceptions.BotoCoreError: as `chunks`.
        """
        size = answer.response.get("ContentLength")
        if size is None or size > min(CHUNK, self._min_throughput):
            return b"".join(self.chunks(answer))
        body = _delimited(answer.response)
        comparison = self._comparison(answer)
        data: bytes = body.read()
        answer.guard.bytes_read = len(data)
        comparison.update(data)
        self._finish(comparison, answer)
        return data

    def _comparison(self, answer: Answer) -> ChecksumComparison:
        found = comparison(answer.response, answer.part_size)
        if self._required and type(found) is ChecksumComparison:
            raise NotComparableError(reason="S3 sent no checksum with the object")
        return found

    def _finish(self, comparison: ChecksumComparison, answer: Answer) -> None:
        comparison.finish()
        if self._required and comparison.algorithm is None:
            raise NotComparableError(reason="the sizes of the object's parts cannot be had, or differ")
        answer.guard.checksum = comparison.algorithm


def _delimited(response: dict[str, Any]) -> Any:
    """Return the body, if its end can be told from a connection that broke: S3 always says how long it is."""
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    if "content-length" not in headers and "transfer-encoding" not in headers:
        raise IncompleteReadError(actual_bytes=0, expected_bytes=-1)
    return response["Body"]


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
_SERVER_ERRORS = frozenset({"RequestTimeout"})
"""Of those that do not come with a status of 500 or more."""

_OUR_FAULT = frozenset({"ExpiredToken", "RequestExpired", "RequestTimeTooSkewed", "TokenRefreshRequired"})
_MISCONFIGURED = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "InvalidBucketName",
        "InvalidToken",
        "NoSuchAccessPoint",
        "NoSuchBucket",
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


_ELSEWHERE = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})
"""What S3 says with status 400 about a bucket that is in another region."""


def refuse_redirect(region: str, response: Any, operation: Any, **_: Any) -> None:
    """Raise S3's answer, a ClientError, that the bucket is in another region than `region`, instead of going there.

    A client that follows would read one region under the name of another, and lose both together. The 400 of a HEAD
    has no body: botocore would ask for the bucket's region and then again for the object, in what is one attempt here.
    """
    if response is None or response[0].status_code < 300:
        return
    http, parsed = response
    bare = operation.name == "HeadObject" and http.status_code == 400
    named = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", region)
    if bare and named != region:
        parsed["Error"]["Code"] = "AuthorizationHeaderMalformed"
    if bare or parsed.get("Error", {}).get("Code") in _ELSEWHERE or http.status_code in _REDIRECTS:
        raise boto.ClientError(parsed, operation.name)
