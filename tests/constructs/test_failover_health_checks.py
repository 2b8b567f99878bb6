import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, resources

from s3_failover_constructs import (
    Endpoint,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverWhen,
    PrimaryBucket,
    WebsiteReplicaBucket,
)

WEBSITE = Endpoint("www.example.com.s3-website.eu-central-1.amazonaws.com", https=False)


def check(secondary=WEBSITE, **options):
    stack = new_stack("us-east-1")
    checks = FailoverHealthChecks(
        stack,
        "Checks",
        name="site",
        primary=Endpoint("primary.s3.eu-west-1.amazonaws.com"),
        distribution=Endpoint("d1.cloudfront.net"),
        secondary=secondary,
        health_key="health.txt",
        **options,
    )
    return stack, checks


def configurations(stack):
    found = {}
    for resource in resources(stack, "AWS::Route53::HealthCheck").values():
        tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["HealthCheckTags"]}
        found[tags["Name"]] = resource["Properties"]["HealthCheckConfig"]
    return found


def test_primary_and_distribution_are_asked_for_the_health_object_over_https():
    found = configurations(check()[0])
    for name, fqdn in (
        ("site primary", "primary.s3.eu-west-1.amazonaws.com"),
        ("site distribution", "d1.cloudfront.net"),
    ):
        assert found[name]["Type"] == "HTTPS"
        assert found[name]["FullyQualifiedDomainName"] == fqdn
        assert found[name]["ResourcePath"] == "/health.txt"
        assert found[name]["EnableSNI"] is True


@pytest.mark.parametrize("own", [True, False])
def test_a_bucket_is_asked_for_an_object_and_never_for_its_list(own):
    stack = new_stack("us-east-1")
    attributes = {"bucket_name": "content", "region": "eu-west-1"}
    bucket = s3.Bucket(stack, "B") if own else s3.Bucket.from_bucket_attributes(stack, "B", **attributes)
    name = bucket.bucket_regional_domain_name
    with pytest.raises(
        ValueError, match=r"^primary: got 'a bucket without a path', expected an object to ask for; name"
    ):
        FailoverHealthChecks(stack, "List", primary=Endpoint(name))
    FailoverHealthChecks(stack, "Object", primary=Endpoint(name), health_key="health.txt")
    FailoverHealthChecks(stack, "Path", primary=Endpoint(name, path="/health.txt"))


def test_what_constructs_call_their_endpoint_is_their_health_object():
    stack = new_stack("us-east-1")
    primary = PrimaryBucket(stack, "Primary", health_key="a.txt")
    distribution = FailoverDistribution(stack, "Distribution", primary=primary.bucket, health_key="b.txt")
    website = WebsiteReplicaBucket(stack, "Website", hostname="www.example.com", health_key="c.txt")
    checks = {"primary": primary.endpoint, "distribution": distribution.endpoint, "secondary": website.endpoint}
    FailoverHealthChecks(stack, "Checks", name="site", **checks)
    found = configurations(stack)
    assert [found[f"site {each}"]["ResourcePath"] for each in checks] == ["/a.txt", "/b.txt", "/c.txt"]


def test_failover_needs_primary_and_distribution_both():
    stack, checks = check()
    failover = configurations(stack)["site failover"]
    assert (failover["Type"], failover["HealthThreshold"]) == ("CALCULATED", 2)
    children = [child["Ref"].rstrip("0123456789ABCDEF") for child in failover["ChildHealthChecks"]]
    assert children == ["ChecksPrimary", "ChecksDistribution"]
    assert checks.failover not in (checks.primary, checks.distribution)


def test_distribution_alone_decides_when_it_reaches_the_replica_by_itself():
    stack, checks = check(failover_when=FailoverWhen.DISTRIBUTION)
    assert checks.failover is checks.distribution
    assert set(configurations(stack)) == {"site primary", "site distribution", "site secondary"}


def test_secondary_is_asked_over_http_because_a_website_endpoint_has_no_tls():
    secondary = configurations(check()[0])["site secondary"]
    assert (secondary["Type"], secondary["Port"]) == ("HTTP", 80)


def test_secondary_with_tls_is_asked_over_https():
    secondary = configurations(check(Endpoint("secondary.example.com"))[0])["site secondary"]
    assert (secondary["Type"], secondary["Port"]) == ("HTTPS", 443)


def test_secondary_is_no_child_of_the_check_that_decides():
    stack, _ = check()
    assert len(configurations(stack)["site failover"]["ChildHealthChecks"]) == 2


def test_by_default_three_answers_thirty_seconds_apart_decide():
    for name, config in configurations(check()[0]).items():
        if name != "site failover":
            assert (config["RequestInterval"], config["FailureThreshold"]) == (30, 3)


@pytest.mark.parametrize(("seconds", "threshold"), [(10, 1), (30, 10)])
def test_interval_and_threshold_are_as_told(seconds, threshold):
    stack, _ = check(request_interval=Duration.seconds(seconds), failure_threshold=threshold)
    for name, config in configurations(stack).items():
        if name != "site failover":
            assert (config["RequestInterval"], config["FailureThreshold"]) == (seconds, threshold)
