"""The failover class table, row by row."""

import errno
import http.client
import ssl

import botocore.exceptions as boto
import pytest
import urllib3.exceptions

from s3_failover import Outcome
from s3_failover.client.errors import NotAnObjectError, NotComparableError
from s3_failover.client.net.outcomes import classify

URL = "http://127.0.0.1"


def answer(status, code, operation="GetObject", headers=(), own="x-amz-request-id"):
    """A ClientError as botocore makes it of an answer."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {own: "R"} | dict(headers)}
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": metadata}
    return boto.ClientError(response, operation)


def caused(error, cause):
    error.__cause__ = cause
    return error


ROWS = [
    (boto.EndpointConnectionError(endpoint_url=URL), Outcome.CONNECTION),
    (boto.ConnectTimeoutError(endpoint_url=URL), Outcome.TIMEOUT),
    (boto.ConnectionClosedError(endpoint_url=URL), Outcome.CONNECTION),
    (boto.SSLError(endpoint_url=URL, error=ssl.SSLError("bad")), Outcome.CONNECTION),
    (boto.ProxyConnectionError(proxy_url=URL), Outcome.CONNECTION),
    (boto.ReadTimeoutError(endpoint_url=URL), Outcome.TIMEOUT),
    (boto.ResponseStreamingError(error=ConnectionResetError()), Outcome.CONNECTION),
    (
        caused(boto.ResponseStreamingError(error=Exception()), http.client.IncompleteRead(b"", 5)),
        Outcome.TRUNCATED,
    ),
    (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Outcome.TRUNCATED),
    (urllib3.exceptions.ProtocolError("broken"), Outcome.CONNECTION),
    (boto.HTTPClientError(error=Exception()), Outcome.CONNECTION),
    (boto.FlexibleChecksumError(error_msg="differs"), Outcome.CORRUPT),
    *[
        (answer(status, code), Outcome.SERVER_ERROR)
        for status, code in [
            (500, "InternalError"),
            (502, "502"),
            (503, "ServiceUnavailable"),
            (504, "504"),
            (400, "RequestTimeout"),
            (408, "408"),
            (503, "503"),
            (599, "New"),
            (408, "Timeout"),
        ]
    ],
    *[
        (answer(status, code), Outcome.THROTTLED)
        for status, code in [
            (503, "SlowDown"),
            (429, "429"),
            (400, "Throttling"),
            (429, "TooManyRequestsException"),
            (429, "TooManyRequests"),
            (429, "ServiceUnavailable"),
            (400, "KMS.ThrottlingException"),
        ]
    ],
    *[(answer(404, code), Outcome.NOT_FOUND) for code in ("NoSuchKey", "404", "NoSuchVersion")],
    *[
        (answer(status, code), Outcome.MISCONFIGURED)
        for status, code in [
            (403, "AccessDenied"),
            (403, "403"),
            (301, "PermanentRedirect"),
            (307, "307"),
            (404, "NoSuchBucket"),
            (404, "NoSuchAccessPoint"),
            (403, "InvalidAccessKeyId"),
            (403, "SignatureDoesNotMatch"),
            (400, "AuthorizationHeaderMalformed"),
            (400, "KMS.DisabledException"),
            (401, "Unauthorized"),
            (400, "KMS.NotFoundException"),
            (400, "KMS.KMSInvalidStateException"),
            (400, "InvalidToken"),
            (403, "AllAccessDisabled"),
        ]
    ],
    *[
        (answer(status, code), Outcome.UNSUITABLE)
        for status, code in [
            (412, "PreconditionFailed"),
            (412, "412"),
            (416, "InvalidRange"),
            (416, "416"),
            (403, "InvalidObjectState"),
            (501, "NotImplemented"),
            (501, "501"),
        ]
    ],
    (NotComparableError(reason="no checksum"), Outcome.UNSUITABLE),
    (NotAnObjectError(reason="a page"), Outcome.NOT_AN_OBJECT),
    *[(answer(status, str(status), own="via"), Outcome.NOT_AN_OBJECT) for status in (302, 400, 403, 404, 407, 416)],
    *[(answer(404, "NoSuchKey", own=own), Outcome.NOT_FOUND) for own in ("x-amz-id-2", "x-amzn-requestid")],
    (answer(503, "503", own="via"), Outcome.SERVER_ERROR),
    (answer(429, "429", own="via"), Outcome.THROTTLED),
    (answer(405, "MethodNotAllowed", headers={"x-amz-delete-marker": "true"}), Outcome.NOT_FOUND),
    (answer(404, "NoSuchKey", headers={"x-amz-delete-marker": "true"}), Outcome.NOT_FOUND),
    *[
        (answer(status, code), Outcome.REJECTED)
        for status, code in [
            (304, "304"),
            (400, "InvalidRequest"),
            (400, "InvalidArgument"),
            (405, "MethodNotAllowed"),
            (414, "414"),
        ]
    ],
    *[(answer(status, code), Outcome.LOCAL) for status, code in [(400, "ExpiredToken"), (403, "RequestTimeTooSkewed")]],
    *[
        (answer(status, code, operation), Outcome.LOCAL)
        for status, code, operation in [
            (403, "AccessDenied", "AssumeRole"),
            (503, "ServiceUnavailable", "AssumeRoleWithWebIdentity"),
            (429, "429", "GetRoleCredentials"),
        ]
    ],
    (answer(503, "503", "CreateSession"), Outcome.SERVER_ERROR),
    (boto.NoCredentialsError(), Outcome.LOCAL),
    (
        caused(boto.CredentialRetrievalError(provider="p", error_msg="m"), http.client.IncompleteRead(b"", 5)),
        Outcome.LOCAL,
    ),
    (boto.CredentialRetrievalError(provider="p", error_msg="m"), Outcome.LOCAL),
    (boto.TokenRetrievalError(provider="p", error_msg="m"), Outcome.LOCAL),
    (boto.ParamValidationError(report="r"), Outcome.LOCAL),
    (OSError(errno.ENOSPC, "full"), Outcome.LOCAL),
    (caused(boto.EndpointConnectionError(endpoint_url=URL), OSError(errno.EMFILE, "too many")), Outcome.LOCAL),
    (boto.EndpointConnectionError(endpoint_url=URL, error=OSError(errno.EADDRNOTAVAIL, "no port")), Outcome.LOCAL),
    (boto.EndpointConnectionError(endpoint_url=URL, error=OSError(errno.ENETUNREACH, "no net")), Outcome.CONNECTION),
    (ValueError("a bug"), Outcome.LOCAL),
    # Without a status, what an answer says is all that there is.
    (boto.ClientError({"Error": {"Code": "Strange"}}, "GetObject"), Outcome.NOT_AN_OBJECT),
    (
        boto.ClientError(
            {"Error": {"Code": "Strange"}, "ResponseMetadata": {"HTTPHeaders": {"x-amz-request-id": "R"}}}, "GetObject"
        ),
        Outcome.REJECTED,
    ),
]


@pytest.mark.parametrize(("error", "outcome"), ROWS, ids=lambda value: str(value)[:60])
def test_an_error_is_classified_by_what_it_proves(error, outcome):
    assert classify(error) is outcome


def test_every_outcome_that_an_error_can_have_has_a_row():
    given = {Outcome.SUCCESS, Outcome.CANCELLED, Outcome.DEADLINE}
    assert {outcome for _, outcome in ROWS} == set(Outcome) - given


def test_a_chain_of_causes_that_bites_its_tail_ends():
    one, two = boto.ConnectionClosedError(endpoint_url=URL), ValueError()
    one.__cause__, two.__cause__ = two, one
    assert classify(one) is Outcome.CONNECTION


def test_what_the_caller_was_handling_is_no_cause():
    error, handled = boto.ConnectionClosedError(endpoint_url=URL), OSError(errno.EMFILE, "too many")
    error.__context__ = handled
    assert classify(error) is Outcome.LOCAL
    assert classify(error, handled) is Outcome.CONNECTION
