"""Alarms are muted for a while, by rules that end by themselves."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.stub import Stubber
from fake_accounts import account, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.names import alarms
from s3_failover.operations import mute

MONITORED = "alarms = { monitor = true }"


class Rules:
    """CloudWatch, as far as mute rules go, for all regions."""

    def __init__(self, status="ACTIVE", error=None):
        self.status, self.error = status, error
        self.put, self.deleted = [], []

    def put_alarm_mute_rule(self, **rule):
        if self.error:
            raise self.error
        self.put.append(rule)

    def get_alarm_mute_rule(self, AlarmMuteRuleName):  # noqa: N803
        return {"Name": AlarmMuteRuleName, "Status": self.status}

    def delete_alarm_mute_rule(self, AlarmMuteRuleName):  # noqa: N803
        if self.error:
            raise self.error
        self.deleted.append(AlarmMuteRuleName)


def muting(rules, *kinds, more=""):
    return mute.of(site(more=more), account(cloudwatch=rules), "drill", kinds)


def test_alarms_are_muted_where_they_are_until_a_minute_after_the_time_that_was_asked_for():
    rules = Rules()
    until = muting(rules, alarms.FAILOVER, alarms.DISTRIBUTION).begin(250)
    (rule,) = rules.put
    assert rule["Name"] == "s3-failover-shop-example-com-drill"
    assert rule["MuteTargets"] == {
        "AlarmNames": ["shop.example.com/distribution-unhealthy", "shop.example.com/failover-unhealthy"]
    }
    schedule = rule["Rule"]["Schedule"]
    begins = datetime.strptime(schedule["Expression"], "at(%Y-%m-%dT%H:%M)").replace(tzinfo=UTC)
    assert schedule["Duration"] == "PT6M"
    assert until == begins + timedelta(minutes=6)
    assert timedelta() <= datetime.now(UTC) - begins < timedelta(minutes=2)


def test_each_region_has_a_rule_for_its_own_alarms():
    both = muting(Rules(), alarms.FAILOVER, alarms.MONITOR_FAILING, more=MONITORED)
    assert both.alarms == {
        "us-east-1": ("shop.example.com/failover-unhealthy",),
        "eu-central-1": ("shop.example.com/monitor-failing",),
    }
    assert "eu-central-1" not in muting(Rules(), alarms.FAILOVER, alarms.MONITOR_FAILING).alarms


def test_the_end_takes_every_rule_away():
    rules = Rules()
    muting(rules, alarms.FAILOVER, alarms.MONITOR_FAILING, more=MONITORED).end()
    assert rules.deleted == ["s3-failover-shop-example-com-drill"] * 2


def test_nothing_is_asked_for_where_nothing_is_to_be_muted():
    nothing = mute.of(site(), account(), "drill", ())
    nothing.begin(60)
    nothing.end()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (Rules(status="SCHEDULED"), "is SCHEDULED, expected ACTIVE"),
        (Rules(error=refusal("AccessDenied", "PutAlarmMuteRule", 403)), "mute alarms in us-east-1"),
        (object(), "this boto3 has no mute rules"),
    ],
)
def test_what_keeps_alarms_from_being_muted_is_told(rules, message):
    with pytest.raises(UserError, match=message):
        muting(rules, alarms.FAILOVER).begin(60)


def test_the_calls_are_as_the_api_has_them():
    client = boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_response("put_alarm_mute_rule", {})
        stub.add_response(
            "get_alarm_mute_rule", {"Status": "ACTIVE"}, {"AlarmMuteRuleName": "s3-failover-shop-example-com-drill"}
        )
        stub.add_response("delete_alarm_mute_rule", {}, {"AlarmMuteRuleName": "s3-failover-shop-example-com-drill"})
        there = muting(client, alarms.FAILOVER)
        there.begin(60)
        there.end()
        stub.assert_no_pending_responses()
