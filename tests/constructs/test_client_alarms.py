import pytest
from aws_cdk import Aws, Duration
from cdk_templates import new_stack, resources, text

from s3_failover.names.metrics import NAMESPACE
from s3_failover_constructs import CLIENT_NAMESPACE, AlarmTopics, ClientAlarms

REGIONS = ("us-west-2", "us-east-2")


def alarms(**changes):
    stack = new_stack("us-east-2")
    options = {
        "name": "site",
        "service": "ivr",
        "regions": REGIONS,
        "notifications": AlarmTopics(stack, "Topics", display_name="x"),
    }
    ClientAlarms(stack, "Alarms", **{**options, **changes})
    found = resources(stack, "AWS::CloudWatch::Alarm").values()
    return {alarm["Properties"]["AlarmName"].removeprefix("site/client-"): alarm["Properties"] for alarm in found}


def severity(alarm):
    return text(alarm["AlarmActions"])[len("<Topics") :].rstrip("0123456789ABCDEF>")


def dimensions(alarm):
    return {d["Name"]: d["Value"] for d in alarm["Dimensions"]}


def m_of_n(alarm):
    n = alarm["EvaluationPeriods"]
    return alarm.get("DatapointsToAlarm", n), n


def test_one_region_warns_and_what_callers_feel_wakes_somebody():
    assert {name: severity(alarm) for name, alarm in alarms().items()} == {
        "region-failing-us-west-2": "Warning",
        "region-failing-us-east-2": "Warning",
        "region-misconfigured-us-west-2": "Warning",
        "region-misconfigured-us-east-2": "Warning",
        "local-faults": "Warning",
        "refused": "Warning",
        "metrics-absent": "Warning",
        "all-regions-failing": "Critical",
        "exhausted": "Critical",
    }


def test_every_alarm_says_when_it_is_over():
    assert all(alarm["OKActions"] == alarm["AlarmActions"] for alarm in alarms().values())


def test_a_region_warns_when_the_sum_over_hosts_reaches_three_in_two_of_three_minutes():
    alarm = alarms()["region-failing-us-west-2"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("RegionFailing", "Sum", 60)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (3, "GreaterThanOrEqualToThreshold")
    assert m_of_n(alarm) == (2, 3)
    assert dimensions(alarm) == {"Service": "ivr", "Region": "us-west-2"}


@pytest.mark.parametrize(("hosts", "words"), [(1, "1 host or more cannot"), (2, "2 hosts or more cannot")])
def test_the_number_of_failing_hosts_can_be_supplied_and_is_told(hosts, words):
    for region in REGIONS:
        alarm = alarms(failing_hosts=hosts)[f"region-failing-{region}"]
        assert alarm["Threshold"] == hosts
        assert words in alarm["AlarmDescription"]


def test_name_and_description_tell_which_region_it_is_since_the_message_comes_from_another():
    for region in REGIONS:
        for kind in ("failing", "misconfigured"):
            assert region in alarms()[f"region-{kind}-{region}"]["AlarmDescription"]


def test_one_host_with_wrong_permissions_warns_after_three_minutes():
    alarm = alarms()["region-misconfigured-us-east-2"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("RegionMisconfigured", "Maximum", 1)
    assert m_of_n(alarm) == (3, 3)
    assert dimensions(alarm) == {"Service": "ivr", "Region": "us-east-2"}


@pytest.mark.parametrize(
    ("name", "metric", "statistic"),
    [("all-regions-failing", "AllRegionsFailing", "Maximum"), ("exhausted", "Exhausted", "Sum")],
)
def test_one_host_or_one_request_is_enough_to_be_critical_within_a_minute(name, metric, statistic):
    alarm = alarms()[name]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == (metric, statistic, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert m_of_n(alarm) == (1, 1)
    assert dimensions(alarm) == {"Service": "ivr"}


@pytest.mark.parametrize(("name", "metric"), [("local-faults", "LocalFaults"), ("refused", "Refused")])
def test_one_request_that_fails_for_other_reasons_warns_within_a_minute(name, metric):
    alarm = alarms()[name]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == (metric, "Sum", 1)
    assert m_of_n(alarm) == (1, 1)
    assert dimensions(alarm) == {"Service": "ivr"}


def test_nobody_reporting_for_ten_minutes_is_an_alarm_of_its_own():
    alarm = alarms()["metrics-absent"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("AllRegionsFailing", "SampleCount", 60)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert m_of_n(alarm) == (10, 10)
    assert alarm["TreatMissingData"] == "breaching"
    assert "No host of ivr has published its gauges for 10 minutes" in alarm["AlarmDescription"]


def test_the_time_without_reports_can_be_supplied():
    assert m_of_n(alarms(absent=Duration.hours(24))["metrics-absent"]) == (1440, 1440)


def test_hosts_that_vanish_take_their_failures_with_them():
    found = alarms()
    del found["metrics-absent"]
    assert {alarm["TreatMissingData"] for alarm in found.values()} == {"notBreaching"}


def test_no_alarm_uses_metric_math_and_all_watch_the_namespace_that_clients_publish_to():
    assert CLIENT_NAMESPACE == NAMESPACE
    for alarm in alarms().values():
        assert "Metrics" not in alarm
        assert alarm["Namespace"] == NAMESPACE


def test_the_namespace_can_be_supplied():
    assert {alarm["Namespace"] for alarm in alarms(namespace="Own").values()} == {"Own"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"regions": ()}, r"^regions: got \(\), expected at least one"),
        ({"regions": ("us-east-2", "us-east-2")}, "^regions: got 'us-east-2', expected each once"),
        ({"regions": (Aws.REGION,)}, "^regions: got a token, expected names that are known at synthesis; alarms are"),
        ({"failing_hosts": 0}, "^failing_hosts: got 0, expected an integer of at least 1"),
        (
            {"absent": Duration.seconds(90)},
            "^absent: got 1 minute 30 seconds, expected whole minutes from 1 to 1440; choose",
        ),
        ({"absent": Duration.seconds(0)}, "expected whole minutes"),
        ({"absent": Duration.days(2)}, "^absent: got 2 days"),
    ],
)
def test_what_could_never_alarm_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        alarms(**changes)
