"""What a preflight expects of a deployment, from the configuration alone, is what the stacks define."""

from collections import Counter

import pytest
from cdk_templates import new_app
from site_stacks import add_site
from sites import APP, CDN, site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.operations import limits
from s3_failover.operations.account import Account
from s3_failover.operations.buckets import wanted
from s3_failover.operations.preflight import bootstrap, names
from s3_failover.operations.preflight.ground import Ground, PreflightPlan, regions

ACCOUNT = "111111111111"
HERE = f'account = "{ACCOUNT}"\n'
SITES = {
    "dns": site(more=HERE),
    "hybrid, clients": site(mode="hybrid", replicas=2, more=f"{HERE}clients = {{}}"),
    "clients elsewhere": site(more=f'{HERE}clients = {{ alarm_region = "ca-central-1" }}'),
    "primary at the edge": site(primary="us-east-1", replicas=3, more=f"{HERE}clients = {{}}"),
    "two-way": site(replicas=2, more=f"{HERE}replication = {{ two_way = true }}"),
    "engine lambda": site(replicas=2, more=f'{HERE}replication = {{ engine = "lambda" }}'),
    "https": site(more=f'{HERE}secondary = {{ type = "https" }}\nencryption = "kms"'),
    "two accounts": site(
        mode="hybrid",
        replicas=2,
        more=f"""{HERE}replica_account = "222222222222"
        encryption = "kms"
        secondary = {{ type = "external", hostname = "shop.cdn.example.net" }}""",
    ),
    "existing": site(
        replicas=2,
        more=f"""{HERE}secondary = {{ type = "https" }}
        existing = {{ primary_bucket = "there", replica_buckets = {{ eu-central-1 = "there-too" }} }}""",
    ),
    "existing logs": site(
        more=f'{HERE}existing = {{ log_buckets = {{ eu-west-1 = "logs" }}, cdn_log_bucket = "cdn-logs" }}'
    ),
    "made zone": site(zone='name = "example.com", create = true', more=HERE),
    "apex": site(hostname="example.com", more=HERE),
    "hsts": site(more=f'{HERE}secondary = {{ type = "https" }}\nviewer_https = "hsts"'),
    "cdn": site(more=HERE + CDN),
    "app": site(more=HERE + APP),
    "no functions": site(more=f'{HERE}cdn = {{ directories = "off" }}'),
}
KINDS = {
    "health checks": "AWS::Route53::HealthCheck",
    "distributions": "AWS::CloudFront::Distribution",
    "CloudFront functions": "AWS::CloudFront::Function",
    "response headers policies": "AWS::CloudFront::ResponseHeadersPolicy",
    "origin request policies": "AWS::CloudFront::OriginRequestPolicy",
    "origin access controls": "AWS::CloudFront::OriginAccessControl",
    "IAM roles": "AWS::IAM::Role",
    "buckets": "AWS::S3::Bucket",
}


@pytest.fixture(scope="module", params=SITES)
def deployed(request):
    """A site, and its stacks in its own account."""
    app = new_app()
    add_site(app, SITES[request.param])
    stacks = app.synth().stacks
    return SITES[request.param], [stack for stack in stacks if stack.environment.account == ACCOUNT]


def resources(stacks, kind):
    return [
        (stack, each["Properties"])
        for stack in stacks
        for each in stack.template.get("Resources", {}).values()
        if each["Type"] == kind
    ]


def test_what_uses_up_quotas(deployed):
    of, stacks = deployed
    made = {what: len(resources(stacks, kind)) for what, kind in KINDS.items()}
    assert Counter(limits.adds(of, ACCOUNT)) == Counter(made)
    assert made.keys() == limits.DEFAULTS.keys()


def test_buckets_and_the_stacks_that_make_them(deployed):
    of, stacks = deployed
    made = {
        (each["BucketName"], stack.environment.region, stack.stack_name)
        for stack, each in resources(stacks, KINDS["buckets"])
    }
    expected = [each for each in wanted(of, ACCOUNT) if each.role is not None]
    assert {(each.name, each.region, of.naming.stack(each.role, each.region)) for each in expected} == made


def test_regions(deployed):
    of, stacks = deployed
    assert set(regions(of)) == {stack.environment.region for stack in stacks}


def test_roles_of_stacks(deployed):
    of, stacks = deployed
    expected = of.own_stacks
    assert {of.naming.stack(*each) for each in expected} == {stack.stack_name for stack in stacks}


def test_names_of_keys_and_of_the_replication_role(deployed):
    of, stacks = deployed
    ground = Ground(PreflightPlan(of), Account(ACCOUNT, None))
    parts = {look.part for look in names.looks(ground)}
    aliases = [(stack, each["AliasName"]) for stack, each in resources(stacks, "AWS::KMS::Alias")]
    content = {f"{name} in {stack.environment.region}" for stack, name in aliases if name == of.key_alias}
    assert {part for part in parts if part.startswith("alias/")} == content
    roles = {f"role {each['RoleName']}" for _, each in resources(stacks, "AWS::IAM::Role") if "RoleName" in each}
    assert {part for part in parts if part.startswith("role ")} <= roles


def test_records_and_their_stacks(deployed):
    of, stacks = deployed
    edge = [stack for stack in stacks if stack.stack_name == of.naming.stack(StackRole.EDGE, EDGE_REGION)]
    made = {each["Name"].rstrip(".") for _, each in resources(edge, "AWS::Route53::RecordSet")}
    assert made == {of.failover_name}


def test_the_bootstrap_that_the_stacks_ask_for(deployed):
    _, stacks = deployed
    for stack in stacks:
        (parameter,) = [each for name, each in stack.template["Parameters"].items() if "Bootstrap" in name]
        assert parameter["Default"].startswith("/cdk-bootstrap/")
        assert (stack.requires_bootstrap_stack_version or 0) <= bootstrap.OLDEST
