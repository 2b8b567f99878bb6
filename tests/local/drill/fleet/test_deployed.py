"""The times that alarms promise, held against the embedded CloudWatch's own evaluation of every possible outage."""

import pytest

from breakable_aws.emulator.cloudwatch.alarm_definition import AlarmDefinition
from breakable_aws.emulator.cloudwatch.alarm_evaluation import evaluate
from breakable_aws.emulator.cloudwatch.alarm_statistics import Sample
from s3_failover.local.drill.fleet.deployed import DeployedAlarm

LATEST_PUBLICATION = 30


def alarm(metric="RegionFailing", periods=3, datapoints=2, threshold=3, missing="notBreaching", region="eu-west-1"):
    return DeployedAlarm.of(
        {
            "AlarmName": f"shop.example.com/client-{metric}",
            "MetricName": metric,
            "Dimensions": [
                {"Name": "Service", "Value": "shop"},
                *([{"Name": "Region", "Value": region}] if region else []),
            ],
            "Period": 60,
            "EvaluationPeriods": periods,
            "DatapointsToAlarm": datapoints,
            "Threshold": threshold,
            "TreatMissingData": missing,
        },
        "shop.example.com/",
    )


def changes(deployed, statistic, value_at, comparison="GreaterThanOrEqualToThreshold"):
    """When the alarm changes, if its hosts say at a second of each minute what is then so; None is nothing."""
    definition = AlarmDefinition(
        statistic=statistic,
        period=60,
        evaluation_periods=deployed.periods,
        datapoints_to_alarm=deployed.datapoints,
        threshold=deployed.threshold,
        comparison=comparison,
        treat_missing="breaching" if deployed.on_silence else "notBreaching",
    )
    values = {minute * 60: value_at(minute * 60) for minute in range(40)}
    samples = [Sample(float(at), 1, float(v), float(v), float(v)) for at, v in values.items() if v is not None]
    found, state = [], "OK"
    for minute in range(10, 40):
        known = [sample for sample in samples if sample.timestamp < minute * 60]
        new = evaluate(definition, known, minute * 60, state).state
        if new != state:
            found.append((minute * 60, new))
        state = new
    return found


def lasting(second, begin, end, *, value=3):
    """What hosts publish that fail between two times, published in that second of each minute."""
    return lambda minute: value if begin <= minute + second < end else 0


@pytest.mark.parametrize(("periods", "datapoints"), [(3, 2), (3, 3), (1, 1), (5, 1)])
def test_alarm_on_a_gauge_is_on_and_off_in_time_whenever_it_begins_and_whenever_hosts_publish(periods, datapoints):
    deployed = alarm(periods=periods, datapoints=datapoints)
    late = {"ALARM": 0, "OK": 0}
    for second in (0, 10, LATEST_PUBLICATION):
        for begin in range(1200, 1260, 5):
            end = begin + 600
            (on, _), (off, _) = changes(deployed, "Sum", lasting(second, begin, end))
            late["ALARM"], late["OK"] = max(late["ALARM"], on - begin), max(late["OK"], off - end)
    assert deployed.goes_on_within - 60 < late["ALARM"] <= deployed.goes_on_within
    assert deployed.goes_off_within - 60 < late["OK"] <= deployed.goes_off_within


def test_counter_has_one_more_period_as_it_says_later_what_was():
    gauge, counter = alarm("AllRegionsFailing", 1, 1, 1, region=None), alarm("Exhausted", 1, 1, 1, region=None)
    assert counter.goes_off_within - gauge.goes_off_within == 60
    assert counter.goes_on_within == gauge.goes_on_within


@pytest.mark.parametrize("minutes", [1, 3, 10])
def test_alarm_on_silence_is_on_in_time_whenever_hosts_stop(minutes):
    deployed = alarm("AllRegionsFailing", minutes, minutes, 1, "breaching", region=None)
    latest = 0
    for stop in range(1200, 1260, 5):

        def value(minute, stop=stop):
            return 1 if minute + 10 < stop else None

        ((on, _),) = changes(deployed, "SampleCount", value, "LessThanThreshold")
        latest = max(latest, on - stop)
    assert deployed.goes_on_within - 60 < latest <= deployed.goes_on_within
    assert deployed.goes_off_within == 120


def test_description_is_read_as_it_is_deployed():
    found = alarm()
    assert (found.name, found.metric, found.region) == ("client-RegionFailing", "RegionFailing", "eu-west-1")
    assert (found.period, found.periods, found.datapoints, found.threshold) == (60, 3, 2, 3)
    assert not found.on_silence
    assert alarm("Exhausted", region=None).region is None


def test_only_what_harms_callers_is_critical():
    assert alarm("AllRegionsFailing", region=None).is_critical
    assert alarm("Exhausted", region=None).is_critical
    assert not alarm().is_critical
    assert not alarm("AllRegionsFailing", missing="breaching", region=None).is_critical
