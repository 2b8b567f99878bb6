"""What the distribution does besides serving objects, deployed by the real CDK CLI and asked over real sockets."""

import pytest
from botocore.exceptions import ClientError

from breakable_aws import faults
from s3_failover.errors import UserError

pytestmark = pytest.mark.embedded

PAGE = b"<h1>back soon</h1>"


@pytest.fixture(scope="module")
def wiki(cdn_sites):
    return published(cdn_sites["wiki"])


@pytest.fixture(scope="module")
def app(cdn_sites):
    return published(cdn_sites["app"])


def published(site):
    for key, body in (("index.html", b"home"), ("error.html", b"oops"), ("maintenance.html", PAGE), ("a.txt", b"a")):
        site.put(key, body, ContentType="text/html")
    return site


def from_country(country):
    return {"X-Breakable-Country": country}


def test_security_headers_come_with_objects_and_errors_but_not_with_hsts(wiki):
    for key, status in (("a.txt", 200), ("missing.txt", 404)):
        answer = wiki.distribution(key)
        assert answer.status == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        assert "strict-transport-security" not in answer.headers


def test_a_denied_country_is_refused_and_no_viewer_can_claim_another(wiki):
    denied = from_country("AQ")
    assert wiki.distribution("a.txt", headers=denied).status == 403
    assert wiki.distribution("a.txt", headers=denied | {"CloudFront-Viewer-Country": "DE"}).status == 403
    assert wiki.distribution("a.txt", headers=from_country("DE")).status == 200
    assert wiki.distribution("a.txt", headers={"CloudFront-Viewer-Country": "AQ"}).status == 200


def test_health_checkers_are_let_in_from_every_country(wiki):
    assert wiki.distribution(wiki.site.health_key, headers=from_country("AQ")).status == 200


def test_preflight_requests_are_answered_at_the_edge(app):
    def asked(origin):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = app.distribution("a.txt", method="OPTIONS", headers=headers)
        return answer.status, answer.headers.get("access-control-allow-origin")

    assert asked("https://shop.example.com") == (204, "https://shop.example.com")
    assert asked("https://elsewhere.example.com") == (403, None)


def test_an_app_does_not_answer_for_a_health_object_that_is_gone(app, policy_of):
    key = app.site.health_key
    with policy_of(app, lambda statements: [s for s in statements if s.get("Sid") != "KeepProtectedKeys"]):
        marker = app.s3.delete_object(Bucket=app.primary, Key=key)["VersionId"]
        try:
            assert app.distribution(key).status == 404
        finally:
            app.s3.delete_object(Bucket=app.primary, Key=key, VersionId=marker)
    assert app.distribution(key).status == 200


def test_the_maintenance_page_stands_in_while_the_primary_is_lost_and_checkers_still_see_the_failure(wiki):
    broken = faults.break_(wiki.aws.emulator, "s3-refuse", region=wiki.site.primary_region)
    try:
        answer = wiki.distribution("a.txt")
        assert (answer.status, answer.body) == (503, PAGE)
        assert wiki.distribution(wiki.site.health_key).status == 503
        assert wiki.website("a.txt").body == b"a"
    finally:
        faults.heal(wiki.aws.emulator, broken.id)
    assert wiki.distribution("a.txt").body == b"a"


def test_a_maintenance_page_that_is_missing_makes_an_outage_look_like_a_missing_object(wiki):
    region = wiki.site.replica_regions[0]
    wiki.aws.client("s3", region).delete_object(Bucket=wiki.replicas[region], Key="maintenance.html")
    broken = faults.break_(wiki.aws.emulator, "s3-refuse", region=wiki.site.primary_region)
    try:
        assert wiki.distribution("a.txt").status == 404
        assert wiki.distribution(wiki.site.health_key).status == 404
    finally:
        faults.heal(wiki.aws.emulator, broken.id)
        wiki.put("maintenance.html", PAGE, ContentType="text/html")


def test_without_the_replica_the_failure_has_cloudfronts_own_page(wiki):
    regions = (wiki.site.primary_region, wiki.site.replica_regions[0])
    broken = [faults.break_(wiki.aws.emulator, "s3-refuse", region=region) for region in regions]
    try:
        answer = wiki.distribution("a.txt")
        assert answer.status >= 500
        assert PAGE not in answer.body
    finally:
        for each in broken:
            faults.heal(wiki.aws.emulator, each.id)


def test_logs_go_below_the_prefix(wiki):
    destinations = wiki.aws.client("logs").describe_delivery_destinations()["deliveryDestinations"]
    arns = [each["deliveryDestinationConfiguration"]["destinationResourceArn"] for each in destinations]
    assert [arn for arn in arns if arn.endswith("/cdn/wiki")]


def test_functions_are_live_and_those_of_a_distribution_cannot_be_deleted(wiki):
    cloudfront = wiki.aws.client("cloudfront")
    names = [item["Name"] for item in cloudfront.list_functions(Stage="LIVE")["FunctionList"]["Items"]]
    own = [name for name in names if "wiki" in name]
    assert len(own) == 2
    for name in own:
        etag = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]
        with pytest.raises(ClientError, match="FunctionInUse"):
            cloudfront.delete_function(Name=name, IfMatch=etag)


def test_a_function_that_fails_is_a_503_and_not_a_page(app):
    cloudfront = app.aws.client("cloudfront")
    names = [item["Name"] for item in cloudfront.list_functions(Stage="LIVE")["FunctionList"]["Items"]]
    (name,) = [each for each in names if "app" in each]
    before = cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read()
    publish(cloudfront, name, b"function handler(event) { return event.request.nothing.here; }")
    try:
        assert app.distribution("a.txt").status == 503
        assert app.distribution(app.site.health_key).status == 200
    finally:
        publish(cloudfront, name, before)
    assert app.distribution("a.txt").status == 200


def publish(cloudfront, name, code):
    described = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")
    config = {key: described["FunctionSummary"]["FunctionConfig"][key] for key in ("Comment", "Runtime")}
    cloudfront.update_function(Name=name, IfMatch=described["ETag"], FunctionConfig=config, FunctionCode=code)
    etag = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]
    cloudfront.publish_function(Name=name, IfMatch=etag)


@pytest.mark.long
def test_a_web_acl_is_refused_as_nothing_here_would_honour_it(aws, cdn_sites, tmp_path):
    acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0f1e2d3c-0000-4000-8000-0123456789ab"
    text = f"""
[sites.walled]
hostname        = "walled.example.net"
primary_region  = "eu-north-1"
replica_regions = ["eu-west-3"]
hosted_zone     = {{ id = "Z01122334455ABCDEFGHI", name = "example.net" }}
mode            = "dns"
cdn             = {{ web_acl_arn = "{acl}", unguarded_secondary = true }}
"""
    with pytest.raises(UserError, match="WebACLId is not supported by the embedded AWS"):
        aws.deploy(text, tmp_path)
