"""What other stacks and regions have is refused where it cannot be meant: buckets, certificates, topics, names."""

import pytest
from aws_cdk import App, CfnParameter, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template
from construct_samples import ARGUMENTS, make, own, sample_stack

from s3_failover_constructs import (
    AlarmActions,
    ClientPolicy,
    ContentBucket,
    ContentGuard,
    EventReplication,
    ExternalOriginReadPolicy,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverOrigin,
    HttpsEndpoint,
    PrimaryBucket,
    ReplicationDestination,
    WebsiteReplicaBucket,
)

IMPORT = r"import it with its region: Bucket.from_bucket_attributes\(..., region=...\)$"


def by_name(scope, name):
    return s3.Bucket.from_bucket_name(scope, name, name)


def stack_in(app, region, **kwargs):
    return Stack(app, region, env=Environment(account="123456789012", region=region), **kwargs)


# Buckets


@pytest.mark.parametrize(
    ("kind", "argument", "several"),
    [
        (FailoverDistribution, "primary", False),
        (FailoverDistribution, "replica", False),
        (ContentGuard, "primary", False),
        (ContentGuard, "secondary", False),
        (ClientPolicy, "buckets", True),
        (EventReplication, "destinations", True),
        (HttpsEndpoint, "bucket", False),
    ],
)
def test_a_bucket_whose_region_another_stack_alone_knows_is_refused(kind, argument, several):
    bucket = by_name(Stack(App(), "Anywhere"), "content")
    given = [bucket] if several else bucket
    with pytest.raises(
        ValueError, match=f"^{argument}: got Anywhere/content, whose region only the stack Anywhere knows, .*{IMPORT}"
    ):
        make(kind, **{argument: given})


def test_a_bucket_that_the_stack_itself_imports_has_the_stacks_region():
    stack = Stack(App(), "Anywhere")
    FailoverDistribution(stack, "Cdn", primary=by_name(stack, "content"))
    ClientPolicy(stack, "Clients", buckets=[by_name(stack, "copy")], metrics_region="eu-west-1")


@pytest.mark.parametrize("region", ["us-east-1", None])
def test_two_imports_without_a_region_would_both_be_read_in_the_stacks(region):
    stack = Stack(App(), "Edge", env=Environment(region=region))
    primary, replica = by_name(stack, "content"), by_name(stack, "copy")
    where = region or "the region of its stack"
    message = f"got Edge/copy in {where}, as Edge/content is, expected a bucket in another region; {IMPORT}"
    with pytest.raises(ValueError, match=f"^replica: {message}"):
        FailoverOrigin(primary=primary, replica=replica)
    with pytest.raises(ValueError, match=f"^secondary: {message}"):
        ContentGuard(stack, "Guard", primary=primary, secondary=replica)


def test_two_buckets_of_one_region_that_is_told_are_the_callers_choice():
    stack = sample_stack()
    told = [
        s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region="eu-west-1") for name in ("one", "two")
    ]
    FailoverOrigin(primary=told[0], replica=told[1])


def test_two_websites_of_one_hostname_are_refused_in_the_whole_app():
    app = App()
    here, there = stack_in(app, "eu-west-1"), stack_in(app, "eu-central-1")
    WebsiteReplicaBucket(here, "Website", hostname="www.example.com")
    for scope in (here, there):
        with pytest.raises(
            ValueError,
            match=r"^hostname: got 'www.example.com', expected another name than that of eu-west-1/Website/Content; S3 ",
        ):
            WebsiteReplicaBucket(scope, "Again", hostname="www.example.com")
    with pytest.raises(ValueError, match=r"^bucket_name: got 'www.example.com', expected another name than"):
        PrimaryBucket(there, "Primary", bucket_name="www.example.com")
    WebsiteReplicaBucket(Stack(App(), "Other"), "Website", hostname="www.example.com")


def test_names_that_are_known_at_deployment_alone_may_differ():
    stack = sample_stack()
    name = CfnParameter(stack, "Name").value_as_string
    for each in ("One", "Two"):
        ContentBucket(stack, each, bucket_name=name)


# Certificates


def certificate(scope, *names):
    return acm.Certificate(
        scope,
        "Made",
        domain_name=names[0],
        subject_alternative_names=list(names[1:]) or None,
        validation=acm.CertificateValidation.from_dns(),
    )


def test_a_certificate_of_the_app_must_cover_every_alias():
    stack = sample_stack()
    arguments = {**ARGUMENTS[FailoverDistribution](stack), "certificate": certificate(stack, "example.com")}
    with pytest.raises(
        ValueError,
        match=r"^certificate: got 'Test/Made for example.com', expected one that covers www.example.com; add it to its",
    ):
        FailoverDistribution(stack, "Cdn", **arguments)


@pytest.mark.parametrize(
    ("names", "aliases"),
    [
        (["*.example.com"], ["www.example.com"]),
        (["example.com", "*.example.com"], ["example.com", "*.example.com"]),
        (["www.example.com"], ["www.example.com"]),
    ],
)
def test_a_certificate_of_the_app_that_covers_the_aliases_is_taken(names, aliases):
    stack = sample_stack()
    arguments = ARGUMENTS[FailoverDistribution](stack) | {"domain_names": aliases}
    FailoverDistribution(stack, "Cdn", **{**arguments, "certificate": certificate(stack, *names)})


def test_a_certificate_whose_names_are_not_known_is_taken():
    stack = sample_stack()
    name = CfnParameter(stack, "Name").value_as_string
    arguments = ARGUMENTS[FailoverDistribution](stack)
    FailoverDistribution(stack, "Cdn", **{**arguments, "certificate": certificate(stack, name)})


def test_an_endpoint_needs_a_certificate_for_its_check_as_well():
    stack = sample_stack()
    arguments = ARGUMENTS[HttpsEndpoint](stack)
    made = certificate(stack, arguments["hostname"])
    with pytest.raises(ValueError, match=f"^certificate: .* expected one that covers {arguments['check_name']}; "):
        HttpsEndpoint(stack, "Endpoint", **{**arguments, "certificate": made})


# Alarms


def alarm(scope):
    metric = cloudwatch.Metric(namespace="App", metric_name="Errors")
    return cloudwatch.Alarm(scope, "Alarm", metric=metric, threshold=1, evaluation_periods=1)


def test_an_action_on_a_topic_that_another_region_makes_is_refused():
    app = App()
    there = stack_in(app, "eu-west-1", cross_region_references=True)
    here = stack_in(app, "us-east-1", cross_region_references=True)
    given = AlarmActions(critical=[actions.SnsAction(sns.Topic(there, "Topic"))])
    with pytest.raises(
        ValueError, match=r"^critical: got one in eu-west-1, expected one in the stack's region us-east-1"
    ):
        given.alert(alarm(here))


def test_an_action_on_a_topic_of_the_region_is_attached():
    stack = sample_stack()
    AlarmActions(critical=[actions.SnsAction(sns.Topic(stack, "Topic"))]).alert(alarm(stack))
    Template.from_stack(stack).has_resource_properties("AWS::CloudWatch::Alarm", {"AlarmActions": [Match.any_value()]})


# Names


def test_what_checks_are_called_fits_into_a_tag_with_their_roles():
    make(FailoverHealthChecks, name="n" * 243)
    with pytest.raises(ValueError, match=r"^name: got 'n+…, expected at most 243 characters, not 244; choose a shorte"):
        make(FailoverHealthChecks, name="n" * 244)


def test_checks_in_a_deep_place_are_called_by_the_end_of_their_path():
    scope = sample_stack()
    for _ in range(3):
        scope = s3.Bucket(scope, "b" * 90)
    made = FailoverHealthChecks(scope, "It", **{**ARGUMENTS[FailoverHealthChecks](scope), "name": None})
    text = str(Template.from_stack(Stack.of(made)).to_json())
    assert f"{'b' * 59}/It distribution" in text


@pytest.mark.parametrize("given", ["STANDARD_IA", 3])
def test_a_storage_class_is_one_of_the_cdks(given):
    with pytest.raises(TypeError, match=r"^storage_class: got .*; write it as in s3.StorageClass.INFREQUENT_ACCESS$"):
        make(ReplicationDestination, storage_class=given)


def test_a_removal_policy_in_small_letters_is_told_which_there_are():
    with pytest.raises(ValueError, match=r"RemovalPolicy.DESTROY \('DESTROY'\)") as refused:
        make(ContentBucket, removal_policy="Destroy")
    assert "SNAPSHOT" not in str(refused.value)


# China


def test_services_of_other_partitions_are_called_by_their_names():
    bucket = s3.Bucket.from_bucket_attributes
    stack = sample_stack("cn-north-1")
    there = bucket(stack, "There", bucket_name="there", region="cn-northwest-1")
    ExternalOriginReadPolicy(stack, "Policy", bucket=there, encrypted=True)
    ClientPolicy(stack, "Clients", buckets=[there], metrics_region="cn-north-1", key_alias="alias/site")
    text = str(Template.from_stack(stack).to_json())
    assert "'s3.cn-northwest-1.amazonaws.com.cn'" in text
    assert "'s3.*.amazonaws.com.cn'" in text


def test_a_region_that_is_not_known_has_the_suffix_of_its_partition():
    stack = Stack(App(), "Anywhere")
    ExternalOriginReadPolicy(stack, "Policy", bucket=own(stack), encrypted=True)
    assert "AWS::URLSuffix" in str(Template.from_stack(stack).to_json())


# The names of an https endpoint


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"check_name": "www.example.com"}, "check_name"),
        ({"target_name": "www.example.com"}, "target_name"),
        ({"aliases": {"www.example.com": "a.example.com"}}, "aliases"),
        ({"aliases": {"a.example.com": "a.example.com"}}, "aliases"),
        ({"target_name": "t.example.org"}, "target_name"),
        ({"check_name": "c.example.org"}, "check_name"),
    ],
)
def test_each_name_of_an_endpoint_is_one_of_its_own_in_the_zone(changes, argument):
    with pytest.raises(ValueError, match=f"^{argument}: got "):
        make(HttpsEndpoint, **changes)


def test_aliases_of_an_endpoint_come_with_what_leads_to_them():
    with pytest.raises(TypeError, match=r"^aliases: got \['a.example.com'\], expected a dict; "):
        make(HttpsEndpoint, aliases=["a.example.com"])


def test_gauges_are_published_in_a_region_that_there_is():
    with pytest.raises(ValueError, match=r"^metrics_region: got 'mars', expected a region such as us-east-1; "):
        make(ClientPolicy, metrics_region="mars")
