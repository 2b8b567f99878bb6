import json

import pytest

from breakable_aws.emulator.cloudwatch.alarm_messages import message, region_name, subject
from breakable_aws.emulator.cloudwatch.composite_rules import children_first

ARN = "arn:aws:cloudwatch:us-west-2:123456789012:alarm:late"
ALARM = {
    "AlarmName": "late",
    "AlarmArn": ARN,
    "AlarmDescription": "",
    "AlarmConfigurationUpdatedTimestamp": 0,
    "StateValue": "ALARM",
    "StateReason": "because",
    "StateUpdatedTimestamp": 90.5,
    "AlarmActions": ["arn:aws:sns:us-west-2:123456789012:t"],
    "MetricName": "ReplicationLatency",
    "Namespace": "AWS/S3",
    "Statistic": "Maximum",
    "Dimensions": [{"Name": "RuleId", "Value": "r"}],
    "Period": 60,
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 900.0,
    "TreatMissingData": "ignore",
}


def sent(**changes):
    return message(ALARM | changes, "OK", "123456789012", "us-west-2")


def test_the_message_of_a_metric_alarm_is_cloudwatchs():
    assert sent() == {
        "AlarmName": "late",
        "AlarmDescription": None,
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "1970-01-01T00:00:00.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "because",
        "StateChangeTime": "1970-01-01T00:01:30.500+0000",
        "Region": "US West (Oregon)",
        "AlarmArn": ARN,
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-west-2:123456789012:t"],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "ReplicationLatency",
            "Namespace": "AWS/S3",
            "StatisticType": "Statistic",
            "Statistic": "MAXIMUM",
            "Unit": None,
            "Dimensions": [{"value": "r", "name": "RuleId"}],
            "Period": 60,
            "EvaluationPeriods": 5,
            "DatapointsToAlarm": 3,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 900.0,
            "TreatMissingData": "ignore",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_a_percentile_and_metric_math_are_triggers_of_their_own_kind():
    percentile = sent(Statistic=None, ExtendedStatistic="p99")["Trigger"]
    assert (percentile["StatisticType"], percentile["ExtendedStatistic"]) == ("ExtendedStatistic", "p99")
    assert "Statistic" not in percentile
    maths = sent(Metrics=[{"Id": "e", "Expression": "SUM(q)"}])["Trigger"]
    assert maths["Metrics"] == [{"Id": "e", "Expression": "SUM(q)"}]
    assert "MetricName" not in maths


def test_a_composite_alarm_names_its_rule_and_the_children_that_triggered_it():
    state = {"value": "ALARM", "timestamp": "1970-01-01T00:01:00.000+0000"}
    data = json.dumps({"triggeringAlarms": [{"arn": ARN, "state": state}]})
    sent_by_composite = sent(AlarmRule="ALARM(late)", StateReasonData=data)
    assert sent_by_composite["AlarmRule"] == "ALARM(late)"
    assert sent_by_composite["TriggeringChildren"] == [
        {"Arn": ARN, "State": {"Value": "ALARM", "Timestamp": "1970-01-01T00:01:00.000+0000"}}
    ]
    assert "Trigger" not in sent_by_composite
    assert sent(AlarmRule="TRUE")["TriggeringChildren"] == []


def test_the_subject_is_short_enough_for_sns():
    assert subject(ALARM, "eu-central-1") == 'ALARM: "late" in Europe (Frankfurt)'
    assert len(subject(ALARM | {"AlarmName": "x" * 255}, "us-east-1")) == 100


def test_an_unknown_region_is_called_by_its_code():
    assert region_name("xx-nowhere-1") == "xx-nowhere-1"


@pytest.mark.parametrize(
    ("children", "ordered"),
    [
        ({}, []),
        ({"top": ["middle", "a"], "middle": ["b"]}, ["middle", "top"]),
        ({"middle": ["b"], "top": ["a", "middle"]}, ["middle", "top"]),
        ({"top": ["left", "right"], "right": ["below"], "left": ["below"], "below": ["a"]}, None),
    ],
)
def test_children_come_before_their_parents(children, ordered):
    found = children_first(children)
    assert ordered is None or found == ordered
    assert sorted(found) == sorted(children)
    for parent, below in children.items():
        assert all(found.index(child) < found.index(parent) for child in below if child in children)


def test_a_cycle_of_composite_alarms_ends():
    assert sorted(children_first({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["d"]})) == ["a", "b", "c", "d"]
