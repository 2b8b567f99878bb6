"""Health checks and alarms of sites that are built in another way than ours."""

import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from cdk_templates import text
from construct_samples import sample_stack

from s3_failover_constructs import EdgeAlarms, Endpoint, FailoverHealthChecks, FailoverWhen, website_endpoint

MAIN, STANDBY = Endpoint("d1.cloudfront.net", path="/healthz"), Endpoint("d2.cloudfront.net", path="/standby")
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def asked(stack):
    """What health checkers ask, in the order of the checks."""
    found = Template.from_stack(stack).find_resources("AWS::Route53::HealthCheck").values()
    configs = [each["Properties"]["HealthCheckConfig"] for each in found]
    return [(c["Type"], text(c["FullyQualifiedDomainName"]), c["ResourcePath"]) for c in configs if "ResourcePath" in c]


def kinds(stack):
    resources = Template.from_stack(stack).to_json()["Resources"].items()
    return {name.removeprefix("Alarms")[:-8] for name, each in resources if each["Type"] in ALARMS}


def test_two_distributions_need_two_checks():
    stack = sample_stack()
    checks = FailoverHealthChecks(stack, "Checks", primary=MAIN, secondary=STANDBY)
    EdgeAlarms(stack, "Alarms", failover=checks.failover, primary=checks.primary, secondary=checks.secondary)
    assert checks.failover is checks.primary
    assert checks.distribution is None
    assert asked(stack) == [("HTTPS", "d1.cloudfront.net", "/healthz"), ("HTTPS", "d2.cloudfront.net", "/standby")]
    assert kinds(stack) == {"Failover", "Secondary", "Stranded"}


def test_a_website_as_primary_is_asked_over_http():
    stack = sample_stack()
    names = [website_endpoint("www.example.com", region) for region in ("eu-west-1", "us-east-1")]
    primary, secondary = (Endpoint(name, https=False) for name in names)
    FailoverHealthChecks(stack, "Checks", primary=primary, secondary=secondary, health_key="health.txt")
    assert asked(stack) == [("HTTP", name, "/health.txt") for name in names]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "cn-north-1"])
def test_a_website_that_would_be_unhealthy_for_ever_is_refused(region):
    name = website_endpoint("www.example.com", region)
    with pytest.raises(ValueError, match=rf"^https: got 'True for {name}', expected False; .* write https=False"):
        Endpoint(name)


def test_a_load_balancer_is_asked_for_what_the_team_has():
    stack = sample_stack()
    balancer = elb.ApplicationLoadBalancer(stack, "Alb", vpc=ec2.Vpc(stack, "Vpc"))
    FailoverHealthChecks(stack, "Checks", primary=Endpoint(balancer.load_balancer_dns_name, path="/up?deep=1"))
    ((scheme, name, path),) = asked(stack)
    assert (scheme, path) == ("HTTPS", "/up?deep=1")
    assert name.startswith("<Alb")


def test_one_endpoint_is_enough():
    stack = sample_stack()
    checks = FailoverHealthChecks(stack, "Checks", primary=Endpoint("www-origin.example.com"))
    EdgeAlarms(stack, "Alarms", failover=checks.failover)
    assert asked(stack) == [("HTTPS", "www-origin.example.com", "/")]
    assert kinds(stack) == {"Failover"}


def test_a_distribution_that_decides_alone_needs_no_check_behind_it():
    stack = sample_stack()
    when = FailoverWhen.DISTRIBUTION
    checks = FailoverHealthChecks(stack, "Checks", distribution=MAIN, failover_when=when)
    assert checks.failover is checks.distribution
    assert len(asked(stack)) == 1


def test_health_checks_of_ones_own_take_part():
    stack = sample_stack()
    own = route53.HealthCheck(
        stack, "Own", type=route53.HealthCheckType.TCP, fqdn="www.example.com", port=8443, measure_latency=True
    )
    checks = FailoverHealthChecks(stack, "Checks", primary=own, distribution=MAIN)
    assert checks.primary is own
    (calculated,) = (
        each["Properties"]["HealthCheckConfig"]
        for each in Template.from_stack(stack).find_resources("AWS::Route53::HealthCheck").values()
        if each["Properties"]["HealthCheckConfig"]["Type"] == "CALCULATED"
    )
    assert text(calculated["ChildHealthChecks"][0]).startswith("<Own")
    assert calculated["HealthThreshold"] == len(calculated["ChildHealthChecks"]) == 2


def test_alarms_watch_a_health_check_that_is_there_already():
    stack = sample_stack()
    there = route53.HealthCheck.from_health_check_id(stack, "There", "11111111-2222-3333-4444-555555555555")
    EdgeAlarms(stack, "Alarms", failover=there)
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert alarm["Properties"]["Dimensions"][0]["Value"] == "11111111-2222-3333-4444-555555555555"


def test_alarms_watch_a_second_distribution_alone():
    stack = sample_stack()
    standby = cloudfront.Distribution.from_distribution_attributes(
        stack, "Standby", distribution_id="E2", domain_name="d2.cloudfront.net"
    )
    made = EdgeAlarms(stack, "Alarms", distribution=standby)
    assert kinds(stack) == {"CdnErrors"}
    assert made.failover is made.stranded is made.distribution is None


def test_the_alarm_on_the_distributions_check_can_be_reached():
    stack = sample_stack()
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="content", region="eu-west-1")
    primary = Endpoint(bucket.bucket_regional_domain_name, path="/health.txt")
    checks = FailoverHealthChecks(stack, "Checks", primary=primary, distribution=MAIN)
    made = EdgeAlarms(stack, "Alarms", failover=checks.failover, distribution_check=checks.distribution)
    assert made.distribution.node.path == "Test/Alarms/Distribution"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "primary: got None, expected an Endpoint or a health check; give what decides"),
        ({"secondary": STANDBY}, "primary: got None, expected an Endpoint or a health check; give what decides"),
        (
            {"primary": MAIN, "failover_when": FailoverWhen.DISTRIBUTION},
            "distribution: got None, expected an Endpoint or a health check; FailoverWhen.DISTRIBUTION needs it",
        ),
    ],
)
def test_checks_of_which_none_decides_are_refused(given, message):
    with pytest.raises(ValueError) as refused:
        FailoverHealthChecks(sample_stack(), "Checks", **given)
    assert str(refused.value) == message


@pytest.mark.parametrize("leg", ["primary", "distribution", "secondary"])
def test_a_bare_name_is_no_endpoint(leg):
    given = {"primary": MAIN} | {leg: "d1.cloudfront.net"}
    expected = f"^{leg}: got 'd1.cloudfront.net', expected an Endpoint or a health check; write it as in {leg}=Endpoint"
    with pytest.raises(TypeError, match=expected):
        FailoverHealthChecks(sample_stack(), "Checks", **given)


@pytest.mark.parametrize("path", ["healthz", "/a b", "/" + "x" * 255, "/é"])
def test_a_path_that_route_53_does_not_take_is_refused(path):
    with pytest.raises(
        ValueError, match=r"^path: got '.*, expected a slash and up to 254 .*; write it as in /healthz$"
    ):
        Endpoint("d1.cloudfront.net", path=path)


def test_alarms_say_what_the_team_wants_them_to():
    stack = sample_stack()
    there = route53.HealthCheck.from_health_check_id(stack, "There", "11111111-2222-3333-4444-555555555555")
    EdgeAlarms(stack, "Alarms", failover=there, primary=there, descriptions={"failover": "Read {our} page."})
    (alarm,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert alarm["Properties"]["AlarmDescription"] == "Read {our} page."
    with pytest.raises(
        ValueError, match=r"^descriptions: got 'cdn', expected some of failover, .*; name an attribute$"
    ):
        EdgeAlarms(stack, "Others", failover=there, descriptions={"cdn": "x"})


def test_alarms_on_nothing_are_refused():
    with pytest.raises(ValueError, match=r"^failover: got None, expected a health check, here or elsewhere, or a dist"):
        EdgeAlarms(sample_stack(), "Alarms")


@pytest.mark.parametrize("check", ["failover", "primary", "distribution_check", "secondary"])
def test_all_checks_together_are_no_check(check):
    stack = sample_stack()
    checks = FailoverHealthChecks(stack, "Checks", primary=MAIN)
    with pytest.raises(
        TypeError, match=rf"^{check}: got <.*, expected a health check; pass one, or HealthCheck\.from_"
    ):
        EdgeAlarms(stack, "Alarms", **{check: checks})
