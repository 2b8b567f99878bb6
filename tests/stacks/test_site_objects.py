"""What a `Site` takes as objects of the CDK: buckets and a certificate of the app's, protection of its stacks."""

import pytest
from aws_cdk import Environment, Stack, Stage
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from cdk_templates import new_app, statements, text

from s3_failover.config import ConfigError, Existing
from s3_failover.policies import DocumentKind, documents
from s3_failover_stacks import Mode, ReplicationSettings, Secondary, Site

ARN = "arn:aws:acm:us-east-1:111111111111:certificate/0f1e2d3c"
SHOP = {
    "hostname": "shop.example.com",
    "zone": route53.HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"),
    "primary_region": "eu-west-1",
    "replica_regions": ["eu-central-1"],
    "mode": Mode.DNS,
    "account": "111111111111",
}


def mine(app, region="eu-west-1", name="Mine"):
    return Stack(app, name, env=Environment(account="111111111111", region=region))


def shop(scope, **arguments):
    return Site(scope, "shop", **{**SHOP, **arguments})


def imported(stack, name="acme-content", **attributes):
    return s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, **attributes)


def owned(stack, name="acme-content", *, versioned=True):
    return s3.Bucket(stack, "Content", bucket_name=name, versioned=versioned)


def as_list(value):
    return value if isinstance(value, list) else [value]


def rendered(stack):
    return Template.from_stack(stack).to_json()


# Buckets


def test_a_bucket_of_another_stage_is_refused():
    app = new_app()
    bucket = owned(mine(app))
    with pytest.raises(
        ValueError, match=r"^primary_bucket: got 'Mine/Content of the app', expected a bucket of prod; make it in"
    ):
        shop(Stage(app, "prod"), primary_bucket=bucket)


def test_a_bucket_that_is_there_is_what_the_file_calls_existing():
    app = new_app()
    bucket = imported(mine(app), region="eu-west-1")
    site = shop(app, primary_bucket=bucket)
    same = shop(new_app(), existing=Existing(primary_bucket="acme-content"))
    assert site.config == same.config
    assert site.primary is bucket
    assert rendered(site.stacks.primary) == rendered(same.stacks.primary)
    assert rendered(site.stacks.edge) == rendered(same.stacks.edge)


def test_replicas_that_are_there_are_known_by_their_regions():
    app = new_app()
    there = imported(mine(app), "acme-copy", region="eu-central-1")
    site = shop(app, replica_buckets={"eu-central-1": there}, secondary=Secondary.external("cdn.example.net"))
    assert site.config.existing == Existing(replica_buckets={"eu-central-1": "acme-copy"})
    assert site.replicas == {"eu-central-1": there}
    assert site.stacks.replicas == {}


def test_a_name_is_still_that_of_the_bucket_that_is_made():
    assert shop(new_app(), primary_bucket="acme-content").config.primary_bucket == "acme-content"


def test_a_bucket_of_the_app_gets_the_policy_that_the_file_would_have_printed():
    app = new_app()
    stack = mine(app)
    bucket = owned(stack)
    site = shop(app, primary_bucket=bucket)
    (document,) = (each for each in documents(site.config, "111111111111") if each.kind is DocumentKind.POLICY)
    found, arn = statements(stack), text(stack.resolve(bucket.bucket_arn))
    for statement in document.body["Statement"]:
        (resource,) = as_list(statement["Resource"])
        written = {**found[statement["Sid"]]}
        assert text(written.pop("Resource")).replace(arn, "arn:aws:s3:::acme-content") == resource
        assert written == {name: value for name, value in statement.items() if name != "Resource"}
    assert {each.node.path for each in site.stacks.primary.dependencies} >= {"Mine"}


def test_a_replica_of_the_app_gets_its_policy_too():
    app = new_app()
    stack = mine(app, "eu-central-1")
    shop(app, replica_buckets={"eu-central-1": owned(stack)}, secondary=Secondary.external("cdn.example.net"))
    assert statements(stack)


@pytest.mark.parametrize(
    ("region", "make", "message"),
    [
        (
            "eu-west-1",
            lambda stack: s3.Bucket(stack, "Content", versioned=True),
            "primary_bucket: got Mine/Content without a name that is known at synthesis, expected one, because other "
            "regions name it; give it a bucket_name",
        ),
        (
            "us-west-2",
            owned,
            "primary_bucket: got 'acme-content in us-west-2', expected a bucket in eu-west-1; correct the region",
        ),
        (
            "eu-west-1",
            lambda stack: imported(stack, region="us-west-2"),
            "primary_bucket: got 'acme-content in us-west-2', expected a bucket in eu-west-1; correct the region",
        ),
        (
            "eu-west-1",
            lambda stack: owned(stack, versioned=False),
            "replication needs versions, got Mine/Content without versioning: set versioned=True",
        ),
    ],
)
def test_a_bucket_that_will_not_do_is_refused(region, make, message):
    app = new_app()
    with pytest.raises(ValueError) as refused:
        shop(app, primary_bucket=make(mine(app, region)))
    assert str(refused.value) == message


def test_an_import_without_a_region_may_be_anywhere():
    app = new_app()
    bucket = s3.Bucket.from_bucket_name(mine(app, "us-west-2"), "Content", "acme-content")
    assert shop(app, primary_bucket=bucket).config.existing.primary_bucket == "acme-content"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"primary_bucket": 7},
            r"^primary_bucket: got 7, expected a bucket; pass a bucket, as in s3.Bucket.from_bucket",
        ),
        ({"replica_buckets": ["x"]}, r"^replica_buckets: got \['x'\], expected a mapping of regions; write it as in"),
        ({"replica_buckets": {"eu-central-1": "x"}}, r"^replica_buckets: got 'x', expected a bucket; pass a bucket"),
    ],
)
def test_what_is_no_bucket_is_refused_by_its_name(arguments, message):
    with pytest.raises(TypeError, match=message):
        shop(new_app(), **arguments)


def test_a_bucket_is_named_once():
    app = new_app()
    with pytest.raises(ValueError, match=r"^existing\.primary_bucket: got 'other', expected nothing beside buckets of"):
        shop(app, primary_bucket=imported(mine(app)), existing=Existing(primary_bucket="other"))


def test_log_buckets_may_stand_beside_buckets():
    app = new_app()
    existing = Existing(cdn_log_bucket="acme-logs")
    site = shop(app, primary_bucket=imported(mine(app)), existing=existing)
    assert site.config.existing == Existing(primary_bucket="acme-content", cdn_log_bucket="acme-logs")


def test_rules_hold_for_buckets_as_they_do_in_the_file():
    app = new_app()
    with pytest.raises(ConfigError, match=r"SITE-TWO-WAY-EXISTING replication\.two_way"):
        shop(app, primary_bucket=imported(mine(app)), replication=ReplicationSettings(two_way=True))


# The certificate


def certificates(app, region="us-east-1"):
    stack = mine(app, region, "Certificates")
    return acm.Certificate(stack, "Sites", domain_name="*.example.com", validation=acm.CertificateValidation.from_dns())


def viewer_certificate(site):
    (found,) = Template.from_stack(site.stacks.edge).find_resources("AWS::CloudFront::Distribution").values()
    return found["Properties"]["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"]


def test_a_certificate_that_is_there_is_a_setting():
    app = new_app()
    there = acm.Certificate.from_certificate_arn(mine(app), "There", ARN)
    for given in (there, ARN):
        site = shop(new_app(), certificate=given)
        assert site.config.certificate_arn == viewer_certificate(site) == ARN


def test_a_certificate_of_the_app_takes_the_place_of_the_sites_own():
    app = new_app()
    site = shop(app, certificate=certificates(app))
    assert {each.node.path for each in site.stacks.edge.dependencies} >= {"Certificates"}
    assert "Certificates" in str(viewer_certificate(site))
    Template.from_stack(site.stacks.edge).resource_count_is("AWS::CertificateManager::Certificate", 0)


def test_a_certificate_in_another_region_is_refused():
    app = new_app()
    with pytest.raises(ValueError, match=r"^certificate: got 'one in eu-west-1', expected one in us-east-1; make it"):
        shop(app, certificate=certificates(app, "eu-west-1"))
    with pytest.raises(ConfigError, match="SITE-CERTIFICATE certificate\n"):
        shop(new_app(), certificate=ARN.replace("us-east-1", "eu-west-1"))


def test_what_is_no_certificate_is_refused_by_its_name():
    with pytest.raises(TypeError, match=r"^certificate: got 7, expected a certificate or its ARN; pass a certificate"):
        shop(new_app(), certificate=7)


# Protection


@pytest.mark.parametrize("protected", [True, False])
def test_protection_is_that_of_all_stacks(protected):
    site = shop(new_app(), protected_regions=["eu-west-1"], termination_protection=protected)
    assert {stack.termination_protection for stack in site.stacks.all} == {protected}


def test_without_it_the_settings_say_what_is_protected():
    site = shop(new_app(), protected_regions=["eu-west-1"])
    assert [stack.node.id for stack in site.stacks.all if stack.termination_protection] == ["primary-eu-west-1"]


def test_protection_is_true_or_false():
    with pytest.raises(TypeError, match=r"^termination_protection: got 'no', expected True or False"):
        shop(new_app(), termination_protection="no")


# In stages


def test_buckets_of_a_stage_go_with_its_site():
    stage = Stage(new_app(), "prod", env=Environment(account="111111111111", region="eu-west-1"))
    site = shop(stage, primary_bucket=owned(Stack(stage, "Mine")))
    assert {each.node.path for each in site.stacks.edge.dependencies} >= {"prod/Mine"}
