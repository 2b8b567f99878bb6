"""Apps that are not ours and have a site, or parts of one, in them: the examples in `examples/constructs`."""

import importlib.util
import json
import re
from pathlib import Path

import cdk_nag
import pytest
from aws_cdk import App, Validations
from cdk_templates import ROOT, new_app, text
from site_stacks import find


def example(name):
    """Return the module of an example."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples/constructs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_smallest_site_of_the_documentation():
    page = (ROOT / "docs/constructs.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1].replace("App()", "new_app()")
    names = {"new_app": new_app}
    exec(code, names)
    assert {stack.node.path for stack in names["shop"].stacks.all} >= {"shop/edge-us-east-1", "shop/https-eu-west-1"}


@pytest.fixture(scope="module")
def pipeline():
    """The cloud assembly of the pipeline's app, synthesized without the feature flags of this project."""
    app = App()
    example("pipeline").define(app)
    return app.synth()


def stage(assembly, name):
    """The stacks of a stage, by their ids in it."""
    return {
        stack.hierarchical_id.removeprefix(f"{name}/"): stack
        for stack in assembly.get_nested_assembly(f"assembly-{name}").stacks
    }


SITE = {
    "web/replica-eu-north-1",
    "web/https-eu-north-1",
    "web/primary-eu-west-3",
    "web/evacuation-eu-north-1",
    "web/edge-us-east-1",
    "web/alarms-eu-west-3",
    "web/alarms-eu-north-1",
    "web/clients-eu-north-1",
    "web/dashboard-eu-north-1",
}


@pytest.mark.parametrize(
    ("name", "account", "hostname"),
    [("beta", "222222222222", "www.beta.example.com"), ("prod", "333333333333", "www.example.com")],
)
def test_each_stage_has_a_whole_site_in_its_account_beside_the_teams_own_stacks(pipeline, name, account, hostname):
    found = stage(pipeline, name)
    assert set(found) == {*SITE, "Uploads", "Dashboard"}
    assert {stack.environment.account for stack in found.values()} == {account}
    named = f"s3-failover-{hostname.replace('.', '-')}-primary-eu-west-3"
    assert found["web/primary-eu-west-3"].stack_name == named
    (distribution,) = find(found["web/edge-us-east-1"].template, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["Aliases"] == [hostname]
    assert len(distribution["DistributionConfig"]["OriginGroups"]["Items"]) == 2


def test_who_uploads_is_granted_the_stages_own_buckets(pipeline):
    (policy,) = find(stage(pipeline, "prod")["Uploads"].template, "AWS::IAM::Policy")
    writes = next(s for s in policy["PolicyDocument"]["Statement"] if "s3:PutObject" in s["Action"])
    assert text(writes["Resource"]) == "arn:<AWS::Partition>:s3:::www-example-com-primary-333333333333-eu-west-3/*"


def test_the_dashboard_shows_the_sites_metrics(pipeline):
    (dashboard,) = find(stage(pipeline, "prod")["Dashboard"].template, "AWS::CloudWatch::Dashboard")
    body = json.dumps(dashboard["DashboardBody"])
    assert all(each in body for each in ("1 - healthy", "HealthCheckStatus", "5xxErrorRate"))


def test_the_pipeline_deploys_a_site_in_its_order(pipeline):
    (found,) = find(pipeline.get_stack_by_name("Delivery").template, "AWS::CodePipeline::Pipeline")
    stages = {each["Name"]: each["Actions"] for each in found["Stages"]}
    assert {"beta", "prod"} <= set(stages)
    order = {each["Name"]: each["RunOrder"] for each in stages["prod"] if each["Name"].endswith(".Deploy")}
    steps = ["replica-eu-north-1", "primary-eu-west-3", "edge-us-east-1", "alarms-eu-west-3"]
    turns = [order[f"s3-failover-www-example-com-{step}.Deploy"] for step in steps]
    assert turns == sorted(set(turns))


def test_cdk_nag_has_no_finding_in_the_sites():
    app = new_app()
    example("pipeline").define(app)
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    paths = {
        where["constructPath"]
        for each in report["pluginReports"]
        for violation in each["violations"]
        for where in violation["violatingConstructs"]
    }
    # The pipeline's own, and the grant of the uploads, are the team's to explain.
    assert any(path.startswith("Delivery/") for path in paths)
    assert [path for path in paths if "/web/" in path] == []


@pytest.fixture(scope="module")
def failover():
    """The template of the app with two distributions of its own, without the feature flags of this project."""
    app = App()
    example("two_distributions").define(app)
    return app.synth().get_stack_by_name("Failover").template


def test_records_point_at_the_teams_distributions(failover):
    records = {each["Failover"]: each for each in find(failover, "AWS::Route53::RecordSet")}
    assert {role: each["ResourceRecords"] for role, each in records.items()} == {
        "PRIMARY": ["d111111abcdef8.cloudfront.net"],
        "SECONDARY": ["d222222abcdef8.cloudfront.net"],
    }
    assert text(records["PRIMARY"]["HealthCheckId"]).startswith("<ChecksPrimary")


def test_each_distribution_is_asked_once_on_its_own_path(failover):
    asked = [each["HealthCheckConfig"] for each in find(failover, "AWS::Route53::HealthCheck")]
    assert [(each["Type"], each["ResourcePath"], each["RequestInterval"]) for each in asked] == [
        ("HTTPS", "/healthz", 10),
        ("HTTPS", "/index.html", 10),
    ]


def test_the_teams_topic_hears_all_alarms_and_its_pager_the_critical_ones(failover):
    critical = find(failover, "AWS::CloudWatch::CompositeAlarm")
    alarms = [*find(failover, "AWS::CloudWatch::Alarm"), *critical]
    ops, pager = example("two_distributions").OPS, example("two_distributions").PAGER
    assert len(alarms) == 5
    assert all(each["AlarmActions"][0] == ops and each["OKActions"] == each["AlarmActions"] for each in alarms)
    assert [len(each["AlarmActions"]) for each in alarms] == [2, 1, 1, 1, 2]
    assert critical[0]["AlarmActions"] == [ops, pager]
    assert find(failover, "AWS::SNS::Topic") == find(failover, "AWS::KMS::Key") == []


def test_the_pager_may_be_invoked_by_both_critical_alarms(failover):
    permissions = find(failover, "AWS::Lambda::Permission")
    assert {each["Principal"] for each in permissions} == {"lambda.alarms.cloudwatch.amazonaws.com"}
    assert len({text(each["SourceArn"]) for each in permissions}) == 2


def test_alarms_of_two_distributions_have_no_name_in_common(failover):
    assert not any("AlarmName" in each for each in find(failover, "AWS::CloudWatch::Alarm"))
