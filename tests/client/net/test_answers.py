"""What counts as an object: only what S3 itself says is one, and what was asked for."""

import pytest
from botocore.exceptions import ClientError

from s3_failover import AllRegionsFailed, Outcome, Phase
from s3_failover.client.errors import NotAnObjectError
from s3_failover.client.net.outcomes import require_object

BODY = bytes(range(256)) * 4
VERSION = "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"
S3 = 'x-amz-request-id: REQUEST1\r\nETag: "1"\r\n'

NOT_OBJECTS = {
    "a portal's page": {"status": 200, "headers": "Content-Type: text/html\r\n", "body": "<html>log in</html>"},
    "an error document": {
        "status": 200,
        "headers": "x-amz-request-id: REQUEST1\r\nContent-Type: application/xml\r\n",
        "body": "<Error><Code>InternalError</Code></Error>",
    },
    "a cache's copy": {"status": 200, "headers": 'ETag: "1"\r\n', "body": "stale"},
    "203": {"status": 203, "headers": S3, "body": "changed"},
    "204": {"status": 204, "headers": S3},
    "206 without a Range in the request": {
        "status": 206,
        "headers": f"{S3}Content-Range: bytes 0-3/9\r\n",
        "body": "part",
    },
    "202": {"status": 202, "headers": S3, "body": "soon"},
    "another version": {"status": 200, "headers": f"{S3}x-amz-version-id: other\r\n", "body": "body"},
}


@pytest.mark.parametrize("what", NOT_OBJECTS)
@pytest.mark.parametrize("operation", ["get_object", "head_object", "download_file", "cached_file"])
def test_what_is_no_object_is_left_for_the_next_region(server, client, tmp_path, what, operation):
    server.regions[0].fault("answer", **NOT_OBJECTS[what])
    target = [tmp_path / "file"] if operation in ("download_file", "cached_file") else []
    found = getattr(client, operation)("key", *target, **({"VersionId": VERSION} if "version" in what else {}))
    if operation == "head_object":
        assert found.content_length == len(BODY)
    else:
        assert (target[0].read_bytes() if target else found.body) == BODY
    health = client.health()[0]
    assert health.failing
    assert "not_an_object" in health.last_error


def test_what_is_no_object_anywhere_is_no_answer(server, client):
    for region in server.regions:
        region.fault("answer", **NOT_OBJECTS["a portal's page"])
    with pytest.raises(AllRegionsFailed) as caught:
        client.get_object("key")
    assert {(each.outcome, each.phase) for each in caught.value.attempts} == {(Outcome.NOT_AN_OBJECT, Phase.HEADERS)}
    assert "something between here and S3" in str(caught.value.__cause__)


def response(status=200, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"x-amz-request-id": "R", "etag": '"1"', **named}
    return {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": sent}}


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("bytes=10-19", "bytes 10-19/1024"),
        ("bytes=1000-2000", "bytes 1000-1023/1024"),
        ("bytes=10-", "bytes 10-1023/1024"),
        ("bytes=-5", "bytes 1019-1023/1024"),
        ("bytes=-5000", "bytes 0-1023/1024"),
    ],
)
def test_the_range_that_was_asked_for_is_taken(wanted, got):
    require_object(response(206, content_range=got), {"Range": wanted})


@pytest.mark.parametrize(
    ("wanted", "status", "got"),
    [
        ("bytes=10-19", 206, "bytes 0-9/1024"),
        ("bytes=10-19", 206, "bytes 10-15/1024"),
        ("bytes=10-", 206, "bytes 10-19/1024"),
        ("bytes=-5", 206, "bytes 1018-1022/1024"),
        ("bytes=10-19", 206, "bytes 10-1023/1024"),
        ("bytes=-5", 206, "bytes 0-1023/1024"),
        ("bytes=10-19", 206, ""),
        ("bytes=10-19", 206, "lines 1-2"),
        ("bytes=10-19", 200, ""),
    ],
)
def test_another_range_is_refused(wanted, status, got):
    with pytest.raises(NotAnObjectError):
        require_object(response(status, content_range=got), {"Range": wanted})


@pytest.mark.parametrize("wanted", ["lines=1-2", "bytes=0-1,4-5", "bytes=-", "bytes=5-2", "bytes=", "bytes=a-b"])
def test_what_s3_does_not_take_for_a_range_is_answered_with_the_whole(wanted):
    require_object(response(), {"Range": wanted})


@pytest.mark.parametrize("wanted", ["bytes=-0", "bytes=2000-", "bytes=1024-1024"])
def test_a_range_that_the_object_does_not_have_is_no_failure_of_a_region(server, client, wanted):
    with pytest.raises(ClientError, match="InvalidRange") as caught:
        client.get_object("key", Range=wanted)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416
    assert not any(region.failing or region.ejected for region in client.health())


def test_a_part_is_asked_for_by_its_number_too():
    require_object(response(206, content_range="bytes 0-9/20"), {"PartNumber": 1})


def test_what_object_lambda_makes_needs_no_tag():
    answer = response()
    del answer["ResponseMetadata"]["HTTPHeaders"]["etag"]
    require_object(answer, {}, tagged=False)
    with pytest.raises(NotAnObjectError):
        require_object(answer, {})
