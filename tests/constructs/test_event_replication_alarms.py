import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, resources, text

from s3_failover_constructs import AlarmTopics, EventReplication, EventReplicationAlarms


@pytest.fixture(scope="module")
def alarms():
    stack = new_stack()
    replication = EventReplication(
        stack,
        "Copies",
        source=s3.Bucket(stack, "Source", bucket_name="source"),
        destinations=[s3.Bucket.from_bucket_name(stack, "Copy", "copy")],
    )
    topics = AlarmTopics(stack, "Topics", display_name="assets")
    EventReplicationAlarms(
        stack,
        "Alarms",
        name="assets",
        queue=replication.queue,
        dead_letters=replication.dead_letters,
        notifications=topics,
        latency=Duration.minutes(5),
    )
    return {
        alarm["Properties"]["AlarmName"]: alarm["Properties"]
        for alarm in resources(stack, "AWS::CloudWatch::Alarm").values()
    }


def test_dead_letters_warn_as_soon_as_there_is_one(alarms):
    alarm = alarms["assets/replication-dead-letters"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)
    assert (alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == ("GreaterThanThreshold", 1)
    assert text(alarm["Dimensions"][0]["Value"]).startswith("<CopiesDeadLetters")


def test_changes_that_wait_for_too_long_warn(alarms):
    alarm = alarms["assets/replication-latency"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ApproximateAgeOfOldestMessage", "Maximum")
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (300, 3, 5)


def test_too_many_changes_that_wait_warn(alarms):
    alarm = alarms["assets/replication-pending"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1000, 15)
    assert text(alarm["Dimensions"][0]["Value"]).startswith("<CopiesQueue")


def test_all_of_them_tell_the_warning_topic_and_an_idle_queue_is_a_good_one(alarms):
    assert len(alarms) == 3
    for alarm in alarms.values():
        assert text(alarm["AlarmActions"]).startswith("<TopicsWarning")
        assert alarm["TreatMissingData"] == "notBreaching"
