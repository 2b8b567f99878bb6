"""Messages of alarms, from whatever topics they notify."""

import json
from unittest.mock import MagicMock

from botocore.exceptions import ReadTimeoutError
from fake_accounts import account
from sites import site

from s3_failover.operations.clock import WALL
from s3_failover.operations.drill.inbox import Inbox
from s3_failover.operations.drill.watch import AlarmWatch

TOPIC, FUNCTION = "arn:aws:sns:us-east-1:123456789012:ops", "arn:aws:lambda:us-east-1:123456789012:function:pager"


def alarmed():
    """An account with one alarm that notifies a topic of no stack and invokes a function, and with its message."""
    alarm = {"AlarmName": "shop.example.com/failover-unhealthy", "StateValue": "OK", "AlarmActions": [FUNCTION, TOPIC]}
    cloudwatch, cloudformation, sqs = MagicMock(), MagicMock(), MagicMock()
    cloudwatch.get_paginator.return_value.paginate.return_value = [{"MetricAlarms": [alarm]}]
    cloudformation.describe_stacks.return_value = {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": []}]}
    body = {"TopicArn": TOPIC, "Message": json.dumps({"AlarmName": alarm["AlarmName"], "NewStateValue": "ALARM"})}
    sqs.receive_message.return_value = {"Messages": [{"ReceiptHandle": "r", "Body": json.dumps(body)}]}
    return account(cloudwatch=cloudwatch, cloudformation=cloudformation, sqs=sqs, sns=MagicMock())


def test_only_topics_are_subscribed_to():
    there = alarmed()
    AlarmWatch(site(), there, WALL, regions=["us-east-1"], delivered=True)
    subscribed = [call.kwargs["TopicArn"] for call in there.client("sns", "us-east-1").subscribe.call_args_list]
    assert subscribed == [TOPIC]


def test_a_message_of_a_topic_that_is_not_the_sites_own_has_no_severity():
    (message,) = Inbox(site(), alarmed(), WALL, {"us-east-1": [TOPIC]}).read()
    assert (message.alarm, message.state, message.severity) == ("failover-unhealthy", "ALARM", "")


def test_a_region_that_does_not_answer_hides_no_other():
    there = alarmed()
    queue = there.client("sqs", "us-east-1")
    lost = ReadTimeoutError(endpoint_url="https://sqs.eu-west-1.amazonaws.com")
    queue.receive_message.side_effect = [lost, queue.receive_message.return_value]
    (message,) = Inbox(site(), there, WALL, {"eu-west-1": [TOPIC], "us-east-1": [TOPIC]}).read()
    assert message.state == "ALARM"


def test_a_queue_that_does_not_answer_is_read_at_the_next_look():
    there = alarmed()
    queue = there.client("sqs", "us-east-1")
    late = ReadTimeoutError(endpoint_url="https://sqs.us-east-1.amazonaws.com")
    queue.receive_message.side_effect = [late, queue.receive_message.return_value]
    watch = AlarmWatch(site(), there, WALL, regions=["us-east-1"], delivered=True)
    for _ in range(2):
        for look, _pause in watch.looks:
            look()
    assert [message.state for message in watch.messages] == ["ALARM"]
