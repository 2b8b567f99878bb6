"""Sites of one account that people call alike, or whose hostnames look alike, take nothing from each other."""

from collections.abc import Iterator

import pytest
from cdk_templates import text
from site_stacks import synthesized
from sites import CDN, site

EVERYTHING = f"""
    account = "123456789012"
    encryption = "kms"
    secondary = {{ type = "https" }}
    replication = {{ two_way = true }}
    clients = {{}}
    {CDN}
"""
EXTERNAL = 'secondary = { type = "external", hostname = "cdn.example.net" }\nclients = {}'
BY_FUNCTION = 'replication = { engine = "lambda" }\nclients = {}'
ELSEWHERE = """
    account = "123456789012"
    replica_account = "210987654321"
    clients = {}
"""
OPTIONS = {"everything": EVERYTHING, "external": EXTERNAL, "lambda": BY_FUNCTION, "replica account": ELSEWHERE}

NAMES = frozenset(
    {
        "AlarmName",
        "AliasName",
        "Aliases",
        "BucketName",
        "DomainName",
        "FunctionName",
        "LogGroupName",
        "ManagedPolicyName",
        "Name",
        "QueueName",
        "RoleName",
        "TopicName",
    }
)
"""Properties that are, of whatever type, the name of a resource in its account or everywhere."""
NAMELESS = frozenset({"AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"})
"""Types whose names nothing goes by: any number may have one."""


def physical_names(stack) -> Iterator[tuple[str, str]]:
    for resource in stack.template["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        configs = [value for key, value in properties.items() if key.endswith("Config") and isinstance(value, dict)]
        for table in (properties, *configs):
            named = [table[key] for key in NAMES & table.keys() if kind not in NAMELESS]
            yield from ((kind, text(name)) for name in named if not is_reference(name))
        for tag in properties.get("HealthCheckTags", ()):
            if tag["Key"] == "Name":
                yield kind, tag["Value"]


def is_reference(value):
    """Whether a property is what another resource of its own stack is called."""
    return isinstance(value, dict) and set(value) <= {"Ref", "Fn::GetAtt"}


def stacks(hostname, more, name="shop"):
    """The stacks of a site with everything that it asks for, by their places."""
    return synthesized(site(hostname=hostname, name=name, replicas=2, mode="hybrid", more=more))


def taken(stacks):
    """The names of a site's stacks and of everything in them."""
    names = {("stack", stack.stack_name) for stack in stacks}
    return names | {name for stack in stacks for name in physical_names(stack)}


@pytest.mark.parametrize(
    "hostnames",
    [
        ("a-b.example.com", "a.b.example.com"),
        pytest.param(("shop.example.com", "blog.example.com"), marks=pytest.mark.long),
        pytest.param(("shop.example.com", "edge.shop.example.com"), marks=pytest.mark.long),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("more", OPTIONS.values(), ids=OPTIONS)
def test_two_files_that_call_their_sites_alike_share_no_name(more, hostnames):
    one, other = (taken(stacks(hostname, more).values()) for hostname in hostnames)
    assert not one & other


def test_what_has_a_name_is_among_what_is_compared():
    kinds = {kind for kind, _ in taken(synthesized(site(replicas=2, more=EVERYTHING)).values())}
    assert kinds >= {
        "stack",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::OriginRequestPolicy",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::KMS::Alias",
        "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource",
        "AWS::Route53::HealthCheck",
        "AWS::Route53::RecordSet",
        "AWS::S3::Bucket",
    }
    assert ("AWS::IAM::Role", "s3-failover-shop-example-com-replication-eu-west-1") in taken(
        synthesized(site(more=ELSEWHERE)).values()
    )


@pytest.mark.parametrize("more", OPTIONS.values(), ids=OPTIONS)
def test_what_people_call_a_site_is_in_no_template(more):
    called = ("shop", "our-shop")
    one, other = (stacks("shop.example.com", more, name) for name in called)
    assert {name: stack.template for name, stack in one.items()} == {n: s.template for n, s in other.items()}
    assert {stack.stack_name for stack in one.values()} == {stack.stack_name for stack in other.values()}
