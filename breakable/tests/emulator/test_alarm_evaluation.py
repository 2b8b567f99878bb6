"""The tables of CloudWatch's user guide, and what they leave open.

The guide: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html. In a pattern the
newest data point is on the right: `0` does not breach, `X` does, `-` is missing.
"""

from dataclasses import replace

import pytest

from breakable_aws.emulator.cloudwatch.alarm_definition import COMPARISONS, AlarmDefinition, why_not_evaluated
from breakable_aws.emulator.cloudwatch.alarm_evaluation import AlarmVerdict, DataPoint, data_points, evaluate, judge
from breakable_aws.emulator.cloudwatch.alarm_reasons import reason, reason_data
from breakable_aws.emulator.cloudwatch.alarm_statistics import Sample, statistic

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
RETAINED, UNKNOWN = "retained", "INSUFFICIENT_DATA"
THREE_OF_THREE = [
    ("0-X-X", 0, ("OK", "OK", "OK", "OK")),
    ("0----", 2, ("OK", "OK", "OK", "OK")),
    ("-----", 3, (UNKNOWN, RETAINED, "ALARM", "OK")),
    ("0XX-X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("--X--", 2, ("ALARM", RETAINED, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0-X-X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("00X0X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0-X--", 1, ("OK", "OK", "ALARM", "OK")),
    ("----0", 2, ("OK", "OK", "ALARM", "OK")),
    ("---X-", 2, ("ALARM", RETAINED, "ALARM", "OK")),
]
# The guide's words below the tables, and the rows that only earlier editions of them had.
TOO_YOUNG_TO_ALARM = [
    ("----X", 2, (UNKNOWN, RETAINED, "ALARM", "OK")),
    ("---X-", 2, (UNKNOWN, RETAINED, "ALARM", "OK")),
    ("X----", 2, ("ALARM", RETAINED, "ALARM", "OK")),
]
CASES = [
    (needed, *row)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE), (3, TOO_YOUNG_TO_ALARM))
    for row in table
]
ALARM = AlarmDefinition("Maximum", 60, 3, 3, 5.0, "GreaterThanThreshold")


def of(value, timestamp=0.0, count=1.0, unit="None"):
    return Sample(timestamp, count, value * count, value, value, unit)


def points(pattern):
    return [DataPoint(60 * i, {"0": 1.0, "X": 9.0, "-": None}[c], 1) for i, c in enumerate(pattern)]


@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize(("needed", "pattern", "filled", "states"), CASES)
def test_missing_data_is_treated_as_the_user_guide_says(needed, pattern, filled, states, state):
    for treatment, expected in zip(TREATMENTS, states, strict=True):
        alarm = replace(ALARM, datapoints_to_alarm=needed, treat_missing=treatment)
        verdict = judge(alarm, points(pattern), state)
        assert verdict.state == (state if expected == RETAINED else expected), treatment
        assert verdict.filled == filled


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", False, False, True),
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("LessThanThreshold", True, False, False),
        ("LessThanOrEqualToThreshold", True, True, False),
    ],
)
def test_each_comparison_at_below_and_above_the_threshold(comparison, below, equal, above):
    alarm = replace(ALARM, comparison=comparison)
    assert [alarm.breaches(value) for value in (4.9, 5.0, 5.1)] == [below, equal, above]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 4),
        ("Sum", 16),
        ("Average", 4),
        ("Minimum", 1),
        ("Maximum", 7),
        ("p0", 1),
        ("p50", 4),
        ("p90", 6.1),
        ("p99.9", 6.991),
        ("p100", 7),
    ],
)
def test_statistics_count_a_value_as_often_as_it_was_published(name, expected):
    assert statistic(name, [of(7), of(1), of(4, count=2)]) == pytest.approx(expected)


def test_statistics_of_statistic_sets():
    published = [Sample(0, 10, 50, 2, 9), Sample(1, 10, 30, 1, 8)]
    assert [statistic(name, published) for name in ("Average", "Minimum", "Maximum")] == [4, 1, 9]
    assert statistic("p90", published) is None
    assert statistic("p90", [Sample(0, 10, 50, 5, 5)]) == 5


@pytest.mark.parametrize("samples", [[], [Sample(0, 0, 0, 0, 0)]])
@pytest.mark.parametrize("name", ["SampleCount", "Sum", "p99"])
def test_no_data_has_no_statistic(name, samples):
    assert statistic(name, samples) is None


def test_negative_values_have_no_percentile():
    assert statistic("p50", [of(-1), of(2)]) is None


def test_the_running_minute_does_not_count_yet():
    samples = [of(9, 59.9), of(1, 60.0)]
    alarm = replace(ALARM, evaluation_periods=1, datapoints_to_alarm=1)
    assert [p.value for p in data_points(alarm, samples, 119.9)] == [None, None, 9]
    assert [p.value for p in data_points(alarm, samples, 120.0)] == [None, 9, 1]


def test_a_five_minute_alarm_slides_minute_by_minute():
    alarm = replace(ALARM, period=300, evaluation_periods=1, datapoints_to_alarm=1)
    newest = [data_points(alarm, [of(9, 30.0)], now)[-1].value for now in (59, 60, 300, 359, 360)]
    assert newest == [None, 9, 9, 9, None]


def test_a_high_resolution_alarm_slides_by_ten_seconds():
    alarm = replace(ALARM, period=20, evaluation_periods=1, datapoints_to_alarm=1)
    newest = [data_points(alarm, [of(9, 5.0)], now)[-1].value for now in (9, 10, 20, 29, 30)]
    assert newest == [None, 9, 9, 9, None]


def test_an_alarm_on_more_than_a_day_slides_by_the_hour():
    alarm = replace(ALARM, period=86400, evaluation_periods=2, datapoints_to_alarm=2)
    newest = [data_points(alarm, [of(9, 30.0)], now)[-1].value for now in (3599, 3600)]
    assert newest == [None, 9]


def test_time_alone_changes_the_state():
    alarm = replace(ALARM, evaluation_periods=1, datapoints_to_alarm=1, treat_missing="breaching")
    states = [evaluate(alarm, [of(1, 30.0)], now, "OK").state for now in (60, 239, 240)]
    assert states == ["OK", "OK", "ALARM"]


def test_only_data_with_the_alarms_unit_counts():
    samples = [of(9, 30.0, unit="Seconds"), of(1, 30.0, unit="Count")]
    alarm = replace(ALARM, evaluation_periods=1, datapoints_to_alarm=1)
    units = [(unit, evaluate(replace(alarm, unit=unit), samples, 60, "OK").state) for unit in (None, "Count", "Bytes")]
    assert units == [(None, "ALARM"), ("Count", "OK"), ("Bytes", "INSUFFICIENT_DATA")]


def described(**changes):
    alarm = {
        "MetricName": "m",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 5,
        "ComparisonOperator": "LessThanThreshold",
    }
    return alarm | changes


def test_a_definition_has_cloudwatchs_defaults():
    assert AlarmDefinition.of(described()) == AlarmDefinition("Average", 60, 3, 3, 5.0, "LessThanThreshold")
    other = described(ExtendedStatistic="p99", DatapointsToAlarm=2, TreatMissingData="ignore", Unit="Count")
    expected = AlarmDefinition("p99", 60, 3, 2, 5.0, "LessThanThreshold", "ignore", "Count")
    assert AlarmDefinition.of(other) == expected


def test_what_is_not_evaluated_says_why():
    assert why_not_evaluated(described()) is None
    assert "metric math" in why_not_evaluated(described(Metrics=[{"Id": "e", "Expression": "SUM(q)"}]))
    assert "metric math" in why_not_evaluated(described(MetricName=None))
    assert "tm99" in why_not_evaluated(described(ExtendedStatistic="tm99"))
    assert why_not_evaluated(described(ExtendedStatistic="p99.9")) is None
    assert "anomaly" in why_not_evaluated(described(ComparisonOperator="GreaterThanUpperThreshold"))
    assert all(why_not_evaluated(described(ComparisonOperator=name)) is None for name in COMPARISONS)


@pytest.mark.parametrize(
    ("changes", "pattern", "expected"),
    [
        (
            {"datapoints_to_alarm": 2},
            "XX0",
            "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/01/70 00:00:00), 9.0 (01/01/70 00:01:00)] "
            "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            {},
            "0XX",
            "Threshold Crossed: 1 out of the last 3 datapoints [1.0 (01/01/70 00:00:00)] was not greater than the "
            "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            {"treat_missing": "breaching"},
            "X--",
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/70 00:00:00)] was greater than the "
            "threshold (5.0) and 2 missing datapoints were treated as [Breaching] (minimum 3 datapoints for "
            "OK -> ALARM transition).",
        ),
        (
            {"treat_missing": "notBreaching"},
            "---",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[NonBreaching].",
        ),
        ({}, "---", "Insufficient Data: 3 datapoints were unknown."),
        (
            {"evaluation_periods": 1, "datapoints_to_alarm": 1},
            "-",
            "Insufficient Data: 1 datapoint was unknown.",
        ),
    ],
)
def test_reasons_read_as_cloudwatchs(changes, pattern, expected):
    alarm = replace(ALARM, **changes)
    assert reason(alarm, judge(alarm, points(pattern), "OK")) == expected


def test_reason_data_shows_what_was_judged():
    data = reason_data(ALARM, judge(ALARM, points("-0X"), "OK"), 180.25)
    assert data["queryDate"] == "1970-01-01T00:03:00.250+0000"
    assert data["startDate"] == "1970-01-01T00:01:00.000+0000"
    assert data["recentDatapoints"] == [1.0, 9.0]
    assert [point["value"] for point in data["evaluatedDatapoints"]] == [9.0, 1.0]
    assert "startDate" not in reason_data(ALARM, AlarmVerdict("OK", (), 3), 0)
