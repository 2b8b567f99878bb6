"""What alarms may tell or do, besides the topics of this library: in an app of a stranger."""

import json

import jsii
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from cdk_templates import text
from construct_samples import ARGUMENTS, sample_stack

from s3_failover_constructs import AlarmActions, AlarmTopics, EdgeAlarms

ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
OPS = "arn:aws:sns:us-east-1:111111111111:ops"
WITH_ALARMS = [kind for kind, sample in ARGUMENTS.items() if "notifications" in sample(sample_stack())]


def function(stack):
    code = lambda_.Code.from_inline("handler = print")
    return lambda_.Function(
        stack,
        "Page",
        code=code,
        handler="index.handler",
        runtime=lambda_.Runtime.determine_latest_python_runtime(stack),
    )


def alarms(make, kind=EdgeAlarms):
    """Return the template of a construct with alarms, and its alarms."""
    stack = sample_stack()
    kind(stack, "Alarms", **ARGUMENTS[kind](stack) | {"notifications": make(stack)})
    template = Template.from_stack(stack).to_json()
    found = [each["Properties"] for each in template["Resources"].values() if each["Type"] in ALARMS]
    return template, found


def topic(stack):
    return sns.Topic.from_topic_arn(stack, "Ops", OPS)


@pytest.mark.parametrize("kind", WITH_ALARMS, ids=lambda kind: kind.__name__)
def test_alarms_are_made_without_anyone_to_tell(kind):
    for nothing in (lambda _: None, lambda _: AlarmActions()):
        _, found = alarms(nothing, kind)
        assert found
        assert not any("AlarmActions" in each or "OKActions" in each for each in found)
    arguments = ARGUMENTS[kind](stack := sample_stack())
    del arguments["notifications"]
    kind(stack, "Alarms", **arguments)


@pytest.mark.parametrize("kind", WITH_ALARMS, ids=lambda kind: kind.__name__)
def test_alarms_tell_an_existing_topic_when_they_go_off_and_when_they_are_over(kind):
    _, found = alarms(lambda stack: AlarmActions(warning=[topic(stack)]), kind)
    warned = [each for each in found if "AlarmActions" in each]
    assert warned
    assert all(each["AlarmActions"] == each["OKActions"] == [OPS] for each in warned)


def test_a_function_may_be_invoked_by_each_alarm_that_names_it():
    template, found = alarms(lambda stack: AlarmActions(critical=[function(stack)]))
    critical = [each for each in found if "AlarmActions" in each]
    assert len(critical) == 2
    assert all(text(each["AlarmActions"]).startswith("<Page") for each in critical)
    assert all(each["AlarmActions"] == each["OKActions"] for each in critical)
    permissions = [each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Permission"]
    sources = {json.dumps(each["Properties"]["SourceArn"]) for each in permissions}
    assert len(permissions) == len(sources) == 2


def test_an_alarm_tells_all_who_are_named():
    _, found = alarms(lambda stack: AlarmActions(critical=[topic(stack), function(stack)]))
    critical = [each for each in found if "AlarmActions" in each]
    assert {len(each["AlarmActions"]) for each in critical} == {2}


def test_an_action_of_the_cdk_for_topics_is_as_good_as_the_topic():
    _, found = alarms(lambda stack: AlarmActions(warning=[actions.SnsAction(topic(stack))]))
    assert all(each["AlarmActions"] == each["OKActions"] == [OPS] for each in found if "AlarmActions" in each)


def test_systems_manager_acts_only_when_an_alarm_goes_off():
    _, found = alarms(lambda _: AlarmActions(critical=[actions.SsmAction(actions.OpsItemSeverity.CRITICAL)]))
    critical = [each for each in found if "AlarmActions" in each]
    assert ":opsitem:1" in text(critical[0]["AlarmActions"])
    assert not any("OKActions" in each for each in critical)


@jsii.implements(cloudwatch.IAlarmAction)
class Page:
    """An action of a stranger's own."""

    def bind(self, scope, alarm):
        return cloudwatch.AlarmActionConfig(alarm_action_arn="arn:aws:ssm-incidents::111111111111:response-plan/page")


def test_an_action_of_ones_own_is_taken():
    _, found = alarms(lambda _: AlarmActions(critical=[Page()]))
    assert [each["AlarmActions"] for each in found if "AlarmActions" in each] == [
        ["arn:aws:ssm-incidents::111111111111:response-plan/page"]
    ] * 2


class Scheme:
    """Notifications of a stranger's own, which inherit nothing."""

    def __init__(self):
        self.warned, self.alerted = [], []

    def warn(self, alarm):
        self.warned.append(alarm)

    def alert(self, alarm):
        self.alerted.append(alarm)


def test_a_scheme_of_ones_own_gets_each_alarm_once():
    scheme = Scheme()
    _, found = alarms(lambda _: scheme)
    assert len(scheme.warned) + len(scheme.alerted) == len(found)
    assert len(scheme.alerted) == 2


@pytest.mark.parametrize("kind", WITH_ALARMS, ids=lambda kind: kind.__name__)
def test_what_cannot_be_told_is_refused_with_the_way_out(kind):
    with pytest.raises(TypeError, match=r"^notifications: got <.*>, expected an AlarmTopics, .* with warn and alert; "):
        alarms(topic, kind)


@pytest.mark.parametrize("argument", ["warning", "critical"])
def test_what_is_no_topic_function_or_action_is_refused(argument):
    expected = "expected a topic, a function or an alarm action; pass a topic"
    with pytest.raises(TypeError, match=f"^{argument}: got '{OPS}', {expected}"):
        AlarmActions(**{argument: [OPS]})


def test_a_topic_of_another_region_is_refused():
    def elsewhere(stack):
        return AlarmActions(warning=[sns.Topic.from_topic_arn(stack, "Ops", OPS.replace("us-east-1", "eu-west-1"))])

    with pytest.raises(
        ValueError, match=r"^warning: got one in eu-west-1, expected one in the stack's region us-east-1"
    ):
        alarms(elsewhere)


def test_topics_that_are_made_are_notifications_too():
    _, found = alarms(lambda stack: AlarmTopics(stack, "Own", display_name="own"))
    assert all("AlarmActions" in each for each in found)
