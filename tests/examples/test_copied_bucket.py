"""Replication between two stacks of a team, and hosts that read from both buckets."""

import pytest
from cdk_templates import text
from foreign_apps import nag_findings, synthesized
from site_stacks import find


@pytest.fixture(scope="module")
def stacks():
    return synthesized("copied_bucket")


def test_the_teams_own_bucket_is_copied_to_the_other_stacks(stacks):
    source = next(b for b in find(stacks["Prompts"], "AWS::S3::Bucket") if "ReplicationConfiguration" in b)
    (rule,) = source["ReplicationConfiguration"]["Rules"]
    destination = rule["Destination"]
    assert (source["BucketName"], rule["Id"]) == ("acme-prompts-eu-west-1", "to-frankfurt")
    assert text(destination["Bucket"]) == "arn:<AWS::Partition>:s3:::acme-prompts-eu-central-1"
    assert destination["StorageClass"] == "STANDARD_IA"


def test_each_alarm_is_where_s3_publishes_its_metric_of_that_rule(stacks):
    found = {name: find(stacks[name], "AWS::CloudWatch::Alarm") for name in ("Prompts", "Copy")}
    assert {name: {alarm["MetricName"] for alarm in alarms} for name, alarms in found.items()} == {
        "Prompts": {"OperationsFailedReplication"},
        "Copy": {"ReplicationLatency", "OperationsPendingReplication"},
    }
    others = {
        "Prompts": ("DestinationBucket", "acme-prompts-eu-central-1"),
        "Copy": ("SourceBucket", "acme-prompts-eu-west-1"),
    }
    for name, (dimension, bucket) in others.items():
        for alarm in found[name]:
            watched = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            assert (watched["RuleId"], watched[dimension]) == ("to-frankfurt", bucket)
            assert alarm["AlarmActions"]


def test_the_hosts_may_read_both_buckets(stacks):
    (policy,) = find(stacks["Prompts"], "AWS::IAM::ManagedPolicy")
    reads = next(s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "ReadObjects")
    assert len(reads["Resource"]) == 2
    hosts = [role for role in find(stacks["Prompts"], "AWS::IAM::Role") if "ManagedPolicyArns" in role]
    assert len(hosts) == 1


def test_cdk_nag_finds_nothing():
    assert nag_findings("copied_bucket") == set()
