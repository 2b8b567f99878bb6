import importlib.util
import inspect
import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from botocore.exceptions import ClientError
from cdk_templates import new_stack, properties, resource, resources, statements, text

import s3_failover_constructs.return_replication as module
from s3_failover_constructs import ContentBucket, ReplicationDestination, ReturnReplication, ReturnSource


@pytest.fixture
def stack():
    stack = new_stack()
    primary = ContentBucket(stack, "Primary", bucket_name="primary").bucket
    replica = s3.Bucket.from_bucket_attributes(stack, "Replica", bucket_name="replica", region="eu-west-1")
    back = ReplicationDestination(primary, "eu-west-1-to-us-west-2", prefix="docs/")
    ReturnReplication(stack, "Return", sources=[ReturnSource(replica, [back])], wait_for=[primary])
    return stack


def custom(stack):
    return properties(stack, "Custom::BucketReplication")


def test_rules_are_written_to_the_replica_in_its_own_region(stack):
    assert (custom(stack)["Bucket"], custom(stack)["Region"]) == ("replica", "eu-west-1")
    (rule,) = json.loads(text(custom(stack)["Rules"]))
    assert (rule["ID"], rule["Filter"]) == ("eu-west-1-to-us-west-2", {"Prefix": "docs/"})
    assert rule["Destination"]["Bucket"].startswith("<Primary")


def test_rules_are_as_the_api_wants_them(stack):
    (rule,) = json.loads(text(custom(stack)["Rules"]))
    assert rule["Priority"] == 1
    assert "Id" not in rule


def test_changes_that_are_made_on_replicas_are_copied_too(stack):
    (rule,) = json.loads(text(custom(stack)["Rules"]))
    assert rule["SourceSelectionCriteria"] == {"ReplicaModifications": {"Status": "Enabled"}}


def test_rules_wait_for_the_destination_and_for_what_the_writer_and_s3_may_do(stack):
    waits = {name.rstrip("0123456789ABCDEF") for name in resource(stack, "Custom::BucketReplication")["DependsOn"]}
    assert {"PrimaryBucket", "ReturnPermissions", "ReturnFromeuwest1Role"} <= waits


def test_writer_may_write_rules_of_the_replicas_and_pass_their_roles_to_s3_alone(stack):
    found = statements(stack, "AWS::IAM::Policy")
    assert text(found["WriteRules"]["Resource"]) == "arn:aws:s3:::replica"
    assert set(found["WriteRules"]["Action"]) == {"s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"}
    assert found["PassRolesToS3"]["Condition"] == {"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}}
    assert text(found["PassRolesToS3"]["Resource"]).startswith("<ReturnFrom")


def test_the_writer_may_remove_the_rules_of_a_bucket_that_goes():
    stack = new_stack()
    primary = ContentBucket(stack, "Primary", bucket_name="primary").bucket
    back = ReplicationDestination(primary, "back")
    replicas = [
        s3.Bucket.from_bucket_attributes(stack, region, bucket_name=region, region=region)
        for region in ("eu-west-1", "eu-west-3")
    ]
    ReturnReplication(stack, "Return", sources=[ReturnSource(replica, [back]) for replica in replicas])
    policies = resources(stack, "AWS::IAM::Policy")
    for rules in resources(stack, "Custom::BucketReplication").values():
        # CloudFormation deletes the rules before these, and both when the bucket is no longer among the sources.
        waits = [
            policies[name]["Properties"]["PolicyDocument"]["Statement"]
            for name in rules["DependsOn"]
            if name in policies
        ]
        writes = [each["Resource"] for statement in waits for each in statement if each.get("Sid") == "WriteRules"]
        assert [text(arn) for arn in writes] == [f"arn:aws:s3:::{rules['Properties']['Bucket']}"]


def test_role_reads_the_replica_and_writes_to_the_primary(stack):
    found = statements(stack, "AWS::IAM::Policy")
    assert text(found["ReadVersions"]["Resource"]) == "arn:aws:s3:::replica/docs/*"
    assert text(found["WriteReplicas"]["Resource"]).startswith("<Primary")
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources(stack, "AWS::IAM::Role").values())


def handler():
    path = Path(inspect.getfile(module)).parent / "handler" / "index.py"
    spec = importlib.util.spec_from_file_location("return_replication_handler", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def error(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message or code}}, "Operation")


YOUNG = error("InvalidRequest", "Destination bucket must have versioning enabled.")
"""What S3 says of a bucket whose versioning is not in effect everywhere."""


class S3:
    """An S3 with the rules of one bucket, that refuses as often as it is told."""

    def __init__(self, role=None, refusals=(), missing="ReplicationConfigurationNotFoundError"):
        self.role, self.refusals, self.missing = role, list(refusals), missing
        self.puts = []

    def put_bucket_replication(self, **put):
        if self.refusals:
            raise self.refusals.pop(0)
        self.puts.append(put)

    def get_bucket_replication(self, **_):
        if self.role is None:
            raise error(self.missing)
        return {"ReplicationConfiguration": {"Role": self.role}}

    def delete_bucket_replication(self, **_):
        self.role = None


PROPERTIES = {"Bucket": "b", "Region": "eu-west-1", "Role": "r", "Rules": '[{"ID": "1", "Priority": 1}]'}


def test_handler_puts_the_rules():
    s3 = S3()
    handler().write(s3, PROPERTIES)
    expected = {"Role": "r", "Rules": [{"ID": "1", "Priority": 1}]}
    assert s3.puts == [{"Bucket": "b", "ReplicationConfiguration": expected}]


def write(s3):
    """Run the handler's work without sleeping; return the pauses that it made and the error that ended it."""
    now, pauses = [1000.0], []

    def pause(seconds):
        pauses.append(seconds)
        now[0] += seconds

    try:
        handler().write(s3, PROPERTIES, clock=lambda: now[0], pause=pause)
    except ClientError as refused:
        return pauses, refused
    return pauses, None


def test_handler_tries_again_while_role_and_versioning_are_not_known_everywhere():
    s3 = S3(refusals=[error("AccessDenied"), YOUNG])
    assert write(s3) == ([3, 6], None)
    assert len(s3.puts) == 1


def test_handler_waits_almost_the_fifteen_minutes_that_versioning_may_take():
    pauses, refused = write(S3(refusals=[YOUNG] * 99))
    assert refused is YOUNG
    assert 780 < sum(pauses) <= handler().VERSIONING_PATIENCE


def test_handler_gives_up_soon_when_s3_keeps_refusing_for_another_reason():
    pauses, refused = write(S3(refusals=[error("InvalidRequest", "Priority must be unique")] * 99))
    assert "Priority" in str(refused)
    assert sum(pauses) <= handler().PATIENCE


def test_the_function_has_time_left_when_its_patience_ends(stack):
    loaded = handler()
    calls = loaded.CALLS
    last_call = calls.retries["total_max_attempts"] * (calls.connect_timeout + calls.read_timeout)
    timeout = properties(stack, "AWS::Lambda::Function")["Timeout"]
    assert loaded.VERSIONING_PATIENCE + last_call < timeout < int(custom(stack)["ServiceTimeout"])


def test_handler_removes_the_rules_that_it_has_put():
    s3 = S3(role="r")
    handler().remove(s3, PROPERTIES)
    assert s3.role is None


def test_handler_leaves_rules_that_somebody_else_has_put():
    s3 = S3(role="another")
    handler().remove(s3, PROPERTIES)
    assert s3.role == "another"


@pytest.mark.parametrize("missing", ["NoSuchBucket", "ReplicationConfigurationNotFoundError"])
def test_handler_has_nothing_to_remove_where_nothing_is_left(missing):
    handler().remove(S3(missing=missing), PROPERTIES)


def test_handler_does_not_take_a_refusal_for_nothing():
    with pytest.raises(ClientError):
        handler().remove(S3(missing="AccessDenied"), PROPERTIES)


def answer_to(event, monkeypatch, s3):
    loaded = handler()
    answers = []
    monkeypatch.setattr(loaded, "reply", lambda url, answer: answers.append(answer))
    monkeypatch.setattr(loaded.boto3, "client", lambda _, region_name, config: s3)
    loaded.handler(
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
    return answers[0]


def test_physical_id_names_the_bucket_so_that_updates_do_not_replace(monkeypatch):
    kinds = ("Create", "Update", "Delete")
    assert {answer_to({"RequestType": kind}, monkeypatch, S3("r"))["PhysicalResourceId"] for kind in kinds} == {
        "b/replication"
    }


def test_failure_reaches_cloudformation_as_a_reason(monkeypatch):
    answer = answer_to({"RequestType": "Delete"}, monkeypatch, S3(missing="AccessDenied"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("cannot write the rules of b: ")


def two_sources(stack, *names):
    primary = ContentBucket(stack, "Primary", bucket_name="primary").bucket
    back = ReplicationDestination(primary, "back")
    replicas = (
        s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region="eu-west-1") for name in ("one", "two")
    )
    sources = [ReturnSource(replica, [back], name=name) for replica, name in zip(replicas, names, strict=True)]
    ReturnReplication(stack, "Return", sources=sources)
    return stack


def test_two_sources_of_a_region_have_names():
    stack = two_sources(new_stack(), None, "two")
    found = resources(stack, "Custom::BucketReplication")
    assert {each["Properties"]["Bucket"] for each in found.values()} == {"one", "two"}
    # The first one keeps the id that it had alone.
    alone = new_stack()
    primary = ContentBucket(alone, "Primary", bucket_name="primary").bucket
    one = s3.Bucket.from_bucket_attributes(alone, "one", bucket_name="one", region="eu-west-1")
    ReturnReplication(alone, "Return", sources=[ReturnSource(one, [ReplicationDestination(primary, "back")])])
    (kept,) = resources(alone, "Custom::BucketReplication")
    assert found[kept]["Properties"]["Bucket"] == "one"
    policies = [each["Properties"]["PolicyName"] for each in resources(stack, "AWS::IAM::Policy").values()]
    assert {"write-rules-eu-west-1", "write-rules-eu-west-1-two"} < set(policies)


@pytest.mark.parametrize("names", [(None, None), ("a", "a")])
def test_two_sources_of_a_region_and_a_name_are_refused(names):
    with pytest.raises(ValueError, match=r"^sources: got two sources eu-west-1.*; give the second one a name"):
        two_sources(new_stack(), *names)


def test_a_source_needs_a_region_that_is_known():
    stack = Stack(App(), "Anywhere")
    source = s3.Bucket.from_bucket_name(stack, "Replica", "replica")
    with pytest.raises(
        ValueError, match=r"^region: got a token, expected one that is known at synthesis; give the stack"
    ):
        ReturnSource(source, [])
