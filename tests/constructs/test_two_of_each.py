"""Two of each construct in one stack: without a name that a caller chose, nothing has the same one."""

from collections import Counter

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Template
from cdk_templates import text
from construct_samples import ARGUMENTS, sample_stack
from constructs import Construct

from s3_failover_constructs import (
    ContentBucket,
    FailoverHealthChecks,
    PrimaryBucket,
    ReplicaBucket,
    WebsiteRedirectBucket,
    WebsiteReplicaBucket,
)

CONSTRUCTS = [kind for kind in ARGUMENTS if issubclass(kind, Construct)]
ALARMS = [kind for kind in CONSTRUCTS if {"name", "notifications"} <= set(ARGUMENTS[kind](sample_stack()))]
NAMED = {
    ContentBucket: "bucket_name",
    PrimaryBucket: "bucket_name",
    ReplicaBucket: "bucket_name",
    WebsiteRedirectBucket: "hostname",
    WebsiteReplicaBucket: "hostname",
}
"""What names the bucket of each kind, of which S3 has one in all regions."""
NAMES = (
    "AlarmName",
    "RoleName",
    "FunctionName",
    "QueueName",
    "TopicName",
    "ManagedPolicyName",
    "LogGroupName",
    "ApiName",
)
"""What names a resource in its region or account; an inline policy's name is its role's, a bucket's the caller's."""


def two(kind, stack, left_out=("name",)):
    for place in ("First", "Second"):
        scope = Construct(stack, place)
        arguments = {key: value for key, value in ARGUMENTS[kind](scope).items() if key not in left_out}
        if kind in NAMED:
            arguments[NAMED[kind]] = f"{place.lower()}.example.com"
        kind(scope, "It", **arguments)
    return Template.from_stack(stack).to_json()["Resources"]


def names(resources):
    named = ((r["Type"], key, r.get("Properties", {}).get(key)) for r in resources.values() for key in NAMES)
    return Counter((kind, key, text(name)) for kind, key, name in named if name)


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_two_in_one_stack_have_no_name_in_common(kind):
    assert [name for name, count in names(two(kind, sample_stack())).items() if count > 1] == []


def test_constructs_with_alarms_are_found():
    assert len(ALARMS) == 6


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.__name__)
def test_alarms_without_a_name_get_one_from_cloudformation_or_the_cdk(kind):
    alarms = [each for each in two(kind, sample_stack()).values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    assert not any("AlarmName" in each["Properties"] for each in alarms)


def test_health_checks_without_a_name_are_called_by_their_path():
    stack = Stack(App(), "Prod", env=Environment(account="123456789012", region="us-east-1"))
    found = two(FailoverHealthChecks, stack).values()
    tags = {tag["Value"] for each in found for tag in each["Properties"]["HealthCheckTags"]}
    assert {"Prod/First/It primary", "Prod/Second/It primary"} < tags
