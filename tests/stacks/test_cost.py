"""What `s3-failover cost` counts from the configuration is what the stacks define."""

from collections import Counter
from decimal import Decimal

import pytest
from cdk_templates import new_app
from config_strategies import valid_configs
from hypothesis import HealthCheck, Phase, given, settings
from site_stacks import add_site
from sites import APP, CDN, site

from s3_failover.config import parse
from s3_failover.operations.cost.bill import bill
from s3_failover.operations.cost.inventory import SecondaryEndpoint, inventory
from s3_failover.operations.cost.items import Items
from s3_failover.operations.cost.prices import load
from s3_failover.operations.cost.usage import told

MADE_ZONE = 'name = "example.com", create = true'
ACCOUNTS = """
    account = "111111111111"
    replica_account = "222222222222"
    encryption = "kms"
    secondary = { type = "external", hostname = "shop.cdn.example.net" }
    clients = {}
"""
EXISTING = """
    secondary = { type = "https" }
    existing = { primary_bucket = "there", replica_buckets = { eu-central-1 = "there-too" } }
"""

SITES = {
    "dns": site(),
    "hybrid, clients": site(mode="hybrid", replicas=2, more="clients = {}"),
    "clients elsewhere": site(more='clients = { alarm_region = "sa-east-1" }'),
    "primary at the edge": site(primary="us-east-1", replicas=3, more="clients = {}"),
    "two-way": site(replicas=2, more='replication = { two_way = true, time_control = true, prefixes = ["_s3", "d/"] }'),
    "engine lambda": site(replicas=2, more='replication = { engine = "lambda" }'),
    "https": site(more='secondary = { type = "https" }\nhealth_check_interval = 10'),
    "keys": site(mode="hybrid", more='secondary = { type = "https" }\nencryption = "kms"'),
    "two accounts": site(mode="hybrid", replicas=2, more=ACCOUNTS),
    "existing": site(replicas=2, more=EXISTING),
    "made zone": site(zone=MADE_ZONE),
    "apex": site(hostname="example.com"),
    "cdn": site(more=CDN),
    "app": site(more=APP),
    "no functions": site(more='cdn = { directories = "off" }'),
    "redirects only": site(more='cdn = { directories = "off", object_redirects = true }'),
}


@pytest.fixture(scope="module", params=SITES)
def compared(request):
    """The counts of a site and the resources of its templates, as pairs of their stack's region and themselves."""
    of = SITES[request.param]
    return inventory(of), synthesized(of)


def synthesized(of):
    app = new_app()
    add_site(app, of)
    return [
        (stack.environment.region, resource)
        for stack in app.synth().stacks
        for resource in stack.template.get("Resources", {}).values()
    ]


def by_region(resources, kind, condition=lambda properties: True):
    return Counter(
        region
        for region, resource in resources
        if resource["Type"] == kind and condition(resource.get("Properties", {}))
    )


def test_alarms(compared):
    counted, resources = compared
    assert counted.alarms == by_region(resources, "AWS::CloudWatch::Alarm")
    assert counted.composite_alarms == by_region(resources, "AWS::CloudWatch::CompositeAlarm")


def test_dashboards(compared):
    counted, resources = compared
    made = [each["Properties"] for _, each in resources if each["Type"] == "AWS::CloudWatch::Dashboard"]
    assert counted.dashboards + counted.large_dashboards == len(made)
    assert counted.large_dashboards == sum(sum(counted.alarms.values()) > 50 for _ in made)


def test_a_dashboard_of_more_than_50_metrics_is_not_free():
    large = site(replicas=3, more="clients = {}\nreplication = { two_way = true }")
    assert (inventory(large).dashboards, inventory(large).large_dashboards) == (0, 1)
    for of, usd in ((large, "3.00"), (site(), "0.00")):
        lines = bill(Items(of, inventory(of), told({})).all(), load(), free=True).lines
        assert sum(line.usd for line in lines if line.item.what.startswith("dashboards")) == Decimal(usd)


def test_every_alarm_watches_one_metric_a_minute(compared):
    _, resources = compared
    watched = [each["Properties"] for _, each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert all("Metrics" not in alarm and alarm["Period"] >= 60 for alarm in watched)


def test_health_checks(compared):
    counted, resources = compared
    configs = [
        each["Properties"]["HealthCheckConfig"] for _, each in resources if each["Type"] == "AWS::Route53::HealthCheck"
    ]
    found = Counter(
        (
            "calculated" if config["Type"] == "CALCULATED" else ("https" in config["Type"].lower()),
            config.get("RequestInterval", 30),
        )
        for config in configs
    )
    expected = Counter(
        ("calculated" if check.endpoint is SecondaryEndpoint.CALCULATED else "https" in check.options, check.interval)
        for check in counted.health_checks.values()
    )
    assert found == expected
    assert not any("STR_MATCH" in config["Type"] or config.get("MeasureLatency") for config in configs)
    assert all(("fast" in check.options) == (check.interval < 30) for check in counted.health_checks.values())


def test_zones(compared):
    counted, resources = compared
    assert counted.made_zones == sum(by_region(resources, "AWS::Route53::HostedZone").values())


def test_keys(compared):
    counted, resources = compared
    kept = {"alias": Counter(), "none": Counter()}
    for region, each in resources:
        if each["Type"] == "AWS::KMS::Key":
            kept["alias" if each.get("DeletionPolicy") == "RetainExceptOnCreate" else "none"][region] += 1
    assert counted.content_keys == kept["alias"]
    assert counted.topic_keys == kept["none"]


def test_every_key_is_rotated_once_a_year(compared):
    _, resources = compared
    for key in (each["Properties"] for _, each in resources if each["Type"] == "AWS::KMS::Key"):
        assert (key["EnableKeyRotation"], key.get("RotationPeriodInDays")) == (True, None)


def test_health_checkers_run_no_function(compared):
    _, resources = compared
    configs = [
        each["Properties"]["DistributionConfig"]
        for _, each in resources
        if each["Type"] == "AWS::CloudFront::Distribution"
    ]
    behaviors = [behavior for config in configs for behavior in config["CacheBehaviors"]]
    health = [behavior for behavior in behaviors if "health" in behavior["PathPattern"]]
    assert health
    assert not any("FunctionAssociations" in behavior for behavior in health)


def test_functions_of_the_distribution(compared):
    counted, resources = compared
    assert counted.viewer_functions == sum(by_region(resources, "AWS::CloudFront::Function").values())


def test_additional_metrics_of_the_distribution_are_not_paid_for(compared):
    _, resources = compared
    assert not by_region(resources, "AWS::CloudFront::MonitoringSubscription")


@pytest.mark.parametrize("name", ["dns", "primary at the edge", "engine lambda"])
def test_every_rule_publishes_four_metrics(name):
    app = new_app()
    add_site(app, SITES[name])
    buckets = [
        each["Properties"]
        for stack in app.synth().stacks
        for each in stack.template["Resources"].values()
        if each["Type"] == "AWS::S3::Bucket"
    ]
    rules = [rule for each in buckets for rule in each.get("ReplicationConfiguration", {}).get("Rules", [])]
    assert all(rule["Destination"]["Metrics"]["Status"] == "Enabled" for rule in rules)
    assert sum(inventory(SITES[name]).replication_metrics.values()) == 4 * len(rules)


@pytest.mark.long
@settings(
    max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
@given(valid_configs(max_sites=1))
def test_any_site_is_counted_as_it_is_synthesized_and_has_a_price(text):
    (of,) = parse(text).sites
    counted, resources = inventory(of), synthesized(of)
    assert counted.alarms == by_region(resources, "AWS::CloudWatch::Alarm")
    assert len(counted.health_checks) == sum(by_region(resources, "AWS::Route53::HealthCheck").values())
    keys = Counter(counted.topic_keys) + Counter(counted.content_keys)
    assert keys == by_region(resources, "AWS::KMS::Key")
    assert counted.made_zones == sum(by_region(resources, "AWS::Route53::HostedZone").values())
    assert counted.viewer_functions == sum(by_region(resources, "AWS::CloudFront::Function").values())
    assert bill(Items(of, counted, told({})).all(), load(), free=True).total > 0
