"""`Site` in other people's apps: where it may be, what it takes and refuses, and what it exposes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Aws, Duration, Environment, Fn, Stack, Stage, Token
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from cdk_templates import new_app, text
from constructs import Construct
from site_kinds import every_kind
from site_stacks import templates
from sites import site as from_toml

from s3_failover.config import ConfigError, load, parse
from s3_failover.config import alarms as expected_alarms
from s3_failover_stacks import (
    Alarms,
    CdnSettings,
    Clients,
    Existing,
    HostedZone,
    Mode,
    ReplicationSettings,
    Secondary,
    Site,
    add_sites,
)

ZONE = route53.HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com")
SHOP = {
    "hostname": "shop.example.com",
    "zone": ZONE,
    "primary_region": "eu-west-1",
    "replica_regions": ["eu-central-1"],
    "mode": Mode.DNS,
}
STACKS = {
    "website-eu-central-1",
    "primary-eu-west-1",
    "evacuation-eu-central-1",
    "edge-us-east-1",
    "alarms-eu-west-1",
    "alarms-eu-central-1",
    "dashboard-eu-central-1",
}


def shop(scope=None, construct_id="shop", **arguments):
    return Site(scope or new_app(), construct_id, **{**SHOP, **arguments})


def listed(assembly):
    """What `cdk ls` shows: the ids of all stacks, those of stages too."""
    inner = [each for nested in assembly.nested_assemblies for each in listed(nested.nested_assembly)]
    return {*(stack.hierarchical_id for stack in assembly.stacks), *inner}


# Where a site may be


def test_in_an_app_a_pattern_selects_the_stacks_of_a_site():
    app = new_app()
    Stack(app, "Other")
    shop(app)
    assert listed(app.synth()) == {"Other", *(f"shop/{each}" for each in STACKS)}


def test_in_a_stage_stacks_have_the_stages_account_and_the_names_by_which_commands_find_them():
    app = new_app()
    stage = Stage(app, "prod", env=Environment(account="111111111111", region="eu-west-1"))
    site = shop(stage)
    assembly = app.synth()
    assert listed(assembly) == {f"prod/shop/{each}" for each in STACKS}
    stacks = assembly.get_nested_assembly("assembly-prod").stacks
    assert {stack.stack_name for stack in stacks} == {
        site.config.naming.stack(*each) for each in site.config.own_stacks
    }
    assert {stack.environment.account for stack in stacks} == {"111111111111"}
    assert {stack.environment.region for stack in stacks} == {"eu-west-1", "eu-central-1", "us-east-1"}
    assert site.names.primary == "shop-example-com-primary-111111111111-eu-west-1"


@pytest.mark.parametrize(
    "kind", ["two-way", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("https-kms", "cdn", "lambda"))]
)
def test_a_site_has_the_same_templates_wherever_it_is(kind):
    config = every_kind()[kind]
    app = new_app()
    site = Site.from_config(Construct(Stage(app, "prod"), "Sites"), "Else", config)
    found = app.synth().get_nested_assembly("assembly-prod").stacks
    prefix = config.naming.stacks
    assert {stack.stack_name.removeprefix(prefix): stack.template for stack in found} == templates(config)
    assert len(site.stacks.all) == len(found)


@pytest.mark.parametrize("depth", [0, 1])
def test_a_site_inside_a_stack_is_refused_in_one_line(depth):
    scope = Stack(new_app(), "Mine")
    for _ in range(depth):
        scope = Construct(scope, "Inner")
    with pytest.raises(ValueError, match=r"got Mine(/Inner)?/shop inside a stack: give it the app, a stage") as caught:
        shop(scope)
    assert "\n" not in str(caught.value)


# What it takes


def test_arguments_are_what_the_file_says():
    config = shop(
        replica_regions=("eu-central-1", "ap-south-1"),
        zone=HostedZone(name="example.com", create=True),
        mode="hybrid",
        secondary=Secondary.external("shop.cdn.example.net"),
        tags={"Team": "web"},
        health_check_interval=Duration.seconds(10),
        record_ttl=Duration.minutes(2),
        origin_read_timeout=Duration.seconds(7),
        origin_completion_timeout=Duration.minutes(10),
        price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
        noncurrent_version_expiration=Duration.days(7),
        encryption=s3.BucketEncryption.KMS,
        replication=ReplicationSettings(two_way=True),
        cdn=CdnSettings(directories="redirect"),
        alarms=Alarms(critical_emails=("pager@example.com",)),
        clients=Clients(fleet_size=2),
        record_name=None,
    ).config
    assert config == from_toml(
        replicas=2,
        zone='name = "example.com", create = true',
        mode="hybrid",
        more="""
            secondary = { type = "external", hostname = "shop.cdn.example.net" }
            tags = { Team = "web" }
            health_check_interval = 10
            record_ttl = 120
            origin_read_timeout = 7
            origin_completion_timeout = 600
            price_class = "All"
            noncurrent_version_days = 7
            encryption = "kms"
            replication = { two_way = true }
            cdn = { directories = "redirect" }
            alarms = { critical_emails = ["pager@example.com"] }
            clients = { fleet_size = 2 }
        """,
    )


@pytest.mark.parametrize(("member", "written"), [("PRICE_CLASS_100", "100"), ("PRICE_CLASS_200", "200")])
def test_price_classes_are_those_of_the_cdk(member, written):
    assert shop(price_class=cloudfront.PriceClass[member]).config.price_class == written


def test_a_file_makes_the_same_sites(tmp_path):
    path = tmp_path / "failover.toml"
    one = 'primary_region = "eu-west-1"\nreplica_regions = ["eu-central-1"]\nmode = "dns"\n'
    one += 'hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }\n'
    path.write_text("".join(f'[sites.{name}]\nhostname = "{name}.example.com"\n{one}' for name in ("shop", "blog")))
    app = new_app()
    sites = add_sites(app, path)
    assert {name: site.config for name, site in sites.items()} == {
        site.name: site for site in parse(path.read_text()).sites
    }
    # Two sites of a file share a dashboard, and the first one in Python has its own.
    without = {"exclude": {"dashboard"}}
    assert sites["shop"].config.model_dump(**without) == shop().config.model_dump(**without)
    assert {each.partition("/")[0] for each in listed(app.synth())} == {"shop", "blog"}


# What it refuses


@pytest.mark.parametrize(
    ("arguments", "toml", "rule"),
    [
        ({"viewer_https": "hsts"}, 'viewer_https = "hsts"', "SITE-HSTS"),
        ({"viewer_https": "HSTS"}, 'viewer_https = "HSTS"', "CONFIG-VALUE"),
        ({"primary_region": "eu-central-1"}, None, "SITE-REGIONS"),
        ({"hostname": ""}, None, "SITE-HOSTNAME"),
        ({"record_tll": 60}, "record_tll = 60", "CONFIG-UNKNOWN-KEY"),
    ],
)
def test_what_the_file_refuses_is_refused_in_the_same_words(arguments, toml, rule):
    app = new_app()
    with pytest.raises(ConfigError) as caught:
        shop(app, **arguments)
    (finding,) = caught.value.findings
    assert finding.id.startswith(rule)
    changes = {
        "primary": arguments.get("primary_region", "eu-west-1"),
        "hostname": arguments.get("hostname", "shop.example.com"),
    }
    with pytest.raises(ConfigError) as of_file:
        from_toml(more=toml or "", **changes)
    (same,) = of_file.value.findings
    expected = (
        str(same).replace(" sites.shop.", " ").replace('secondary = { type = "https" }', "secondary=Secondary.https()")
    )
    assert str(finding) == expected
    assert app.node.children == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"record_ttl": 60}, r"record_ttl must be of type Duration, got 60: write Duration.seconds\(60\)"),
        (
            {"access_log_expiration": 3},
            r"access_log_expiration must be of type Duration, got 3: write Duration.days\(3\)",
        ),
        ({"zone": "example.com"}, "zone must be of type HostedZoneAttributes, got 'example.com'"),
        ({"encryption": "kms"}, "encryption must be of type BucketEncryption, got 'kms'"),
        ({"price_class": "100"}, "price_class must be of type PriceClass"),
    ],
)
def test_an_argument_of_another_type_is_refused_by_its_name(arguments, words):
    with pytest.raises(TypeError, match=words):
        shop(**arguments)


TOKEN = "got a token, expected a value that is known at synthesis; write it out"


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"hostname": Aws.STACK_NAME}, "hostname"),
        ({"account": Aws.ACCOUNT_ID}, "account"),
        ({"primary_region": Aws.REGION}, "primary_region"),
        ({"replica_regions": [Aws.REGION]}, "replica_regions"),
        ({"replica_regions": Fn.split(",", Aws.REGION)}, "replica_regions"),
        ({"aliases": (Aws.STACK_NAME,)}, "aliases"),
        ({"tags": {"Stack": Aws.STACK_NAME}}, "tags.Stack"),
        ({"zone": HostedZone(name="example.com", id=Aws.STACK_ID)}, "zone.id"),
        (
            {"zone": route53.HostedZoneAttributes(hosted_zone_id=Aws.STACK_ID, zone_name="example.com")},
            "zone.hosted_zone_id",
        ),
        ({"cdn": CdnSettings(web_acl_arn=Aws.STACK_ID)}, "cdn.web_acl_arn"),
        ({"record_ttl": Duration.seconds(Token.as_number(Aws.STACK_ID))}, "record_ttl"),
    ],
)
def test_a_token_is_refused_as_one(arguments, where):
    with pytest.raises(ValueError) as refused:
        shop(**arguments)
    assert str(refused.value) == f"{where}: {TOKEN}"


def test_the_arn_of_a_certificate_that_is_a_token_is_refused():
    with pytest.raises(
        ValueError, match=r"^certificate: got a token, expected an ARN .*; pass the certificate itself$"
    ):
        shop(certificate=Aws.STACK_ID)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"record_ttl": Duration.millis(1500)}, "record_ttl: got 1 second 500 millis, expected whole seconds"),
        ({"noncurrent_version_expiration": Duration.hours(30)}, "noncurrent_version_expiration: got 1 day 6 hours"),
    ],
)
def test_a_duration_that_is_no_whole_number_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        shop(**arguments)


@pytest.mark.parametrize(
    ("arguments", "where", "parts"),
    [
        ({"accept_empty_copies": "yes"}, "accept_empty_copies", ["expected True or False", "the default is False"]),
        ({"zone": HostedZone(name="example.com", id="x")}, "zone", ["expected a hosted zone id"]),
        ({"zone": HostedZone(name="example.com")}, "zone", ["create=True"]),
        ({"viewer_https": "hsts"}, "viewer_https", ["use secondary=Secondary.https()"]),
        ({"viewer_https": "redirect"}, "viewer_https", ["or mode=Mode.HYBRID"]),
        ({"certificate": "arn:aws:acm:eu-west-1:1:certificate/x"}, "certificate", ["arn:aws:acm:us-east-1:ACCOUNT"]),
        ({"record_ttl": Duration.hours(2)}, "record_ttl", ["expected a whole number from 1 to 3600, in seconds"]),
        ({"access_log_expiration": Duration.days(0)}, "access_log_expiration", ["from 1 to 36500, in days"]),
        ({"encryption": s3.BucketEncryption.DSSE}, "encryption", ["expected BucketEncryption.S3_MANAGED or KMS"]),
        ({"secondary": "https"}, "secondary", ["expected Secondary.website(), .https() or .external(...)"]),
        ({"cdn": "x"}, "cdn", ["expected CdnSettings(...)"]),
        ({"mode": "both"}, "mode", ["expected Mode.DNS or Mode.HYBRID", "mode=Mode.HYBRID"]),
        ({"tags": ["x"]}, "tags", ["expected a mapping of strings"]),
        ({"replica_regions": "eu-central-1"}, "replica_regions", ['write replica_regions=["eu-central-1"]']),
        ({"existing": Existing(replica_buckets={"us-west-2": "abc"})}, "replica_buckets", ['got "us-west-2"']),
    ],
)
def test_a_refused_site_speaks_python(arguments, where, parts):
    with pytest.raises(ConfigError) as refused:
        shop(**arguments)
    (finding,) = refused.value.findings
    assert finding.where == where
    assert [part for part in parts if part not in str(finding)] == []
    assert not re.search(r"\w = |hosted_zone|\btrue\b|\bfalse\b|certificate_arn|_days", str(finding))


def test_a_scope_that_is_no_construct_is_refused_by_its_name():
    with pytest.raises(TypeError, match="scope"):
        Site("app", "shop", **SHOP)


def test_a_site_is_called_by_its_id_alone():
    with pytest.raises(TypeError, match="name"):
        shop(name="other")


def test_a_required_argument_is_missed_by_its_name():
    with pytest.raises(ConfigError, match="CONFIG-MISSING-KEY replica_regions"):
        Site(new_app(), "shop", **{name: value for name, value in SHOP.items() if name != "replica_regions"})


def test_two_sites_of_one_hostname_are_refused_wherever_in_the_app_they_are():
    app = new_app()
    shop(Stage(app, "beta"))
    with pytest.raises(ConfigError, match="SITES-HOSTNAME-UNIQUE hostname\n") as caught:
        shop(Stage(app, "prod"))
    assert "beta/shop" in str(caught.value)
    shop(app, hostname="other.example.com", construct_id="other")


def test_sites_of_two_apps_are_no_neighbours():
    shop(App())
    shop(App())


def test_a_refused_site_is_no_neighbour():
    app = new_app()
    with pytest.raises(ConfigError):
        shop(app, viewer_https="hsts")
    shop(app)


# What it exposes


@pytest.fixture(scope="module")
def whole():
    return shop(
        new_app(),
        account="111111111111",
        mode="hybrid",
        replica_regions=["eu-central-1", "ap-south-1"],
        secondary=Secondary.external("shop.cdn.example.net"),
        encryption=s3.BucketEncryption.KMS,
        clients=Clients(),
        existing=Existing(),
    )


def test_all_that_a_site_makes_can_be_reached(whole):
    names = whole.names
    assert isinstance(whole.primary, s3.Bucket)
    assert list(whole.replicas) == ["eu-central-1", "ap-south-1"]
    assert whole.replicas["ap-south-1"] is whole.stacks.replicas["ap-south-1"].bucket
    assert whole.distribution.domain_names == ("shop.example.com",)
    assert whole.health_checks.failover.node.scope is whole.health_checks
    assert whole.records.node.scope is whole.stacks.edge
    assert whole.client_policy is whole.stacks.clients.client_policy
    assert set(whole.topics) == {
        "edge-us-east-1",
        "alarms-eu-west-1",
        "alarms-eu-central-1",
        "alarms-ap-south-1",
        "clients-ap-south-1",
    }
    assert whole.stacks.secondary.origin_policy.managed_policy_arn
    assert names.primary == "shop-example-com-primary-111111111111-eu-west-1"


def test_alarms_are_known_by_what_they_are_on(whole):
    kinds = {
        kind for role, region in whole.config.own_stacks for kind in expected_alarms.kinds(whole.config, role, region)
    }
    assert set(whole.alarms) == kinds
    assert whole.alarms["no-healthy-leg"] is whole.stacks.edge.alarms.stranded


def test_a_replica_that_is_there_already_is_known_by_its_name():
    existing = Existing(replica_buckets={"eu-central-1": "shop.example.com"})
    assert shop(existing=existing).replicas["eu-central-1"].bucket_name == "shop.example.com"


def test_a_site_without_clients_has_no_policy_for_them():
    assert shop().client_policy is None


def test_a_behavior_can_be_added():
    site = shop(mode="hybrid")
    site.distribution.distribution.add_behavior("/api/*", origins.HttpOrigin("api.example.com"))
    (found,) = Template.from_stack(site.stacks.edge).find_resources("AWS::CloudFront::Distribution").values()
    config = found["Properties"]["DistributionConfig"]
    ids = {each["Id"] for each in (*config["Origins"], *config["OriginGroups"]["Items"])}
    targets = {each["TargetOriginId"] for each in (config["DefaultCacheBehavior"], *config["CacheBehaviors"])}
    assert targets <= ids
    assert len(config["CacheBehaviors"]) == 2


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("metric_primary_healthy", "HealthCheckStatus"),
        ("metric_secondary_healthy", "HealthCheckStatus"),
        ("metric_viewer_errors", "5xxErrorRate"),
    ],
)
def test_metrics_are_those_of_the_alarms_in_their_region(whole, metric, name):
    found = getattr(whole, metric)()
    assert (found.metric_name, found.region) == (name, "us-east-1")


def test_viewers_on_the_secondary_can_be_drawn(whole):
    found = whole.metric_viewers_on_secondary()
    assert found.expression == "1 - healthy"
    cloudwatch.GraphWidget(left=[found])


# Grants


def granted(way, **arguments):
    """The statements that a role in a stack of another region gets, by action."""
    app = new_app()
    site = shop(app, **{"account": "111111111111", **arguments})
    stack = Stack(app, "Mine", env=Environment(account="111111111111", region="us-west-2"))
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    getattr(site, way)(role)
    assert stack.dependencies == []
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    return {
        action: resources(statement)
        for statement in statements
        for action in (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])
    }


def resources(statement):
    found = statement["Resource"]
    return {text(each).replace("<AWS::Partition>", "aws") for each in (found if isinstance(found, list) else [found])}


PRIMARY, REPLICA = "arn:aws:s3:::shop-example-com-primary-111111111111-eu-west-1", "arn:aws:s3:::shop.example.com"


@pytest.mark.parametrize("grant", ["grant_read", "grant_publish"])
def test_a_grant_to_a_name_is_refused(grant):
    with pytest.raises(
        TypeError, match=r"^grantee: got 'role', expected a role or a user; pass a role or a user, as in"
    ):
        getattr(shop(), grant)("role")


def test_readers_read_and_list_every_copy_and_nothing_else():
    assert granted("grant_read") == {
        "s3:GetObject": {f"{PRIMARY}/*", f"{REPLICA}/*"},
        "s3:GetObjectVersion": {f"{PRIMARY}/*", f"{REPLICA}/*"},
        "s3:ListBucket": {PRIMARY, REPLICA},
        "s3:ListBucketVersions": {PRIMARY, REPLICA},
    }


def test_publishers_write_to_the_primary_alone_and_invalidate():
    found = granted("grant_publish", distribution_id="E1ABCDEFGHIJKL")
    assert found["s3:PutObject"] == found["s3:DeleteObject"] == {f"{PRIMARY}/*"}
    assert found["s3:GetObject"] == {f"{PRIMARY}/*", f"{REPLICA}/*"}
    assert found["cloudfront:CreateInvalidation"] == {"arn:aws:cloudfront::111111111111:distribution/E1ABCDEFGHIJKL"}


def test_keys_are_granted_by_their_alias():
    keyed = {"encryption": s3.BucketEncryption.KMS, "secondary": Secondary.https(), "mode": "hybrid"}
    assert granted("grant_publish", **keyed)["kms:GenerateDataKey"] == {"arn:aws:kms:*:111111111111:key/*"}
    assert "kms:Decrypt" in granted("grant_read", **keyed)


def test_a_principal_without_a_policy_of_its_own_cannot_be_granted_anything():
    with pytest.raises(ValueError, match="grant to a role or a user"):
        shop().grant_read(iam.ServicePrincipal("lambda.amazonaws.com"))


def test_importing_a_site_needs_neither_nag_nor_boto3():
    program = "import json, sys, s3_failover_stacks; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        # jsii starts Node.js, which the virtual environment brings.
        env={"PYTHONPATH": ":".join(sys.path), "JSII_NODE": os.environ["JSII_NODE"]},
    )
    loaded = json.loads(run.stdout)
    assert "cdk_nag" not in loaded
    assert not [
        name
        for name in loaded
        if name.startswith(("boto3", "s3_failover.client", "s3_failover.operations", "s3_failover.cli."))
    ]


# What the commands read


def test_commands_read_the_settings_from_the_assembly():
    app = new_app()
    site = shop(app, mode="hybrid", record_ttl=Duration.seconds(30))
    app.synth()
    assert load(Path(app.outdir)).sites == (site.config,)


def test_each_stage_has_the_settings_of_its_sites_with_its_account():
    app = new_app()
    for number, name in enumerate(("beta", "prod"), start=1):
        stage = Stage(app, name, env=Environment(account=str(number) * 12, region="eu-west-1"))
        shop(stage, hostname=f"{name}.example.com")
    app.synth()
    for number, name in enumerate(("beta", "prod"), start=1):
        (site,) = load(Path(app.outdir) / f"assembly-{name}").sites
        assert (site.name, site.hostname, site.account) == ("shop", f"{name}.example.com", str(number) * 12)


def test_an_app_without_sites_writes_no_settings():
    app = new_app()
    Stack(app, "Other")
    app.synth()
    assert not (Path(app.outdir) / "s3-failover.json").exists()
