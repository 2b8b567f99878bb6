import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, properties, resources, text

from s3_failover_constructs import (
    AlarmTopics,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
    ReplicationRule,
)


def rule(scope):
    """A rule from the region of `new_stack` to itself, so that all of its alarms belong there."""
    return ReplicationRule(*(s3.Bucket.from_bucket_name(scope, each, each) for each in ("source", "copy")), "to-eu")


def lag(stack, **options):
    ReplicationLagAlarms(
        stack,
        "Lag",
        name="site",
        rule=rule(stack),
        notifications=AlarmTopics(stack, "Topics", display_name="site"),
        **options,
    )
    return {a["Properties"]["MetricName"]: a["Properties"] for a in resources(stack, "AWS::CloudWatch::Alarm").values()}


@pytest.fixture
def failure():
    stack = new_stack()
    ReplicationFailureAlarm(
        stack,
        "Failure",
        name="site",
        rule=rule(stack),
        notifications=AlarmTopics(stack, "Topics", display_name="site"),
    )
    return properties(stack, "AWS::CloudWatch::Alarm")


DIMENSIONS = {"SourceBucket": "source", "DestinationBucket": "copy", "RuleId": "to-eu"}


def dimensions(alarm):
    return {d["Name"]: d["Value"] for d in alarm["Dimensions"]}


def test_lag_alarms_watch_the_metrics_of_the_one_rule():
    alarms = lag(new_stack())
    assert set(alarms) == {"ReplicationLatency", "OperationsPendingReplication"}
    for alarm in alarms.values():
        assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/S3", "Maximum")
        assert dimensions(alarm) == DIMENSIONS


def test_names_are_below_the_sites_so_that_no_other_sites_begin_alike(failure):
    names = [alarm["AlarmName"] for alarm in lag(new_stack()).values()]
    assert sorted(names) == ["site/replication-latency-to-eu", "site/replication-pending-to-eu"]
    assert failure["AlarmName"] == "site/replication-failed-to-eu"


def test_lag_alarms_keep_their_state_without_data_as_aws_advises():
    assert {alarm["TreatMissingData"] for alarm in lag(new_stack()).values()} == {"ignore"}


def test_lag_thresholds_default_to_fifteen_minutes_and_a_thousand_operations():
    alarms = lag(new_stack())
    assert alarms["ReplicationLatency"]["Threshold"] == 900
    assert alarms["OperationsPendingReplication"]["Threshold"] == 1000


def test_lag_thresholds_can_be_supplied():
    alarms = lag(new_stack(), latency=Duration.seconds(120), pending_operations=5)
    assert alarms["ReplicationLatency"]["Threshold"] == 120
    assert alarms["OperationsPendingReplication"]["Threshold"] == 5


def test_latency_need_not_be_whole_minutes():
    assert (
        "1 minute 1 second behind"
        in lag(new_stack(), latency=Duration.seconds(61))["ReplicationLatency"]["AlarmDescription"]
    )


def test_one_failed_operation_warns(failure):
    assert (failure["MetricName"], failure["Statistic"]) == ("OperationsFailedReplication", "Sum")
    assert (failure["Threshold"], failure["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert dimensions(failure) == DIMENSIONS


def test_no_failed_operations_means_no_data_and_that_is_good(failure):
    assert failure["TreatMissingData"] == "notBreaching"


def test_replication_warns_and_does_not_wake(failure):
    assert text(failure["AlarmActions"]).startswith("<TopicsWarning")
