"""The https secondary, deployed: a private replica behind an API under the site's own hostname."""

import contextlib
import gzip
import ssl
from urllib.parse import urlsplit

import embedded_aws
import pytest
import viewers
from accounts import account_of
from embedded_aws import eventually

from breakable_aws import faults
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import dns as doctor

pytestmark = pytest.mark.embedded

SITE = """
[sites.safe]
hostname        = "safe.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
secondary       = { type = "https" }
viewer_https    = "hsts"
"""
REPLICA = "eu-central-1"

OTHERS = """
[sites.elsewhere]
hostname        = "www.elsewhere.example"
record_name     = "www.dns.example.net"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0HTTPSDELEGATED", name = "dns.example.net" }
mode            = "dns"
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/elsewhere"
encryption      = "kms"

[sites.elsewhere.secondary]
type            = "https"
certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/elsewhere"

[sites.copied]
hostname        = "copied.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
secondary       = { type = "https" }
replication     = { engine = "lambda" }
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("embedded-aws")) as aws:
        deployed = aws.deploy(SITE, tmp_path_factory.mktemp("site"))["safe"]
        deployed.put("index.html", b"home", ContentType="text/html", CacheControl="max-age=60", Metadata={"made": "1"})
        deployed.put("docs/index.html", b"docs", ContentType="text/html")
        deployed.put("error.html", b"lost", ContentType="text/html; charset=utf-8")
        yield deployed


def ask(site, key="", *, host=None, **more):
    emulator = site.aws.emulator
    return viewers.ask(emulator.api_gateway_https, host or site.site.hostname, key, ca=emulator.ca_file, **more)


def test_an_object_comes_with_its_type_its_cache_header_and_its_metadata(site):
    answer = ask(site, "index.html")
    assert (answer.status, answer.body) == (200, b"home")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["x-amz-meta-made"] == "1"


def test_the_certificate_is_the_site_s_own_and_made_in_the_replica_s_region(site):
    (domain,) = [d for d in domains(site) if d["DomainName"] == "safe.example.com"]
    arn = domain["DomainNameConfigurations"][0]["CertificateArn"]
    certificate = site.aws.client("acm", REPLICA).describe_certificate(CertificateArn=arn)["Certificate"]
    names = ["safe.example.com", "safe-secondary-check-eu-central-1.example.com"]
    assert sorted(certificate["SubjectAlternativeNames"]) == sorted(names)


def test_doctor_knows_the_name_that_the_secondary_s_check_asks(site):
    found = list(doctor.checks(Deployment(site.site, account_of(site.aws.emulator))))
    assert [each for each in found if each.id == "DOCTOR-CHECK"] == []


def domains(site):
    return site.aws.client("apigatewayv2", REPLICA).get_domain_names()["Items"]


def test_the_replica_is_private_and_not_named_like_the_hostname(site):
    assert site.replicas[REPLICA] != site.site.hostname
    assert site.rest(REPLICA, "index.html").status == 403
    block = site.aws.client("s3", REPLICA).get_public_access_block(Bucket=site.replicas[REPLICA])
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.parametrize(("path", "body"), [("", b"home"), ("docs/", b"docs")])
def test_a_path_that_ends_in_a_slash_is_its_index(site, path, body):
    answer = ask(site, path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, body, "text/html")


@pytest.mark.parametrize("path", ["missing.txt", "missing/", "docs"])
def test_a_missing_object_is_404_with_the_error_document(site, path):
    answer = ask(site, path)
    assert (answer.status, answer.body) == (404, b"lost")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_head_has_the_headers_of_get_and_no_body(site):
    head, get = ask(site, "index.html", method="HEAD"), ask(site, "index.html")
    assert (head.status, head.body) == (200, b"")
    for name in ("content-type", "content-length", "etag", "last-modified", "cache-control"):
        assert head.headers[name] == get.headers[name]
    assert (ask(site, "missing", method="HEAD").status, ask(site, "missing", method="HEAD").body) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_but_reading_is_allowed(site, method):
    assert ask(site, "index.html", method=method).status == 405


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [("bytes=1-2", 206, b"om", "bytes 1-2/4"), ("bytes=-1", 206, b"e", "bytes 3-3/4"), ("bytes=9-", 416, b"", None)],
)
def test_ranges(site, asked, status, body, content_range):
    answer = ask(site, "index.html", headers={"Range": asked})
    assert (answer.status, answer.body) == (status, body)
    if content_range:
        assert answer.headers["content-range"] == content_range


def test_conditions(site):
    etag = ask(site, "index.html").headers["etag"]
    unchanged = ask(site, "index.html", headers={"If-None-Match": etag})
    assert (unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, b"", etag)
    assert unchanged.headers["cache-control"] == "max-age=60"
    assert ask(site, "index.html", headers={"If-None-Match": '"other"'}).status == 200
    assert ask(site, "index.html", headers={"If-Match": '"other"'}).status == 412
    past, future = "Mon, 01 Jan 2001 00:00:00 GMT", ask(site, "index.html").headers["last-modified"]
    assert ask(site, "index.html", headers={"If-Modified-Since": future}).status == 304
    assert ask(site, "index.html", headers={"If-Modified-Since": past}).status == 200


@pytest.mark.parametrize("key", ["ä ö/ü+%&=.txt", "a%25b.txt", "100%.txt", "tab\tand 'quotes\".txt"])
def test_keys_with_unusual_characters(site, key):
    site.put(key, b"odd")
    answer = ask(site, key)
    assert (answer.status, answer.body) == (200, b"odd")


def test_binary_and_encoded_bodies_come_through_as_they_are(site):
    packed = gzip.compress(bytes(range(256)) * 100)
    site.put("packed", packed, ContentEncoding="gzip", ContentType="application/octet-stream")
    answer = ask(site, "packed")
    assert answer.body == packed
    assert answer.headers["content-encoding"] == "gzip"


def test_an_object_beyond_the_payload_limit_is_reached_by_a_signed_redirect_within_the_region(site):
    large = bytes(range(251)) * 20_000
    site.put("large.bin", large, ContentType="application/x-large")
    answer = ask(site, "large.bin")
    assert (answer.status, answer.headers["cache-control"]) == (307, "no-store")
    where = urlsplit(answer.headers["location"])
    assert where.netloc == f"{site.replicas[REPLICA]}.s3.dualstack.{REPLICA}.amazonaws.com"
    emulator = site.aws.emulator
    got = viewers.ask(emulator.s3_https, where.netloc, "large.bin", ca=emulator.ca_file, query=f"?{where.query}")
    assert (got.status, got.headers["content-type"], got.body == large) == (200, "application/x-large", True)
    forged = where.query.replace("Signature=", "Signature=0")
    assert (
        viewers.ask(emulator.s3_https, where.netloc, "large.bin", ca=emulator.ca_file, query=f"?{forged}").status == 403
    )
    assert (
        viewers.ask(emulator.s3_https, where.netloc, "index.html", ca=emulator.ca_file, query=f"?{where.query}").status
        == 403
    )
    part = ask(site, "large.bin", headers={"Range": "bytes=0-9"})
    assert (part.status, part.body) == (206, large[:10])
    head = ask(site, "large.bin", method="HEAD")
    assert (head.status, head.headers["content-length"]) == (200, str(len(large)))


def test_hsts_is_said_here_as_on_the_distribution(site):
    for answer in (ask(site, "index.html"), ask(site, "missing"), site.distribution("index.html")):
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_the_health_check_s_name_serves_the_health_object(site):
    site.wait_for_replicas(site.site.health_key, site.head("eu-west-1", site.site.health_key)["VersionId"])
    assert ask(site, site.site.health_key, host="safe-secondary-check-eu-central-1.example.com").status == 200


def test_a_name_that_is_none_of_the_api_s_is_refused(site):
    emulator = site.aws.emulator
    endpoint = site.aws.client("apigatewayv2", REPLICA).get_apis()["Items"][0]
    assert endpoint["DisableExecuteApiEndpoint"] is True
    with pytest.raises(ssl.SSLCertVerificationError):
        viewers.ask(emulator.api_gateway_https, "other.example.com", ca=emulator.ca_file)


def test_an_outage_of_s3_in_the_replica_s_region_is_503(site):
    with broken(site, "s3-refuse"):
        assert ask(site, "index.html").status == 503
    assert ask(site, "index.html").status == 200


@contextlib.contextmanager
def broken(site, fault):
    faults.break_(site.aws.emulator, fault, region=REPLICA)
    try:
        yield
    finally:
        faults.heal(site.aws.emulator)


@pytest.fixture(scope="module")
def others(site, tmp_path_factory):
    return site.aws.deploy(OTHERS, tmp_path_factory.mktemp("others"))


@pytest.mark.long
def test_a_site_whose_dns_is_elsewhere_is_served_under_its_hostname_from_encrypted_copies(others):
    deployed = others["elsewhere"]
    deployed.put("page.txt", b"content")
    assert deployed.head(REPLICA, "page.txt")["ServerSideEncryption"] == "aws:kms"
    for answer in (ask(deployed, "page.txt"), deployed.distribution("page.txt")):
        assert (answer.status, answer.body) == (200, b"content")
    assert (
        ask(deployed, deployed.site.health_key, host="www-secondary-check-eu-central-1.dns.example.net").status == 200
    )


@pytest.mark.long
def test_the_names_of_a_site_whose_dns_is_elsewhere_are_in_the_delegated_zone(others):
    route53 = others["elsewhere"].aws.client("route53")
    records = route53.list_resource_record_sets(HostedZoneId="Z0HTTPSDELEGATED")["ResourceRecordSets"]
    cnames = {(record["Name"], record.get("Failover")) for record in records if record["Type"] == "CNAME"}
    assert cnames == {
        ("www.dns.example.net.", "PRIMARY"),
        ("www.dns.example.net.", "SECONDARY"),
        ("www-secondary-eu-central-1.dns.example.net.", None),
        ("www-secondary-check-eu-central-1.dns.example.net.", None),
    }


@pytest.mark.long
def test_what_a_function_copied_is_served(others):
    deployed = others["copied"]
    deployed.s3.put_object(Bucket=deployed.primary, Key="page.txt", Body=b"content")
    eventually(lambda: deployed.head(REPLICA, "page.txt"), seconds=120)
    answer = ask(deployed, "page.txt")
    assert (answer.status, answer.body) == (200, b"content")
