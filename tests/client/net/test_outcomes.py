"""The failover class table, row by row."""

import errno
import http.client
import ssl
from types import SimpleNamespace

import botocore.exceptions as boto
import pytest
import urllib3.exceptions

from s3_failover import Outcome
from s3_failover.client.errors import NotAnObjectError, NotComparableError
from s3_failover.client.net.outcomes import classify, refuse_redirect

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
    # Requests for a body, for its headers, and for the session of a directory bucket are judged alike.
    *[
        (answer(503, "ServiceUnavailable", operation), Outcome.SERVER_ERROR)
        for operation in ("GetObject", "HeadObject", "CreateSession")
    ],
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
    (urllib3.exceptions.ReadTimeoutError(None, URL, "late"), Outcome.TIMEOUT),
    (caused(urllib3.exceptions.ProtocolError("broken"), urllib3.exceptions.IncompleteRead(1, 5)), Outcome.TRUNCATED),
    (boto.HTTPClientError(error=Exception()), Outcome.CONNECTION),
    (boto.FlexibleChecksumError(error_msg="differs"), Outcome.CORRUPT),
    *[
        (answer(status, code), Outcome.SERVER_ERROR)
        for status, code in [
            (500, "InternalError"),
            (500, "500"),
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
            (503, "BandwidthLimitExceeded"),
            (503, "RequestLimitExceeded"),
            (400, "RequestThrottled"),
            (400, "ThrottlingException"),
            (400, "TooManyRequestsException"),
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
            (302, "302"),
            (307, "307"),
            (307, "TemporaryRedirect"),
            (308, "308"),
            (400, "IllegalLocationConstraintException"),
            (400, "InvalidBucketName"),
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
    *[
        (answer(status, str(status), own="via"), Outcome.NOT_AN_OBJECT)
        for status in (302, 400, 403, 404, 407, 416, 499)
    ],
    *[(answer(404, "NoSuchKey", own=own), Outcome.NOT_FOUND) for own in ("x-amz-id-2", "x-amzn-requestid")],
    *[(answer(status, str(status), own="via"), Outcome.SERVER_ERROR) for status in (408, 500, 503)],
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
            (499, "499"),
        ]
    ],
    *[
        (answer(status, code), Outcome.LOCAL)
        for status, code in [
            (400, "ExpiredToken"),
            (400, "TokenRefreshRequired"),
            (403, "RequestExpired"),
            (403, "RequestTimeTooSkewed"),
        ]
    ],
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
    (
        caused(boto.TokenRetrievalError(provider="p", error_msg="m"), http.client.IncompleteRead(b"", 5)),
        Outcome.LOCAL,
    ),
    (boto.CredentialRetrievalError(provider="p", error_msg="m"), Outcome.LOCAL),
    (boto.TokenRetrievalError(provider="p", error_msg="m"), Outcome.LOCAL),
    (boto.ParamValidationError(report="r"), Outcome.LOCAL),
    (OSError(errno.ENOSPC, "full"), Outcome.LOCAL),
    *[
        (caused(boto.EndpointConnectionError(endpoint_url=URL), OSError(number, "exhausted")), Outcome.LOCAL)
        for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
    ],
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


def redirected(status, code="Other", *, operation="GetObject", bucket_region=None):
    """The code of the error that an answer is refused with in us-east-1; None if the answer passes."""
    headers = {"x-amz-bucket-region": bucket_region} if bucket_region else {}
    parsed = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPHeaders": headers}}
    try:
        refuse_redirect("us-east-1", (SimpleNamespace(status_code=status), parsed), SimpleNamespace(name=operation))
    except boto.ClientError as error:
        assert error.operation_name == operation
        return error.response["Error"]["Code"]
    return None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_a_redirect_is_raised_and_not_followed(status, operation):
    assert redirected(status, "PermanentRedirect", operation=operation) == "PermanentRedirect"


@pytest.mark.parametrize("code", ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException"])
def test_an_answer_that_names_another_region_is_raised(code):
    assert redirected(400, code, bucket_region="eu-west-3") == code


@pytest.mark.parametrize("status", [200, 206, 299, 300, 304, 400, 403, 404, 503])
def test_every_other_answer_is_left_to_botocore(status):
    assert redirected(status) is None


def test_an_answer_below_300_is_no_redirect_whatever_it_says():
    assert redirected(299, "AuthorizationHeaderMalformed") is None
    assert redirected(300, "AuthorizationHeaderMalformed") == "AuthorizationHeaderMalformed"


def test_a_request_without_an_answer_is_left_to_botocore():
    assert refuse_redirect("us-east-1", None, SimpleNamespace(name="GetObject")) is None


@pytest.mark.parametrize(
    ("bucket_region", "code"),
    [("eu-west-3", "AuthorizationHeaderMalformed"), ("us-east-1", "400"), (None, "400")],
)
def test_a_head_without_a_body_says_by_its_header_that_the_bucket_is_elsewhere(bucket_region, code):
    assert redirected(400, "400", operation="HeadObject", bucket_region=bucket_region) == code


def test_only_the_400_of_a_head_is_bare():
    assert redirected(400, "400", bucket_region="eu-west-3") is None
    assert redirected(403, "403", operation="HeadObject", bucket_region="eu-west-3") is None
