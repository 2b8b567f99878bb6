import importlib.util
import inspect
import json
from pathlib import Path

import pytest
from aws_cdk import aws_s3 as s3_cdk
from botocore.exceptions import ClientError
from cdk_templates import new_stack, properties, resource, resources, statements, text

import s3_failover_constructs.health_object as module
from s3_failover_constructs import HealthObject, PrimaryBucket


@pytest.fixture
def stack():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    HealthObject(stack, "Health", bucket=primary.bucket, key="health.txt", replicated_to=["a", "b"])
    return stack


def test_deploy_writes_the_object_into_the_bucket(stack):
    custom = properties(stack, "Custom::HealthObject")
    assert text(custom["Bucket"]).startswith("<Primary")
    assert custom["Key"] == "health.txt"


def test_object_is_written_again_when_a_replica_is_added(stack):
    assert properties(stack, "Custom::HealthObject")["ReplicatedTo"] == ["a", "b"]


def test_object_waits_for_the_writers_permissions_and_the_bucket_policy(stack):
    waits = resource(stack, "Custom::HealthObject")["DependsOn"]
    assert [name.rstrip("0123456789ABCDEF") for name in waits] == ["HealthPermissions", "PrimaryContentBucketPolicy"]


def test_writer_may_touch_the_one_object_and_its_own_log_only(stack):
    (objects, logs) = statements(stack, "AWS::IAM::Policy").values()
    assert objects["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert text(objects["Resource"]).endswith(".Arn>/health.txt")
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert text(logs["Resource"]).startswith("<HealthLogs")


def test_writer_has_no_managed_policy(stack):
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources(stack, "AWS::IAM::Role").values())


def handler():
    path = Path(inspect.getfile(module)).parent / "handler" / "index.py"
    spec = importlib.util.spec_from_file_location("health_object_handler", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class S3:
    """An S3 that answers with the replication states it is told."""

    def __init__(self, *states):
        self.states = list(states)
        self.puts = []

    def put_object(self, **put):
        self.puts.append(put)

    def head_object(self, **_):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"ReplicationStatus": state} if state else {}


PROPERTIES = {"Bucket": "b", "Key": "k", "Body": "ok\n", "ReplicatedTo": ["r"]}


def test_handler_writes_an_object_that_no_cache_keeps():
    s3 = S3("COMPLETED")
    handler().write(s3, PROPERTIES, pause=0)
    assert [(put["Body"], put["CacheControl"]) for put in s3.puts] == [(b"ok\n", "no-store")]


def test_handler_writes_an_object_that_anonymous_checkers_can_read_from_a_bucket_with_a_kms_key():
    s3 = S3("COMPLETED")
    handler().write(s3, PROPERTIES, pause=0)
    assert s3.puts[0]["ServerSideEncryption"] == "AES256"


def test_handler_writes_again_when_the_copy_fails():
    s3 = S3("PENDING", "FAILED", "COMPLETED")
    handler().write(s3, PROPERTIES, pause=0)
    assert len(s3.puts) == 2


def test_handler_does_not_wait_where_no_rule_applies():
    s3 = S3("")
    handler().write(s3, {**PROPERTIES, "ReplicatedTo": []}, pause=0)
    assert len(s3.puts) == 1


def test_handler_fails_when_the_copy_keeps_failing():
    module = handler()
    module.PATIENCE = 0.01
    with pytest.raises(RuntimeError, match="check the replication role"):
        module.write(S3("FAILED"), PROPERTIES, pause=0.001)


class Refusing(S3):
    """An S3 that denies as often as it is told, and then allows."""

    def __init__(self, *codes):
        super().__init__("COMPLETED")
        self.codes = list(codes)

    def put_object(self, **put):
        if self.codes:
            raise ClientError({"Error": {"Code": self.codes.pop(0)}}, "PutObject")
        super().put_object(**put)


def test_handler_tries_again_while_its_own_permissions_are_not_known_everywhere():
    s3 = Refusing("AccessDenied", "AccessDenied")
    handler().write(s3, PROPERTIES, pause=0)
    assert len(s3.puts) == 1


def test_handler_gives_up_when_it_stays_denied():
    module = handler()
    module.PATIENCE = -1
    with pytest.raises(ClientError, match="AccessDenied"):
        module.write(Refusing("AccessDenied", "AccessDenied"), PROPERTIES, pause=0)


def test_handler_takes_no_other_refusal_for_a_matter_of_time():
    s3 = Refusing("NoSuchBucket")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        handler().write(s3, PROPERTIES, pause=0)
    assert s3.puts == []


def copies_that_follow(monkeypatch, module, looks):
    """An S3 whose copies have the source's object after some looks, and how often it was put."""
    answers = iter([None] * looks)

    class Copy(S3):
        def head_object(self, **_):
            if next(answers, "there") is None:
                raise ClientError({"Error": {"Code": "403"}}, "HeadObject")
            return {"ETag": "e"}

    class Source(S3):
        def head_object(self, **_):
            return {"ETag": "e"}

    monkeypatch.setattr(module.boto3, "client", lambda _, region_name: Copy())
    return Source()


WATCHED = {**PROPERTIES, "Copies": [{"Bucket": "r", "Region": "eu-west-1"}]}


def test_handler_looks_at_the_copies_where_s3_keeps_no_status(monkeypatch):
    module = handler()
    s3 = copies_that_follow(monkeypatch, module, looks=3)
    module.write(s3, WATCHED, pause=0)
    assert len(s3.puts) == 1


def test_handler_writes_again_when_the_event_of_the_first_one_was_not_sent(monkeypatch):
    module = handler()
    s3 = copies_that_follow(monkeypatch, module, looks=module.LOOKS + 1)
    module.write(s3, WATCHED, pause=0)
    assert len(s3.puts) == 2


def test_writer_may_look_at_the_one_object_of_every_copy():
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt")
    copy = s3_cdk.Bucket.from_bucket_attributes(stack, "Copy", bucket_name="copy", region="eu-west-1")
    HealthObject(stack, "Health", bucket=primary.bucket, key="health.txt", replicated_to=["copy"], looked_at=[copy])
    assert properties(stack, "Custom::HealthObject")["Copies"] == [{"Bucket": "copy", "Region": "eu-west-1"}]
    look = list(statements(stack, "AWS::IAM::Policy").values())[1]
    assert (look["Action"], text(look["Resource"]).endswith("copy/health.txt")) == ("s3:GetObject", True)


def answer_to(event, monkeypatch, s3):
    module = handler()
    answers = []
    monkeypatch.setattr(module, "reply", lambda url, answer: answers.append((url, answer)))
    monkeypatch.setattr(module.boto3, "client", lambda _: s3)
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
