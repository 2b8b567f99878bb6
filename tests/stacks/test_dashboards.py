"""The dashboards of sites: every alarm is on them, and what they show is there."""

import json

import pytest
from aws_cdk import Environment, Stack, Stage
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template
from aws_cdk.aws_route53 import HostedZoneAttributes
from cdk_templates import new_app
from site_kinds import every_kind, every_stack
from site_stacks import find
from sites import site

from s3_failover.config import EDGE_REGION, ConfigError, StackRole, load, parse
from s3_failover_constructs import AlarmDashboard, DashboardAlarm
from s3_failover_constructs.alarm_dashboard import MOST_GRAPHS
from s3_failover_stacks import Mode, Site, add_sites
from s3_failover_stacks.dashboard_stack import DashboardStack

TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
QUESTIONS = (
    "Are viewers served?",
    "Where does DNS lead?",
    "Is the copy whole?",
    "What do clients see?",
)
TABLE = """
[sites.{name}]
hostname        = "{name}.example.com"
primary_region  = "eu-west-1"
replica_regions = ["us-east-1", "eu-central-1"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "hybrid"
{more}
"""


ARGUMENTS = {
    "zone": HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"),
    "primary_region": "eu-west-1",
    "replica_regions": ["eu-central-1"],
    "mode": Mode.HYBRID,
}


def joined(value):
    """A string of a template, with the partition and the account written out."""
    if isinstance(value, str):
        return value
    known = {"AWS::Partition": "aws", "AWS::AccountId": "123456789012"}
    if "Ref" in value:
        return known[value["Ref"]]
    separator, parts = value["Fn::Join"]
    return separator.join(map(joined, parts))


def dashboards(template):
    """The widgets of each dashboard of a template, by its name."""
    found = find(template, "AWS::CloudWatch::Dashboard")
    return {each["DashboardName"]: json.loads(joined(each["DashboardBody"]))["widgets"] for each in found}


def defined(stacks):
    """The alarms of templates by region, name, and whether they watch one metric."""
    return {
        (region, alarm["AlarmName"]): kind == TYPES[0]
        for region, template in stacks
        for kind in TYPES
        for alarm in find(template, kind)
    }


def shown(arn):
    _, _, service, region, account, kind, name = arn.split(":", 6)
    assert (service, len(account), kind) == ("cloudwatch", 12, "alarm")
    return region, name


def states(widgets):
    return [shown(arn) for each in widgets if each["type"] == "alarm" for arn in each["properties"]["alarms"]]


def graphs(widgets):
    return {
        shown(arn): each["properties"]["region"]
        for each in widgets
        if each["type"] == "metric"
        for arn in each["properties"]["annotations"]["alarms"]
    }


def questions(widgets):
    return {each["properties"]["title"]: states([each]) for each in widgets if each["type"] == "alarm"}


def written(tmp_path, *names, more="", first=""):
    file = tmp_path / "failover.toml"
    file.write_text(first + "".join(TABLE.format(name=name, more=more) for name in names))
    return file


def added(file):
    """Each site's dashboards by their names, in an app of a file."""
    app = new_app()
    sites = add_sites(app, file)
    stacks = {each.stack_name: each.template for each in app.synth().stacks}
    return sites, {name: widgets for each in stacks.values() for name, widgets in dashboards(each).items()}, stacks


@pytest.fixture(params=every_kind())
def kind(request):
    return request.param


@pytest.fixture
def stacks(kind):
    return [each for each in every_stack() if each.kind == kind]


def test_every_alarm_of_a_site_is_on_its_dashboard_with_its_state_and_its_metric(kind, stacks):
    of = every_kind()[kind]
    alarms = defined((each.region, each.template) for each in stacks)
    (carrier,) = (each for each in stacks if each.name == f"dashboard-{of.dashboard_region}")
    ((name, widgets),) = dashboards(carrier.template).items()
    assert name == of.naming.dashboard(of.dashboard_region)
    assert sorted(states(widgets)) == sorted(alarms)
    assert set(graphs(widgets)) == {alarm for alarm, has_metric in alarms.items() if has_metric}
    assert all(region == place for (region, _), place in graphs(widgets).items())
    assert not [each for each in widgets if "metrics" in each["properties"]]


def test_alarms_are_grouped_by_what_a_person_on_call_asks():
    template = {each.name: each.template for each in every_stack() if each.kind == "https-kms"}
    (widgets,) = dashboards(template["dashboard-eu-central-1"]).values()
    found = {title: {name.partition("/")[2] for _, name in each} for title, each in questions(widgets).items()}
    assert list(found)[:4] == list(QUESTIONS)
    assert {"cdn-5xx", "no-healthy-leg"} <= found["Are viewers served?"]
    assert {"failover-unhealthy", "primary-unhealthy", "secondary-unhealthy"} <= found["Where does DNS lead?"]
    assert all(name.startswith("replication-") for name in found["Is the copy whole?"])
    assert all(name.startswith("client-") for name in found["What do clients see?"])


def test_an_alarm_of_a_new_kind_is_on_the_dashboard_without_further_ado():
    of, app = site(), new_app()
    stack = Stack(app, "New", env=Environment(region="sa-east-1"))
    metric = cloudwatch.Metric(namespace="AWS/New", metric_name="New")
    cloudwatch.Alarm(stack, "It", alarm_name=of.naming.alarm("new"), metric=metric, threshold=1, evaluation_periods=1)
    made = DashboardStack(app, "Dashboard", site=of, stacks=[stack], env=Environment(region="eu-central-1"))
    (widgets,) = dashboards(Template.from_stack(made).to_json()).values()
    assert questions(widgets) == {"What else is wrong?": [("sa-east-1", "shop.example.com/new")]}
    assert graphs(widgets) == {("sa-east-1", "shop.example.com/new"): "sa-east-1"}


@pytest.mark.parametrize(
    ("replicas", "region"),
    [('["us-east-1", "eu-central-1"]', "eu-central-1"), ('["us-east-1"]', EDGE_REGION), ('["sa-east-1"]', "sa-east-1")],
)
def test_the_stack_is_in_a_replicas_region_and_not_in_us_east_1_where_that_can_be(replicas, region):
    (of,) = parse(TABLE.format(name="shop", more="").replace('["us-east-1", "eu-central-1"]', replicas)).sites
    assert of.own_stacks[-1] == (StackRole.DASHBOARD, region)


def test_sites_of_a_file_share_one_dashboard_that_the_first_carries(tmp_path):
    sites, found, stacks = added(written(tmp_path, "a", "b", "c", more="clients = {}"))
    ((name, widgets),) = found.items()
    assert name == "a-example-com_all-sites_eu-central-1"
    alarms = defined((name, template) for name, template in stacks.items())
    assert all(stack.endswith(region) for region, name in states(widgets) for stack, each in alarms if each == name)
    assert {name for _, name in states(widgets)} == {name for _, name in alarms}
    assert list(questions(widgets)) == [f"{each}: {each}.example.com" for each in "abc"]
    assert not graphs(widgets)
    assert [each.stacks.dashboard is not None for each in sites.values()] == [True, False, False]


def test_a_site_can_have_its_own_beside_the_shared_one(tmp_path):
    _, found, _ = added(written(tmp_path, "a", "b", more="dashboard = true"))
    assert set(found) == {
        "a-example-com_eu-central-1",
        "b-example-com_eu-central-1",
        "a-example-com_all-sites_eu-central-1",
    }


@pytest.mark.parametrize(
    ("names", "more", "first", "count"),
    [
        ("a", "", "", 1),
        ("a", "dashboard = false", "", 0),
        ("a", "", "dashboard = false\n", 0),
        ("a", "dashboard = true", "dashboard = false\n", 1),
        ("ab", "", "dashboard = false\n", 0),
        ("ab", "dashboard = false", "", 1),
        ("ab", 'account = "111111111111"', "", 1),
    ],
)
def test_which_dashboards_there_are_is_a_setting(tmp_path, names, more, first, count):
    assert len(added(written(tmp_path, *names, more=more, first=first))[1]) == count


def test_sites_of_two_accounts_have_a_dashboard_each():
    text = TABLE.format(name="a", more='account = "111111111111"')
    first, second = parse(text + TABLE.format(name="b", more='account = "222222222222"')).sites
    assert (first.dashboard, second.dashboard) == (True, True)
    assert not first.on_dashboard
    assert not second.on_dashboard


def test_the_commands_find_the_dashboards_of_an_assembly(tmp_path):
    file = written(tmp_path, "a", "b")
    app = new_app()
    add_sites(app, file)
    read = load(type(file)(app.synth().directory)).sites
    assert [each.own_stacks for each in read] == [each.own_stacks for each in load(file).sites]


def test_in_python_the_first_site_of_an_app_or_a_stage_has_a_dashboard_and_any_that_asks_for_one():
    app = new_app()
    stage = Stage(app, "prod")
    made = [
        Site(scope, name, **ARGUMENTS, hostname=f"{name}.example.com", **more)
        for scope, name, more in (
            (app, "a", {}),
            (app, "b", {}),
            (app, "c", {"dashboard": True}),
            (stage, "d", {}),
            (stage, "e", {}),
            (Stage(app, "test"), "f", {"dashboard": False}),
        )
    ]
    assert [each.stacks.dashboard is not None for each in made] == [True, False, True, True, False, False]


def test_what_is_no_boolean_is_refused():
    with pytest.raises(ConfigError, match=r"CONFIG-VALUE dashboard\n  got 1, expected true or false"):
        parse("dashboard = 1\n" + TABLE.format(name="a", more=""))


def test_a_dashboard_has_no_more_widgets_than_cloudwatch_takes():
    stack = Stack(new_app(), "Test")
    many = [DashboardAlarm(f"site/{number}", "eu-west-1", str(number)) for number in range(MOST_GRAPHS + 50)]
    AlarmDashboard(stack, "Many", name="many", heading="# Many", groups={"All": many, "None": []})
    (widgets,) = dashboards(Template.from_stack(stack).to_json()).values()
    assert len(states(widgets)) == len(many)
    assert len(graphs(widgets)) == MOST_GRAPHS
    assert len(widgets) <= 500
