"""What is deployed, as CloudFormation tells it, and which health checks that are."""

from datetime import UTC, datetime
from unittest.mock import MagicMock

import pytest
from fake_accounts import account, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.names.stacks import Output
from s3_failover.operations import health_checks
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor import alarms
from s3_failover.operations.status import replication

CHECKS = {
    "FailoverHealthCheckId": "f",
    "PrimaryHealthCheckId": "p",
    "DistributionHealthCheckId": "d",
    "SecondaryHealthCheckId": "s",
}
OLD = {"DistributionId": "E1", "FailoverHealthCheckId": "f"}
AGAIN = "deploy the site again with `npx cdk deploy --all`"


class CloudFormation:
    """One stack for every name: what it tells, and what it has and had."""

    def __init__(self, outputs=(), status="UPDATE_COMPLETE"):
        told = [{"OutputKey": key, "OutputValue": value} for key, value in dict(outputs).items()]
        self.described = {"StackStatus": status, "Outputs": told}

    def describe_stacks(self, StackName):  # noqa: N803
        return {"Stacks": [self.described]}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        found = [
            {"ResourceType": "AWS::SNS::Topic", "PhysicalResourceId": status, "ResourceStatus": status}
            for status in ("CREATE_COMPLETE", "DELETE_COMPLETE", "DELETE_SKIPPED")
        ]
        return [{"StackResourceSummaries": found}]


def on_checks(without=()):
    """CloudWatch with the alarms on a site's checks."""
    kinds = {"failover": "f", "primary": "p", "distribution": "d", "secondary": "s"}
    found = [
        {
            "AlarmName": f"shop.example.com/{kind}-unhealthy",
            "StateValue": "OK",
            "StateUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
            "Dimensions": [{"Name": "HealthCheckId", "Value": identifier}],
        }
        for kind, identifier in kinds.items()
        if kind not in without
    ]
    client = MagicMock()
    client.get_paginator.return_value.paginate.return_value = [{"MetricAlarms": found}]
    return client


def away():
    client = MagicMock()
    client.get_paginator.side_effect = refusal("ServiceUnavailable", "DescribeAlarms", 503)
    client.describe_stacks.side_effect = refusal("ServiceUnavailable", "DescribeStacks", 503)
    return client


def test_a_stack_that_was_rolled_back_when_it_was_made_has_nothing():
    there = Deployment(site(), account(cloudformation=CloudFormation(CHECKS, "ROLLBACK_COMPLETE")))
    with pytest.raises(UserError, match="is ROLLBACK_COMPLETE, expected a complete one"):
        there.outputs()


def test_what_a_stack_has_no_more_is_not_looked_at():
    edge = Deployment(site(), account(cloudformation=CloudFormation())).edge
    assert edge.resources == (("AWS::SNS::Topic", "CREATE_COMPLETE"),)


def test_a_stack_that_an_older_version_deployed_lacks_outputs_and_must_be_deployed_again():
    told = Deployment(site(), account(cloudformation=CloudFormation(OLD))).outputs()
    assert told[Output.DISTRIBUTION_ID] == "E1"
    with pytest.raises(UserError, match=f"edge-us-east-1 in us-east-1 has no output PrimaryHealthCheckId.*{AGAIN}"):
        told[Output.PRIMARY_HEALTH_CHECK_ID]


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
@pytest.mark.parametrize("stack", [CloudFormation(CHECKS), CloudFormation(OLD), away()])
def test_checks_are_those_of_the_alarms_whatever_the_stack_tells(mode, stack):
    found = health_checks.identifiers(site(mode=mode), account(cloudwatch=on_checks(), cloudformation=stack))
    assert found == {"failover": "f", "primary": "p", "distribution": "d", "secondary": "s"}
    assert next(iter(found)) == "failover"


@pytest.mark.parametrize("cloudwatch", [away(), on_checks(without=("secondary",))])
def test_where_the_alarms_do_not_tell_the_stack_does(cloudwatch):
    there = account(cloudwatch=cloudwatch, cloudformation=CloudFormation(CHECKS))
    assert health_checks.identifiers(site(), there) == {
        "failover": "f",
        "primary": "p",
        "distribution": "d",
        "secondary": "s",
    }


def test_where_neither_tells_the_site_must_be_deployed_again():
    there = account(cloudwatch=away(), cloudformation=CloudFormation(OLD))
    with pytest.raises(UserError, match=AGAIN):
        health_checks.identifiers(site(), there)


def topics_of(more="", **outputs):
    role, region = site().own_stacks[-1]
    resources = (("AWS::SNS::Topic", "arn:x:a"), ("AWS::SNS::Topic", "arn:x:b"))
    sns = MagicMock()
    sns.get_paginator.return_value.paginate.return_value = []
    deployment = Deployment(site(more=more), account(sns=sns))
    vars(deployment)["stacks"] = (Stack(role, "one", region, "CREATE_COMPLETE", resources, values=outputs),)
    return deployment


def test_a_topic_is_as_severe_as_its_output_says():
    found = list(alarms.subscribers(topics_of(CriticalTopicArn="arn:x:a", WarningTopicArn="arn:x:b")))
    assert [each.what.partition(",")[0].rpartition(" ")[2] for each in found] == ["a", "b"]
    assert ["critical_emails" in each.remedy for each in found] == [True, False]


TOLD = {"CriticalTopicArn": "arn:x:a", "WarningTopicArn": "arn:x:b"}


def test_a_topic_needs_no_subscriber_where_alarms_notify_an_existing_one():
    region = site().own_stacks[-1][1]
    theirs = f'alarms = {{ warning_topics = ["arn:aws:sns:{region}:111111111111:ops"], warning_emails = ["a@b.co"] }}'
    (found,) = alarms.subscribers(topics_of(theirs, **TOLD))
    assert "subscription to a," in found.what


def test_an_endpoint_that_has_not_confirmed_can_be_asked_again():
    theirs = 'alarms = { warning_endpoints = ["https://hooks.example.com/x"] }'
    found = list(alarms.subscribers(topics_of(theirs, **TOLD)))
    assert "--protocol https --notification-endpoint https://hooks.example.com/x" in found[1].remedy


def test_topics_of_an_older_version_are_told_apart_after_the_next_deployment():
    with pytest.raises(UserError, match=f"has no output CriticalTopicArn.*{AGAIN}"):
        list(alarms.subscribers(topics_of()))


def test_topics_are_told_apart_by_what_the_stacks_of_their_region_say():
    told = {"CriticalTopicArn": "arn:x:a", "WarningTopicArn": "arn:x:b"}
    there = Deployment(site(), account(cloudformation=CloudFormation(told)))
    assert there.severities(["us-east-1"]) == {"arn:x:a": "critical", "arn:x:b": "warning"}
    assert there.severities(["sa-east-1"]) == {}


def test_a_site_whose_app_chooses_the_actions_has_no_topics_of_its_own():
    assert Deployment(site(), account(cloudformation=CloudFormation(()))).severities(["us-east-1"]) == {}


def test_the_queue_of_an_older_version_is_looked_at_after_the_next_deployment():
    there = account(cloudformation=CloudFormation({"ReplicationQueueUrl": "https://sqs/1/q"}))
    with pytest.raises(UserError, match=f"has no output ReplicationDeadLettersUrl.*{AGAIN}"):
        replication.queue(site(), there)
