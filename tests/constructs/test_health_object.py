import importlib.util
import inspect
import json
from pathlib import Path

import pytest
from aws_cdk import aws_s3 as s3_cdk
from aws_cdk import aws_sqs as sqs
from botocore.exceptions import ClientError, EndpointConnectionError
from cdk_templates import new_stack, properties, resource, resources, statements, text
from constructs import Construct

import s3_failover_constructs.health_object as module
from s3_failover_constructs import HealthObject, PrimaryBucket


def buckets(scope, *names):
    return [s3_cdk.Bucket.from_bucket_name(scope, name, name) for name in names]


@pytest.fixture
def stack():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    HealthObject(
        stack, "Health", bucket=primary.bucket, key="health.txt", replicated_to=buckets(stack, "copy-a", "copy-b")
    )
    return stack


def test_deploy_writes_the_object_into_the_bucket(stack):
    custom = properties(stack, "Custom::HealthObject")
    assert text(custom["Bucket"]).startswith("<Primary")
    assert custom["Key"] == "health.txt"


def test_object_is_written_again_when_a_replica_is_added(stack):
    assert properties(stack, "Custom::HealthObject")["ReplicatedTo"] == ["copy-a", "copy-b"]


def test_object_waits_for_the_writers_permissions_and_the_bucket_policy(stack):
    waits = resource(stack, "Custom::HealthObject")["DependsOn"]
    assert [name.rstrip("0123456789ABCDEF") for name in waits] == ["HealthPermissions", "PrimaryContentBucketPolicy"]


def test_object_that_comes_last_waits_for_everything_else_at_every_level_around_it():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    part = Construct(stack, "Part")
    health = HealthObject(part, "Health", bucket=primary.bucket, key="health.txt")
    sqs.Queue(part, "Beside")
    sqs.Queue(stack, "Above")
    health.come_last()
    waits = resource(stack, "Custom::HealthObject")["DependsOn"]
    assert {"PartBeside", "Above", "PrimaryContentBucket"} <= {name.rstrip("0123456789ABCDEF") for name in waits}


def test_writer_may_touch_the_one_object_and_its_own_log_only(stack):
    (objects, logs) = statements(stack, "AWS::IAM::Policy").values()
    assert objects["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"]
    assert text(objects["Resource"]).endswith(".Arn>/health.txt")
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert text(logs["Resource"]).startswith("<HealthLogs")


def test_writer_may_tell_the_one_queue_of_the_object():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    HealthObject(stack, "Health", bucket=primary.bucket, key="health.txt", hints=sqs.Queue(stack, "Hints"))
    (hint,) = [s for s in statements(stack, "AWS::IAM::Policy").values() if s["Action"] == "sqs:SendMessage"]
    assert text(hint["Resource"]).startswith("<Hints")
    assert text(properties(stack, "Custom::HealthObject")["Hints"]).startswith("<Hints")


def test_writer_has_no_managed_policy(stack):
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources(stack, "AWS::IAM::Role").values())


def handler():
    path = Path(inspect.getfile(module)).parent / "handler" / "index.py"
    spec = importlib.util.spec_from_file_location("health_object_handler", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Time:
    """A clock that goes on only where the handler pauses."""

    def __init__(self):
        self.now, self.pauses = 1000.0, []

    def clock(self):
        return self.now

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


def refused(code, operation, status=400):
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class S3:
    """An S3 that gives each put a version and answers each look with what it is told, the last one for ever.

    A look is told a replication status, None for no status, or an error; a put a version id, or an error.
    """

    def __init__(self, *looks, puts=()):
        self.looks, self.versions = list(looks), list(puts)
        self.puts, self.removed = [], []

    def put_object(self, **put):
        told = self.versions.pop(0) if self.versions else f"v{len(self.puts)}"
        if isinstance(told, Exception):
            raise told
        self.puts.append(put)
        self.version = told
        return {} if told is None else {"VersionId": told}

    def delete_object(self, *, VersionId, **_):  # noqa: N803 - S3's own name
        self.removed.append(VersionId)
        if VersionId in self.kept:
            raise refused("AccessDenied", "DeleteObject", 403)

    kept = ()
    """Versions that S3 does not let go."""

    def head_object(self, **_):
        told = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(told, Exception):
            raise told
        head = {"VersionId": self.version, "ETag": "e", "ReplicationStatus": told}
        return {name: value for name, value in (head | (told if isinstance(told, dict) else {})).items() if value}


PROPERTIES = {"Bucket": "b", "Key": "k", "Body": "ok\n", "ReplicatedTo": ["r"]}


def write(s3, properties=PROPERTIES, module=None):
    """Run the handler's work without sleeping; return the pauses that it made."""
    time = Time()
    (module or handler()).write(s3, properties, clock=time.clock, pause=time.pause)
    return time.pauses


def refusal(s3, properties=PROPERTIES, module=None, **more):
    """Run the handler's work until it gives up; return the reason and how long that took."""
    time = Time()
    with pytest.raises(RuntimeError) as caught:
        (module or handler()).write(s3, properties, clock=time.clock, pause=time.pause, **more)
    return str(caught.value), sum(time.pauses)


def test_handler_writes_an_object_that_no_cache_keeps():
    s3 = S3("COMPLETED")
    write(s3)
    assert [(put["Body"], put["CacheControl"]) for put in s3.puts] == [(b"ok\n", "no-store")]


def test_handler_writes_an_object_that_anonymous_checkers_can_read_from_a_bucket_with_a_kms_key():
    s3 = S3("COMPLETED")
    write(s3)
    assert s3.puts[0]["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("status", ["COMPLETED", "COMPLETE", "REPLICA"])
def test_handler_does_not_wait_for_what_is_done(status):
    s3 = S3(status)
    assert (write(s3), len(s3.puts)) == ([], 1)


def test_handler_waits_for_a_copy_that_is_on_its_way_without_writing_again():
    s3 = S3("PENDING", "PENDING", "COMPLETED")
    assert (write(s3), len(s3.puts)) == ([3, 6], 1)


@pytest.mark.parametrize(
    ("looks", "puts"),
    [
        (["PENDING", "FAILED", "COMPLETED"], []),
        ([None, "COMPLETED"], []),
        (["COMPLETED"], [None]),
        (["COMPLETED"], ["null"]),
        ([refused("404", "HeadObject", 404), "COMPLETED"], []),
        ([refused("NoSuchKey", "HeadObject", 404), "COMPLETED"], []),
        ([{"VersionId": "older", "ReplicationStatus": "COMPLETED"}, "COMPLETED"], []),
    ],
    ids=["failed", "no status", "no version", "null version", "missing", "missing by name", "an older version"],
)
def test_handler_writes_again_what_a_bucket_with_a_young_role_rule_or_versioning_would_not_copy(looks, puts):
    s3 = S3(*looks, puts=puts)
    assert write(s3)
    assert len(s3.puts) == 2


def test_handler_does_not_wait_where_no_rule_applies():
    s3 = S3(None)
    assert (write(s3, {**PROPERTIES, "ReplicatedTo": []}), len(s3.puts)) == ([], 1)


@pytest.mark.parametrize(
    ("look", "puts", "status"),
    [
        ("PENDING", [], "PENDING"),
        ("FAILED", [], "FAILED"),
        (None, [], "none: S3 has not put the rules into effect"),
        ("COMPLETED", ["null"] * 99, "no version: S3 has not put the bucket's versioning into effect"),
        (refused("404", "HeadObject", 404), [], "404 to HeadObject"),
        ("COMPLETED", [refused("AccessDenied", "PutObject", 403)] * 99, "AccessDenied to PutObject"),
        (refused("503", "HeadObject", 503), [], "503 to HeadObject"),
        (EndpointConnectionError(endpoint_url="https://b"), [], "no answer: Could not connect"),
    ],
    ids=["pending", "failed", "no status", "null version", "missing", "denied", "broken", "silent"],
)
def test_a_deployment_without_the_object_in_every_copy_fails_with_the_bucket_the_status_and_the_way_out(
    look, puts, status
):
    module, s3 = handler(), S3(look, puts=puts)
    reason, waited = refusal(s3, module=module)
    assert reason.startswith(f"b/k is not in every copy (r) after 13 minutes, last replication status: {status}")
    assert "Deploy again with the same command" in reason
    assert module.PATIENCE - 30 < waited <= module.PATIENCE
    # Each is a version that the bucket keeps for a while.
    assert len(s3.puts) <= 30


def test_a_creation_that_fails_removes_what_it_put_so_that_the_bucket_can_be_rolled_back():
    s3 = S3("FAILED", puts=["null", None, "v2"])
    s3.kept = {"v2"}
    reason, _ = refusal(s3, is_new=True)
    assert "FAILED" in reason
    assert set(s3.removed) == {"null", "v2", *(f"v{n}" for n in range(2, len(s3.puts)))}


def test_an_update_that_fails_removes_nothing_as_its_bucket_stays():
    s3 = S3("FAILED")
    refusal(s3, is_new=False)
    assert s3.removed == []


def test_a_creation_that_succeeds_removes_nothing():
    s3 = S3("FAILED", "COMPLETED")
    time = Time()
    handler().write(s3, PROPERTIES, is_new=True, clock=time.clock, pause=time.pause)
    assert s3.removed == []


@pytest.mark.parametrize(("request_type", "is_new"), [("Create", True), ("Update", False)])
def test_only_a_creation_is_taken_back(monkeypatch, request_type, is_new):
    module, told = handler(), []
    monkeypatch.setattr(module, "write", lambda s3, properties, is_new: told.append(is_new))
    monkeypatch.setattr(module, "reply", lambda url, answer: None)
    ids = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "ResponseURL": "https://example.com"}
    module.handler({"RequestType": request_type, "ResourceProperties": PROPERTIES, **ids}, None)
    assert told == [is_new]


def test_the_function_has_time_left_when_its_patience_ends():
    module = handler()
    stack = new_stack()
    HealthObject(
        stack,
        "Health",
        bucket=s3_cdk.Bucket.from_bucket_name(stack, "Bucket", "bucket"),
        key="k",
        replicated_to=buckets(stack, "copy-r"),
    )
    last_calls = (
        2 * module.CALLS.retries["total_max_attempts"] * (module.CALLS.connect_timeout + module.CALLS.read_timeout)
    )
    assert module.PATIENCE + last_calls < properties(stack, "AWS::Lambda::Function")["Timeout"] == 900
    assert properties(stack, "Custom::HealthObject")["ServiceTimeout"] == "1200"


def test_handler_tries_again_while_its_own_permissions_are_not_known_everywhere():
    s3 = S3("COMPLETED", puts=[refused("AccessDenied", "PutObject", 403)] * 2)
    assert len(write(s3)) == 2
    assert len(s3.puts) == 1


def test_handler_takes_no_other_refusal_for_a_matter_of_time():
    s3 = S3("COMPLETED", puts=[refused("NoSuchBucket", "PutObject", 404)])
    with pytest.raises(ClientError, match="NoSuchBucket"):
        write(s3)
    assert s3.puts == []


class Source(S3):
    """A bucket without versioning, so without a status."""

    def __init__(self):
        super().__init__({"VersionId": None})


def copies_that_follow(monkeypatch, module, looks):
    """An S3 whose copies have the source's object after some looks."""
    missing = [refused("403", "HeadObject", 403)] * looks
    copy = S3(*missing, {"VersionId": None})
    copy.version = None
    monkeypatch.setattr(module.boto3, "client", lambda _, region_name, config: copy)
    return Source()


WATCHED = {**PROPERTIES, "Copies": [{"Bucket": "r", "Region": "eu-west-1"}]}


def test_handler_looks_at_the_copies_where_s3_keeps_no_status(monkeypatch):
    module = handler()
    s3 = copies_that_follow(monkeypatch, module, looks=1)
    write(s3, WATCHED, module)
    assert len(s3.puts) == 1


def test_handler_writes_again_when_the_event_of_the_first_one_was_not_sent(monkeypatch):
    module = handler()
    s3 = copies_that_follow(monkeypatch, module, looks=3)
    write(s3, WATCHED, module)
    assert len(s3.puts) == 2


def test_handler_tells_the_function_that_copies_of_what_it_put(monkeypatch):
    module, told = handler(), []

    class Queue:
        def send_message(self, **message):
            told.append(message)

    monkeypatch.setattr(module.boto3, "client", lambda service, config: Queue())
    write(S3("COMPLETED"), {**PROPERTIES, "Hints": "https://queue"}, module)
    assert told == [{"QueueUrl": "https://queue", "MessageBody": '{"key": "k"}'}]


def test_a_deployment_fails_where_a_copy_that_a_function_makes_stays_away(monkeypatch):
    module = handler()
    s3 = copies_that_follow(monkeypatch, module, looks=999)
    reason, _ = refusal(s3, WATCHED, module)
    assert "last replication status: PENDING" in reason


def test_writer_may_look_at_the_one_object_of_every_copy():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    copy = s3_cdk.Bucket.from_bucket_attributes(stack, "Copy", bucket_name="copy", region="eu-west-1")
    HealthObject(stack, "Health", bucket=primary.bucket, key="health.txt", replicated_to=[copy], looked_at=[copy])
    assert properties(stack, "Custom::HealthObject")["Copies"] == [{"Bucket": "copy", "Region": "eu-west-1"}]
    look = list(statements(stack, "AWS::IAM::Policy").values())[1]
    assert (look["Action"], text(look["Resource"]).endswith("copy/health.txt")) == ("s3:GetObject", True)


def answer_to(event, monkeypatch, s3):
    module = handler()
    answers = []
    monkeypatch.setattr(module, "reply", lambda url, answer: answers.append((url, answer)))
    monkeypatch.setattr(module.boto3, "client", lambda _, config: s3)
    module.handler(
        {
            "ResourceProperties": PROPERTIES,
            "StackId": "s",
            "RequestId": "q",
            "LogicalResourceId": "l",
            "ResponseURL": "u",
            **event,
        },
        None,
    )
    ((url, answer),) = answers
    assert url == "u"
    return answer


def test_delete_keeps_the_object(monkeypatch):
    s3 = S3("COMPLETED")
    assert answer_to({"RequestType": "Delete"}, monkeypatch, s3)["Status"] == "SUCCESS"
    assert s3.puts == []


def test_physical_id_names_bucket_and_key_so_that_updates_do_not_replace(monkeypatch):
    ids = {
        answer_to({"RequestType": kind}, monkeypatch, S3("COMPLETED"))["PhysicalResourceId"]
        for kind in ("Create", "Update", "Delete")
    }
    assert ids == {"b/k"}


def test_failure_reaches_cloudformation_as_a_reason(monkeypatch):
    class Denied(S3):
        def put_object(self, **_):
            raise PermissionError("access denied")

    answer = answer_to({"RequestType": "Create"}, monkeypatch, Denied("COMPLETED"))
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "cannot write the health object: access denied")
    json.dumps(answer)
