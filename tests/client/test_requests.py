"""What a request asks, what it returns, and what it raises."""

import errno
import os
import pickle
import time
from datetime import UTC, datetime

import botocore.exceptions
import pytest
from botocore.config import Config

from s3_failover import (
    AllRegionsFailed,
    DeadlineExceeded,
    Listener,
    LocalFault,
    ObjectNotFound,
    Outcome,
    Region,
    RegionMisconfigured,
    Result,
    RoundRobin,
    S3FailoverError,
)
from s3_failover.client import locks
from s3_failover.client.files import replacement
from s3_failover.client.net.outcomes import BodyReader

BODY = bytes(range(256)) * 4
VERSION = "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"


class Record(Listener):
    def __init__(self):
        self.starts, self.attempts, self.requests, self.changes, self.closed = [], [], [], [], 0

    def on_start(self, regions):
        self.starts.append(list(regions))

    def on_attempt(self, attempt):
        self.attempts.append(attempt)

    def on_request(self, request):
        self.requests.append(request)

    def on_region_change(self, health):
        self.changes.append(health)

    def on_close(self):
        self.closed += 1


@pytest.fixture
def record():
    return Record()


def test_every_region_serves_in_turn(make_client):
    client = make_client(selector=RoundRobin())
    regions = [client.get_object("key").region for _ in range(6)]
    assert sorted(regions[:3]) == ["eu-west-1", "us-east-1", "us-west-2"]
    assert regions[:3] == regions[3:]


def test_an_object_has_what_s3_says_about_it(client):
    found = client.get_object("key")
    assert (found.body, found.content_length, found.version_id) == (BODY, len(BODY), VERSION)
    assert (found.content_type, dict(found.metadata)) == ("application/octet-stream", {})
    assert found.last_modified == datetime(2026, 11, 21, tzinfo=UTC)
    assert found.etag == client.head_object("key").etag
    assert "Body" not in found.response
    attempt = found.attempts[0]
    assert (attempt.http_status, attempt.request_id, attempt.host_id) == (200, "REQUEST1", "host-id")
    assert attempt.bytes_read == len(BODY)


def test_a_range_passes_through(client):
    found = client.get_object("key", Range="bytes=10-19")
    assert (found.body, found.response["ContentRange"]) == (BODY[10:20], "bytes 10-19/1024")


def test_a_condition_that_fails_is_the_answer_of_every_region(server, client):
    etag = client.head_object("key").etag
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.get_object("key", IfNoneMatch=etag)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304
    assert not client.health()[0].failing
    assert server.regions[1].counts.requests == 0


def test_a_request_that_is_malformed_is_so_everywhere(server, client):
    server.regions[0].fault("status", status=400, code="InvalidArgument")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidArgument"):
        client.get_object("key")
    assert server.regions[1].counts.requests == 0


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
@pytest.mark.parametrize("parameters", [{"IfMatch": '"other"'}, {"Range": "bytes=5000-"}])
def test_what_no_copy_fulfils_is_raised_when_all_were_asked(server, client, operation, parameters):
    with pytest.raises(botocore.exceptions.ClientError, match=r"412|416|Precondition|InvalidRange"):
        getattr(client, operation)("key", **parameters)
    assert [region.counts.requests for region in server.regions] == [1, 1, 1]
    assert not any(health.failing or health.misconfigured for health in client.health())


COPIES_DIFFER = [
    (412, "PreconditionFailed"),
    (416, "InvalidRange"),
    (403, "InvalidObjectState"),
    (501, "NotImplemented"),
    (400, "KMS.DisabledException"),
    (400, "KMS.NotFoundException"),
    (400, "InvalidToken"),
    (403, "AccessDenied"),
    (404, "NoSuchBucket"),
    (301, "PermanentRedirect"),
]


@pytest.mark.parametrize(("status", "code"), COPIES_DIFFER)
def test_what_one_copy_cannot_the_next_one_may(server, client, status, code):
    server.regions[0].fault("status", status=status, code=code)
    found = client.get_object("key")
    assert (found.region, found.body) == ("us-west-2", BODY)
    assert not client.health()[0].failing


def test_what_no_copy_can_is_said_although_a_region_refuses(server, client):
    server.regions[1].fault("status", status=403, code="AccessDenied")
    for index in (0, 2):
        server.regions[index].fault("status", status=403, code="InvalidObjectState")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidObjectState"):
        client.get_object("key")
    assert not client.health()[0].misconfigured


def test_a_version_is_asked_for_by_its_id(client):
    assert client.get_object("key", VersionId=VERSION).body == BODY


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_one_version_is_looked_for_everywhere(server, client, operation):
    with pytest.raises(ObjectNotFound) as caught:
        getattr(client, operation)("key", VersionId="another")
    assert caught.value.regions == ("us-east-1", "us-west-2", "eu-west-1")
    server.regions[0].fault("status", status=404, code="NoSuchVersion")
    assert getattr(client, operation)("key", VersionId=VERSION).region == "us-west-2"


def test_a_version_that_is_a_delete_marker_does_not_exist(server, client):
    for region in server.regions:
        region.fault("status", status=405, code="MethodNotAllowed", headers="x-amz-delete-marker: true\r\n")
    with pytest.raises(ObjectNotFound):
        client.get_object("key", VersionId=VERSION)


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_missing_object_is_no_failure(server, client, operation):
    with pytest.raises(ObjectNotFound, match='not_found="try_next"') as caught:
        getattr(client, operation)("missing")
    assert caught.value.regions == ("us-east-1",)
    assert isinstance(caught.value, FileNotFoundError)
    assert [health.failing for health in client.health()] == [False] * 3
    assert server.regions[1].counts.requests == 0


def test_a_missing_object_is_looked_for_elsewhere_when_asked_to(server, make_client):
    server.regions[0].fault("status", status=404, code="NoSuchKey")
    found = make_client(not_found="try_next").get_object("key")
    assert (found.region, found.attempts[0].outcome) == ("us-west-2", Outcome.NOT_FOUND)


def test_an_object_that_no_region_has_is_not_found(make_client):
    with pytest.raises(ObjectNotFound) as caught:
        make_client(not_found="try_next").get_object("missing")
    assert caught.value.regions == ("us-east-1", "us-west-2", "eu-west-1")


def test_an_object_that_may_be_in_a_region_that_fails_is_not_called_missing(server, make_client):
    server.regions[2].fault("refuse")
    with pytest.raises(AllRegionsFailed):
        make_client(not_found="try_next").get_object("missing")


MISCONFIGURED = [
    (403, "AccessDenied", "allow s3:GetObject on it, and s3:ListBucket"),
    (403, "InvalidAccessKeyId", "correct the credentials"),
    (404, "NoSuchBucket", "correct the bucket's name"),
    (301, "PermanentRedirect", "correct region and bucket"),
    (400, "AuthorizationHeaderMalformed", "correct region and bucket"),
]


@pytest.mark.parametrize(("status", "code", "remedy"), MISCONFIGURED)
def test_a_region_that_refuses_is_misconfigured_and_not_failing(server, make_client, status, code, remedy):
    server.regions[0].fault("status", status=status, code=code, headers="x-amz-bucket-region: ap-south-1\r\n")
    client = make_client(forbidden="raise")
    with pytest.raises(RegionMisconfigured, match=remedy) as caught:
        client.get_object("key")
    assert caught.value.region == "us-east-1"
    assert "bucket-0" in str(caught.value)
    health = client.health()[0]
    assert (health.failing, health.misconfigured) == (False, True)
    assert server.regions[1].counts.requests == 0


@pytest.mark.parametrize(("status", "code"), [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")])
def test_a_redirect_is_never_followed(server, client, status, code):
    server.regions[0].fault("status", status=status, code=code, headers="x-amz-bucket-region: ap-south-1\r\n")
    for _ in range(2):
        assert client.get_object("key").region == "us-west-2"
    assert server.regions[0].counts.requests == 2


@pytest.mark.parametrize("headers", ["", "x-amz-bucket-region: us-east-1\r\n"])
def test_a_head_that_s3_rejects_is_one_request_and_no_failure(server, client, headers):
    server.regions[0].fault("status", status=400, headers=headers)
    with pytest.raises(botocore.exceptions.ClientError, match="400"):
        client.head_object("key")
    assert server.regions[0].counts.requests == 1
    health = client.health()[0]
    assert (health.failing, health.misconfigured) == (False, False)


def test_a_head_that_names_another_region_is_misconfigured(server, client):
    server.regions[0].fault("status", status=400, headers="x-amz-bucket-region: eu-west-3\r\n")
    assert client.head_object("key").region == "us-west-2"
    assert client.health()[0].misconfigured
    assert server.regions[0].counts.requests == 1


def test_a_region_that_refuses_is_passed_over(server, client):
    server.regions[0].fault("status", status=403, code="AccessDenied")
    assert client.get_object("key").region == "us-west-2"
    assert client.health()[0].misconfigured


def test_when_all_regions_refuse_the_last_says_why(server, client):
    for region in server.regions:
        region.fault("status", status=403, code="AccessDenied")
    with pytest.raises(RegionMisconfigured) as caught:
        client.get_object("key")
    assert len(caught.value.attempts) == 3


@pytest.mark.parametrize(("status", "code"), [(400, "ExpiredToken"), (403, "RequestTimeTooSkewed")])
def test_what_is_wrong_with_this_host_is_no_regions_fault(server, client, status, code):
    server.regions[0].fault("status", status=status, code=code)
    with pytest.raises(LocalFault, match="no region is at fault"):
        client.get_object("key")
    assert not any(health.failing or health.misconfigured for health in client.health())


def test_without_credentials_nothing_is_asked(server, make_client, monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(LocalFault, match="give it valid credentials"):
        make_client().get_object("key")
    assert sum(region.counts.requests for region in server.regions) == 0


def test_a_profile_that_does_not_exist_is_named(make_client, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(LocalFault, match="nobody"):
        make_client()


def test_a_parameter_that_s3_does_not_know_is_named(client):
    with pytest.raises(LocalFault, match="correct the parameter"):
        client.get_object("key", VersionID="wrong spelling")


def test_a_region_that_cannot_be_is_refused(make_client):
    with pytest.raises(ValueError, match="not a region!"):
        make_client([Region("not a region!", bucket="b")])


def test_ctrl_c_is_no_failure_of_the_region(client, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(BodyReader, "whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        client.get_object("key")
    assert client.health()[0].last_attempt is None


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), "1"])
def test_a_deadline_is_a_positive_number(client, deadline):
    with pytest.raises(S3FailoverError, match="deadline is"):
        client.get_object("key", deadline=deadline)


def test_a_closed_client_says_so(client):
    client.get_object("key")
    client.close()
    with pytest.raises(S3FailoverError, match="the client is closed"):
        client.get_object("key")


def test_closing_twice_is_closing_once(client, record):
    client.close()
    client.close()


def test_retries_of_a_users_configuration_stay_off(server, make_client):
    server.regions[0].fault("status", status=500, code="InternalError")
    client = make_client(config=Config(retries={"mode": "legacy", "max_attempts": 9}, user_agent_extra="app"))
    client.get_object("key")
    assert server.regions[0].counts.requests == 1
    assert "app" in server.regions[1].asked[0]["user-agent"]


def test_listeners_hear_of_everything(server, make_client, record):
    server.regions[0].fault("refuse")
    client = make_client(listeners=[record])
    client.get_object("key")
    client.close()
    assert record.starts == [["us-east-1", "us-west-2", "eu-west-1"]]
    assert [(a.region, a.outcome) for a in record.attempts] == [
        ("us-east-1", Outcome.CONNECTION),
        ("us-west-2", Outcome.SUCCESS),
    ]
    (request,) = record.requests
    assert (request.operation, request.key, request.result) == ("get_object", "key", Result.SUCCESS)
    assert request.attempts == tuple(record.attempts)
    assert [(h.region, h.failing) for h in record.changes] == [("us-east-1", True)]
    assert record.closed == 1


RESULTS = [
    ({"kind": "refuse"}, Result.ALL_REGIONS_FAILED),
    ({"kind": "status", "status": 404, "code": "NoSuchKey"}, Result.NOT_FOUND),
    ({"kind": "status", "status": 403, "code": "AccessDenied"}, Result.MISCONFIGURED),
    ({"kind": "status", "status": 412, "code": "PreconditionFailed"}, Result.REJECTED),
    ({"kind": "status", "status": 400, "code": "ExpiredToken"}, Result.LOCAL),
]


@pytest.mark.parametrize(("fault", "result"), RESULTS)
def test_a_request_counts_as_what_it_raised(server, make_client, record, fault, result):
    for region in server.regions:
        region.fault(**fault)
    with pytest.raises(Exception, match=r"."):
        make_client(listeners=[record]).get_object("key")
    assert [request.result for request in record.requests] == [result]


def test_a_listener_that_fails_harms_no_request_and_is_reported_once(make_client, caplog):
    class Broken(Listener):
        def on_attempt(self, attempt):
            raise RuntimeError("no metrics today")

    client = make_client(listeners=[Broken()])
    assert [client.get_object("key").body for _ in range(3)] == [BODY] * 3
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_errors_survive_a_trip_to_another_process(server, client):
    server.regions[0].fault("status", status=404, code="NoSuchKey")
    with pytest.raises(ObjectNotFound) as caught:
        client.get_object("key")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_file_that_cannot_be_written_is_a_request_that_failed_here(make_client, record, tmp_path, monkeypatch):
    client = make_client(listeners=[record])
    with pytest.raises(OSError, match="make its directory first"):
        client.download_file("key", tmp_path / "missing" / "file")
    monkeypatch.setattr(replacement.os, "fsync", _fails)
    with pytest.raises(OSError, match="nothing has changed"):
        client.download_file("key", tmp_path / "file")
    assert [request.result for request in record.requests] == [Result.LOCAL, Result.LOCAL]


def test_a_wait_for_another_process_that_was_too_long_is_a_request_that_failed(make_client, record, tmp_path):
    client = make_client(listeners=[record])
    name = os.path.realpath(tmp_path / "file")
    with locks.holding(name, time.monotonic() + 10), pytest.raises(DeadlineExceeded):
        client.cached_file("key", tmp_path / "file", deadline=0.05)
    assert [request.result for request in record.requests] == [Result.DEADLINE_EXCEEDED]


def _fails(*_):
    raise OSError(errno.EIO, "the disk is broken")
