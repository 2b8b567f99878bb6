"""The names that everything shares are those in the templates, for every kind of site."""

import pytest
from site_kinds import every_kind, every_stack
from site_stacks import find

from s3_failover.config.alarms import in_region, kinds
from s3_failover.names.health_checks import OUTPUTS, CheckRole
from s3_failover.names.stacks import EDGE_REGION, Output, StackRole

ALARM_TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
BY_FUNCTION = (Output.REPLICATION_QUEUE_URL, Output.REPLICATION_DEAD_LETTERS_URL)


@pytest.fixture(params=every_kind())
def kind(request):
    return request.param


@pytest.fixture
def of(kind):
    return every_kind()[kind]


@pytest.fixture
def templates(kind):
    """The templates of a site by role and region."""
    return {stack.name: stack.template for stack in every_stack() if stack.kind == kind}


def alarms(template):
    return [each["AlarmName"] for kind in ALARM_TYPES for each in find(template, kind)]


def outputs(template):
    """Return the outputs that are for commands and people: the CDK has its own where stacks import values."""
    return {key: each["Value"] for key, each in template.get("Outputs", {}).items() if not key.startswith("Publish")}


def test_alarms(of, templates):
    told = dict(templates)
    for role, region in of.own_stacks:
        expected = [of.naming.alarm(kind) for kind in kinds(of, role, region)]
        assert sorted(alarms(told.pop(f"{role}-{region}"))) == sorted(expected)
    assert [name for template in told.values() for name in alarms(template)] == []


def test_a_region_has_the_alarms_of_all_its_stacks(of, templates):
    found = {}
    for name, template in templates.items():
        region = name.partition("-")[2]
        found.setdefault(region, set()).update(alarms(template))
    assert {region: in_region(of, region) for region in found} == found


def test_outputs_are_spelled_in_one_place(templates):
    assert {key for template in templates.values() for key in outputs(template)} <= set(Output)


def test_the_edge_tells_the_id_of_every_check(of, templates):
    edge = templates[f"{StackRole.EDGE}-{EDGE_REGION}"]
    told = {role: outputs(edge)[key]["Ref"] for role, key in OUTPUTS.items()}
    checks = {
        logical: {tag["Key"]: tag["Value"] for tag in each["Properties"]["HealthCheckTags"]}["Name"]
        for logical, each in edge["Resources"].items()
        if each["Type"] == "AWS::Route53::HealthCheck"
    }
    assert {role: checks[logical] for role, logical in told.items()} == {
        role: of.naming.health_check(role) for role in CheckRole
    }


def test_stacks_with_topics_tell_both(templates):
    for template in templates.values():
        topics = {logical for logical, each in template["Resources"].items() if each["Type"] == "AWS::SNS::Topic"}
        told = [outputs(template).get(key) for key in (Output.CRITICAL_TOPIC_ARN, Output.WARNING_TOPIC_ARN)]
        assert topics == {each["Ref"] for each in told if each}
        for arn, severity in zip(told, ("critical", "warning"), strict=True):
            if arn:
                assert template["Resources"][arn["Ref"]]["Properties"]["DisplayName"].endswith(severity)


def test_where_a_function_copies_the_primary_tells_its_queues(of, templates):
    template = templates[f"{of.primary_role}-{of.primary_region}"]
    assert [key in outputs(template) for key in BY_FUNCTION] == [not of.versioned] * 2
