"""Alarms of a real emulator whose time runs 60 times as fast: an embedded minute is a real second."""

import json
import time
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.embedded

ACCOUNT = "123456789012"
MINUTE = 60
NAMESPACE = "Test"


class Watched:
    """One region's CloudWatch, SNS and SQS of the fast emulator."""

    def __init__(self, emulator, region="us-east-1"):
        self.emulator, self.region = emulator, region
        self.cloudwatch, self.sns, self.sqs = (emulator.client(name, region) for name in ("cloudwatch", "sns", "sqs"))

    def now(self):
        started, speed = self.emulator.ready["started"], self.emulator.ready["speed"]
        return started + (time.time() - started) * speed

    def publish(self, metric, value, *, ago=0, **dimensions):
        self.publish_all(metric, {ago: value}, **dimensions)

    def publish_all(self, metric, values, **dimensions):
        """Publish values, each of so many seconds ago, so that no evaluation sees some of them only."""
        now = self.now()
        data = [
            {
                "MetricName": metric,
                "Value": value,
                "Timestamp": datetime.fromtimestamp(now - ago, UTC),
                "Dimensions": [{"Name": key, "Value": held} for key, held in dimensions.items()],
            }
            for ago, value in values.items()
        ]
        self.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def alarm(self, name, metric, *, dimensions=None, **changes):
        request = {
            "AlarmName": name,
            "Namespace": NAMESPACE,
            "MetricName": metric,
            "Dimensions": [{"Name": key, "Value": held} for key, held in (dimensions or {}).items()],
            "Statistic": "Maximum",
            "Period": MINUTE,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        self.cloudwatch.put_metric_alarm(**request | changes)
        return name

    def composite(self, name, rule, **actions):
        self.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule, **actions)
        return name

    def described(self, name):
        found = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return (found["MetricAlarms"] + found["CompositeAlarms"])[0]

    def state(self, name):
        return self.described(name)["StateValue"]

    def set_state(self, name, state):
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")

    def history(self, name, kind="StateUpdate"):
        found = self.cloudwatch.describe_alarm_history(
            AlarmName=name,
            HistoryItemType=kind,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            ScanBy="TimestampAscending",
        )
        return found["AlarmHistoryItems"]

    def states(self, name):
        """The states the alarm has had, leaving out the one it was created with."""
        data = [json.loads(item["HistoryData"]) for item in self.history(name)]
        states = [(item["oldState"]["stateValue"], item["newState"]["stateValue"]) for item in data]
        return [new for old, new in states if old != new]

    def mailbox(self, stem):
        topic = self.sns.create_topic(Name=stem)["TopicArn"]
        queue = self.sqs.create_queue(QueueName=stem)["QueueUrl"]
        arn = f"arn:aws:sqs:{self.region}:{ACCOUNT}:{stem}"
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, queue

    def received(self, queue):
        found = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        envelopes = [json.loads(message["Body"]) for message in found]
        return [(envelope["Subject"], json.loads(envelope["Message"])) for envelope in envelopes]


def until(check):
    """Wait until something is so, and return it; give up only after a time that no healthy run needs."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError("it never was so")


@pytest.fixture
def aws(fast):
    return Watched(fast)


def test_a_one_minute_alarm_turns_and_says_why(aws, unique):
    name = aws.alarm(unique("turns"), unique("turns"), TreatMissingData="ignore")
    aws.publish(unique("turns"), 1)
    until(lambda: aws.state(name) == "OK")
    aws.publish(unique("turns"), 9)
    until(lambda: aws.state(name) == "ALARM")
    alarm = aws.described(name)
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 (")
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [9.0]
    assert abs(alarm["StateUpdatedTimestamp"].timestamp() - aws.now()) < 30 * MINUTE
    assert aws.states(name)[:2] == ["OK", "ALARM"]


def test_the_arrival_of_data_alone_changes_nothing(aws, unique):
    name = aws.alarm(unique("arrival"), unique("later"))
    until(lambda: aws.state(name) == "OK")
    aws.publish(unique("later"), 9, ago=-60 * MINUTE)
    aws.alarm(name, unique("later"), Threshold=6)
    assert aws.states(name) == ["OK"]


def test_dimensions_separate_alarms(aws, unique):
    metric = unique("separate")
    kinds = {"a": {"d": "A"}, "b": {"d": "B"}, "none": {}, "more": {"d": "A", "e": "E"}}
    names = {key: aws.alarm(unique(key), metric, dimensions=held) for key, held in kinds.items()}
    until(lambda: all(aws.state(name) == "OK" for name in names.values()))
    aws.publish(metric, 9, d="A")
    until(lambda: "ALARM" in aws.states(names["a"]))
    aws.publish(metric, 1, d="A")
    until(lambda: aws.state(names["a"]) == "OK")
    assert [aws.states(names[key]) for key in ("b", "none", "more")] == [["OK"]] * 3


def test_an_alarm_that_never_had_data_obeys_its_treatment_of_missing_data(aws, unique):
    treatments = ("breaching", "notBreaching", "missing", "ignore")
    names = {key: aws.alarm(unique(key), unique("silent"), TreatMissingData=key) for key in treatments}
    until(lambda: aws.state(names["breaching"]) == "ALARM" and aws.state(names["notBreaching"]) == "OK")
    assert [aws.state(names[key]) for key in ("missing", "ignore")] == ["INSUFFICIENT_DATA"] * 2
    reason = aws.described(names["breaching"])["StateReason"]
    assert reason.endswith("received for 1 period and 1 missing datapoint was treated as [Breaching].")


def test_data_that_stops_changes_the_state_by_time_alone(aws, unique):
    treatments = ("breaching", "notBreaching", "missing", "ignore")
    names = {key: aws.alarm(unique(key), unique("stops"), TreatMissingData=key) for key in treatments}
    aws.publish(unique("stops"), 9)
    until(lambda: all("ALARM" in aws.states(name) for name in names.values()))
    until(lambda: aws.state(names["notBreaching"]) == "OK" and aws.state(names["missing"]) == "INSUFFICIENT_DATA")
    assert [aws.state(names[key]) for key in ("breaching", "ignore")] == ["ALARM"] * 2
    assert aws.described(names["missing"])["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_m_of_n(aws, unique):
    two, three = (
        aws.alarm(unique(f"{m}-of-9"), unique("m-of-n"), EvaluationPeriods=9, DatapointsToAlarm=m) for m in (2, 3)
    )
    aws.publish_all(unique("m-of-n"), {3 * MINUTE: 9, 2 * MINUTE: 1, 1 * MINUTE: 9})
    until(lambda: aws.state(three) == "OK")
    until(lambda: "ALARM" in aws.states(two))
    assert aws.states(three) == ["OK"]


def test_a_state_set_by_hand_holds_until_the_next_evaluation(aws, unique):
    judged = aws.alarm(unique("judged"), unique("by-hand"))
    unjudged = aws.alarm(unique("unjudged"), unique("by-hand"), TreatMissingData="ignore")
    until(lambda: aws.state(judged) == "OK")
    aws.set_state(judged, "ALARM")
    aws.set_state(unjudged, "ALARM")
    until(lambda: aws.states(judged) == ["OK", "ALARM", "OK"])
    assert aws.states(unjudged) == ["ALARM"]
    assert aws.described(unjudged)["StateReason"] == "by hand"


def test_each_change_of_state_sends_one_message_through_sns_to_sqs(aws, unique):
    topic, queue = aws.mailbox(unique("mail"))
    actions = {"AlarmActions": [topic], "OKActions": [topic], "InsufficientDataActions": [topic]}
    loud = aws.alarm(unique("loud"), unique("sent"), TreatMissingData="missing", **actions)
    mute = aws.alarm(unique("mute"), unique("sent"), ActionsEnabled=False, **actions)
    only = aws.alarm(unique("only"), unique("sent"), AlarmActions=[topic])
    until(lambda: aws.state(only) == "OK")
    aws.publish_all(unique("sent"), {0: 9, -3 * MINUTE: 1})
    until(lambda: all("ALARM" in aws.states(name) for name in (loud, mute, only)))
    until(lambda: aws.states(loud) == ["ALARM", "OK", "INSUFFICIENT_DATA"])
    messages = until(lambda: sorted_messages(aws.received(queue), 4))
    assert [(m["AlarmName"], m["OldStateValue"], m["NewStateValue"]) for _, m in messages] == [
        (loud, "INSUFFICIENT_DATA", "ALARM"),
        (loud, "ALARM", "OK"),
        (loud, "OK", "INSUFFICIENT_DATA"),
        (only, "OK", "ALARM"),
    ]
    title, first = messages[0]
    assert title == f'ALARM: "{loud}" in US East (N. Virginia)'
    assert first["Trigger"]["MetricName"] == unique("sent")
    assert first["AlarmArn"].endswith(f":us-east-1:{ACCOUNT}:alarm:{loud}")
    assert aws.history(loud, "Action")[0]["HistorySummary"] == f"Successfully executed action {topic}"
    assert aws.history(mute, "Action") == []


def sorted_messages(messages, number):
    """The messages in the order of alarm and time, when there are as many as there must be."""
    return len(messages) >= number and sorted(messages, key=lambda m: (m[1]["AlarmName"], m[1]["StateChangeTime"]))


def test_an_action_that_cannot_be_carried_out_is_in_the_history(aws, unique):
    name = aws.alarm(unique("lost"), unique("m"), OKActions=["arn:aws:sns:us-east-1:123456789012:no-such-topic"])
    (item,) = until(lambda: aws.history(name, "Action"))
    assert item["HistorySummary"].startswith("Failed to execute action ")
    assert json.loads(item["HistoryData"])["error"] == "the topic does not exist"


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_composite_alarm_follows_its_children_in_any_order(aws, unique, order):
    topic, queue = aws.mailbox(unique(f"both-{order}"))
    children = {key: aws.alarm(unique(key + order), unique("m"), TreatMissingData="ignore") for key in "ab"}
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{children['b']}"
    both = aws.composite(
        unique(f"both-{order}"), f'ALARM("{children["a"]}") AND ALARM("{arn}")', AlarmActions=[topic], OKActions=[topic]
    )
    above = aws.composite(unique(f"above-{order}"), f"NOT OK({both})")
    first, second = (children[key] for key in order)
    aws.set_state(first, "ALARM")
    assert aws.state(both) == "OK"
    aws.set_state(second, "ALARM")
    assert [aws.state(both), aws.state(above)] == ["ALARM", "ALARM"]
    aws.set_state(first, "OK")
    assert aws.states(both) == aws.states(above) == ["OK", "ALARM", "OK"]
    assert f":alarm:{first} transitioned to OK at " in aws.described(both)["StateReason"]
    messages = sorted_messages(aws.received(queue), 3)
    assert sorted(m["NewStateValue"] for _, m in messages) == ["ALARM", "OK", "OK"]
    alarmed = next(m for _, m in messages if m["NewStateValue"] == "ALARM")
    assert alarmed["AlarmRule"].startswith("ALARM(")
    assert [child["State"]["Value"] for child in alarmed["TriggeringChildren"]] == ["ALARM"]


def test_a_composite_state_set_by_hand_holds_until_a_child_changes(aws, unique):
    child = aws.alarm(unique("child"), unique("m"), TreatMissingData="ignore")
    above = aws.composite(unique("held"), f"ALARM({child})")
    aws.set_state(above, "ALARM")
    later = aws.alarm(unique("later"), unique("m"))
    until(lambda: aws.state(later) == "OK")
    assert aws.state(above) == "ALARM"
    aws.set_state(child, "OK")
    assert aws.states(above) == ["OK", "ALARM", "OK"]


def test_children_that_change_together_are_seen_together(aws, unique):
    a, b = (aws.alarm(unique(key), unique("together")) for key in "ab")
    until(lambda: aws.state(a) == aws.state(b) == "OK")
    either = aws.composite(unique("either"), f"ALARM({a}) OR ALARM({b})")
    unlike = [
        aws.composite(unique("a-not-b"), f"ALARM({a}) AND NOT ALARM({b})"),
        aws.composite(unique("b-not-a"), f"ALARM({b}) AND NOT ALARM({a})"),
        aws.composite(unique("a-not-either"), f"ALARM({a}) AND NOT ALARM({either})"),
    ]
    aws.publish(unique("together"), 9)
    until(lambda: "ALARM" in aws.states(either))
    aws.publish(unique("together"), 1)
    until(lambda: aws.states(either) == ["OK", "ALARM", "OK"])
    assert [aws.states(name) for name in unlike] == [["OK"]] * 3


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("TRUE", "ALARM"),
        ("FALSE", "OK"),
        ("NOT (TRUE AND FALSE)", "ALARM"),
        ("FALSE AND TRUE OR TRUE", "ALARM"),
        ("FALSE AND (TRUE OR TRUE)", "OK"),
        ('INSUFFICIENT_DATA("{child}")', "ALARM"),
        ('AT_LEAST(1, INSUFFICIENT_DATA, ({child}, "{arn}"))', "ALARM"),
        ('AT_LEAST(1, ALARM, ({child}, "{arn}"))', "OK"),
        ('AT_LEAST(100%, NOT ALARM, ({child}, "{arn}"))', "ALARM"),
        ('(NOT (INSUFFICIENT_DATA("{arn}")))', "OK"),
        ('(ALARM("{arn}") OR (INSUFFICIENT_DATA({child}) AND NOT OK("{child}")))', "ALARM"),
    ],
)
def test_the_grammar_of_rules(aws, unique, rule, expected):
    child = aws.alarm(unique("child"), unique("m"), TreatMissingData="ignore")
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{child}"
    assert aws.state(aws.composite(unique("rule"), rule.format(child=child, arn=arn))) == expected


def test_regions_do_not_mix(aws, fast, unique):
    west = Watched(fast, "us-west-2")
    metric, name = unique("regional"), unique("regional")
    topic, queue = west.mailbox(unique("regional"))
    aws.alarm(name, metric)
    west.alarm(name, metric, AlarmActions=[topic])
    until(lambda: aws.state(name) == west.state(name) == "OK")
    both = [region.composite(unique("above"), f"ALARM({name})") for region in (aws, west)]
    west.publish(metric, 9)
    until(lambda: "ALARM" in west.states(name))
    west.publish(metric, 1)
    until(lambda: west.states(name) == ["OK", "ALARM", "OK"])
    assert aws.states(name) == ["OK"]
    assert [aws.states(both[0]), west.states(both[1])] == [["OK"], ["OK", "ALARM", "OK"]]
    ((_, message),) = west.received(queue)
    assert message["Region"] == "US West (Oregon)"


def test_metric_math_says_that_it_is_not_evaluated(fast, aws, unique):
    name = unique("maths")
    properties = {
        "AlarmName": name,
        "Metrics": [{"Id": "e", "Expression": "SELECT MAX(F) FROM N", "Period": 60}],
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "TreatMissingData": "breaching",
    }
    fast.deploy({"M": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}, name=None)
    until(lambda: aws.described(name)["StateReason"].startswith("Not evaluated: the embedded AWS has no metric math"))
    assert aws.state(name) == "INSUFFICIENT_DATA"


def test_data_may_lie_ahead_of_real_time(aws, unique):
    metric = unique("ahead")
    aws.publish(metric, 7, ago=-60 * MINUTE)
    moment = aws.now() + 60 * MINUTE
    window = {
        "StartTime": datetime.fromtimestamp(moment - 10 * MINUTE, UTC),
        "EndTime": datetime.fromtimestamp(moment + 10 * MINUTE, UTC),
    }
    stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": metric}, "Period": MINUTE, "Stat": "Maximum"}
    queries = [{"Id": "q", "MetricStat": stat}]
    (found,) = aws.cloudwatch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    assert found["Values"] == [7]
    (point,) = aws.cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE, MetricName=metric, Period=MINUTE, Statistics=["Maximum"], **window
    )["Datapoints"]
    assert point["Maximum"] == 7
    assert abs(point["Timestamp"].timestamp() - moment) < 10 * MINUTE


def test_data_without_a_timestamp_has_the_embedded_time(aws, unique):
    name = aws.alarm(unique("untimed"), unique("untimed"))
    until(lambda: aws.now() - time.time() > 5 * MINUTE)
    aws.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[{"MetricName": unique("untimed"), "Value": 9}])
    until(lambda: "ALARM" in aws.states(name))
