import pytest
from cdk_templates import new_stack, properties, statements, text

from s3_failover.config.regions import known_regions
from s3_failover_constructs import WebsiteReplicaBucket, website_endpoint


def website(stack, **options):
    return WebsiteReplicaBucket(stack, "Website", hostname="www.example.com", health_key="health.txt", **options)


def test_website_replica_is_named_exactly_like_the_hostname():
    stack = new_stack()
    website(stack)
    assert properties(stack, "AWS::S3::Bucket")["BucketName"] == "www.example.com"


def test_website_serves_index_and_error_documents():
    stack = new_stack()
    website(stack)
    configuration = properties(stack, "AWS::S3::Bucket")["WebsiteConfiguration"]
    assert configuration == {"IndexDocument": "index.html", "ErrorDocument": "error.html"}


def test_scripts_of_other_origins_may_read_only_where_that_is_wanted():
    stack = new_stack()
    website(stack)
    assert "CorsConfiguration" not in properties(stack, "AWS::S3::Bucket")
    stack = new_stack()
    website(stack, cors_origins=["https://app.example.com"])
    (rule,) = properties(stack, "AWS::S3::Bucket")["CorsConfiguration"]["CorsRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["https://app.example.com"], ["GET", "HEAD"])


def test_anyone_may_get_objects_and_nothing_more():
    stack = new_stack()
    website(stack)
    allowed = [s for s in statements(stack).values() if s["Effect"] == "Allow"]
    assert [(s["Sid"], s["Action"]) for s in allowed] == [("AnyoneReads", "s3:GetObject")]
    assert text(allowed[0]["Resource"]).endswith(".Arn>/*")


def test_acls_stay_blocked_while_the_policy_is_public():
    stack = new_stack()
    website(stack)
    assert properties(stack, "AWS::S3::Bucket")["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }


def test_everything_but_getting_objects_needs_tls():
    stack = new_stack()
    website(stack)
    statement = statements(stack)["AllElseNeedsTls"]
    assert (statement["Effect"], statement["NotAction"]) == ("Deny", "s3:GetObject")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_statement_denies_getting_objects_over_http():
    stack = new_stack()
    website(stack)
    denied = [s for s in statements(stack).values() if s["Effect"] == "Deny" and "Action" in s]
    assert [s["Sid"] for s in denied] == ["KeepProtectedKeys"]


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "www.example.com.s3-website-us-east-1.amazonaws.com"),
        ("us-east-2", "www.example.com.s3-website.us-east-2.amazonaws.com"),
        ("eu-west-1", "www.example.com.s3-website-eu-west-1.amazonaws.com"),
        ("eu-central-1", "www.example.com.s3-website.eu-central-1.amazonaws.com"),
    ],
)
def test_website_endpoint_has_the_dash_or_dot_of_its_region(region, endpoint):
    assert website_endpoint("www.example.com", region) == endpoint


def test_every_region_that_the_configuration_accepts_has_a_website_endpoint():
    assert [r for r in sorted(known_regions()) if not website_endpoint("www.example.com", r)] == []


def test_fails_in_a_region_without_a_known_website_endpoint():
    with pytest.raises(ValueError, match="no S3 website endpoint known in mars-north-1"):
        website_endpoint("www.example.com", "mars-north-1")
