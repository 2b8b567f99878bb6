import pytest
from config_samples import accept, expect, ids, many, one, site

from s3_failover.config import parse

HTTPS = {"type": "https"}
IN_REPLICA_REGION = "arn:aws:acm:us-east-2:123456789012:certificate/abc"


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
@pytest.mark.parametrize("https", ["redirect", "hsts"])
def test_an_https_secondary_lets_the_distribution_insist_on_https(mode, https):
    accept(one(mode=mode, secondary=HTTPS, viewer_https=https))


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_http_is_refused_with_an_https_secondary(mode):
    text = one(mode=mode, secondary=HTTPS, viewer_https="optional")
    expect(text, "SITE-HTTP-HTTPS-SECONDARY", "sites.assets.viewer_https")


def test_a_site_with_an_https_secondary_redirects_by_default():
    (only,) = parse(one(secondary=HTTPS)).sites
    assert only.https == "redirect"


def test_a_hostname_that_is_no_bucket_name_can_have_an_https_secondary():
    accept(one(hostname="xn--bcher-kva.example.com", secondary=HTTPS))


def test_a_certificate_for_the_secondary_must_be_in_its_region():
    where = "sites.assets.secondary.certificate_arn"
    accept(one(secondary=HTTPS | {"certificate_arn": IN_REPLICA_REGION}, replica_regions=["us-east-2", "eu-west-1"]))
    elsewhere = IN_REPLICA_REGION.replace("us-east-2", "us-east-1")
    expect(one(secondary=HTTPS | {"certificate_arn": elsewhere}), "SITE-SECONDARY-CERTIFICATE", where)
    website = {"type": "website", "certificate_arn": IN_REPLICA_REGION}
    expect(one(secondary=website), "SITE-SECONDARY-CERTIFICATE", where)


def test_an_https_secondary_has_no_hostname_of_another_provider():
    text = one(secondary=HTTPS | {"hostname": "a.cdn.example.net"})
    expect(text, "SITE-SECONDARY-HOSTNAME", "sites.assets.secondary.hostname")


def test_an_external_secondary_takes_no_certificate_and_may_be_visited_over_http():
    external = {"type": "external", "hostname": "a.cdn.example.net"}
    accept(one(secondary=external, viewer_https="optional"))
    given = one(secondary=external | {"certificate_arn": IN_REPLICA_REGION})
    expect(given, "SITE-SECONDARY-CERTIFICATE", "sites.assets.secondary.certificate_arn")


def test_a_zone_that_is_yet_to_be_made_is_refused_with_an_https_secondary():
    zone = {"name": "example.com", "create": True}
    accept(one(hosted_zone=zone))
    expect(one(hosted_zone=zone, secondary=HTTPS), "SITE-HTTPS-ZONE", "sites.assets.hosted_zone.create")


def test_a_replica_in_another_account_is_refused_with_an_https_secondary():
    text = one(account="1" * 12, replica_account="2" * 12, secondary=HTTPS)
    expect(text, "SITE-HTTPS-ACCOUNT", "sites.assets.replica_account")


ELSEWHERE = {
    "hostname": "assets.elsewhere.net",
    "record_name": "assets.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/abc",
}


def test_a_hostname_whose_dns_is_elsewhere_needs_a_certificate_for_the_https_secondary_too():
    where = "sites.assets.secondary.certificate_arn"
    expect(one(secondary=HTTPS, **ELSEWHERE), "SITE-RECORD-CERTIFICATE", where)
    (only,) = parse(one(secondary=HTTPS | {"certificate_arn": IN_REPLICA_REGION}, **ELSEWHERE)).sites
    assert (only.endpoint_name, only.endpoint_check_name) == (
        "assets-secondary-us-east-2.example.com",
        "assets-secondary-check-us-east-2.example.com",
    )


def test_an_apex_is_refused_with_an_https_secondary():
    assert ids(one(hostname="example.com", secondary=HTTPS)) == ["SITE-APEX-CNAME"]


def test_a_kms_key_may_encrypt_what_an_https_secondary_serves():
    accept(one(encryption="kms", secondary=HTTPS))


def test_the_names_beside_the_hostname_must_fit_into_a_label():
    accept(one(hostname=f"{'a' * 37}.example.com", secondary=HTTPS))
    long = one(hostname=f"{'a' * 38}.example.com", secondary=HTTPS)
    expected = "at most 37 characters, 227 in all"
    expect(long, "SITE-SECONDARY-NAMES", "sites.assets.hostname", expected=expected)
    certified = HTTPS | {"certificate_arn": IN_REPLICA_REGION}
    long = one(secondary=certified, **ELSEWHERE | {"record_name": f"{'a' * 38}.example.com"})
    expect(long, "SITE-SECONDARY-NAMES", "sites.assets.record_name")


def test_a_hostname_that_is_a_name_of_anothers_secondary_is_refused():
    first = site(hostname="a.example.com", secondary=HTTPS)
    for name in ("a-secondary-us-east-2.example.com", "a-secondary-check-us-east-2.example.com"):
        assert ids(many(a=first, b=site(hostname=name))) == ["SITES-HOSTNAME-UNIQUE"]
    accept(many(a=first | {"secondary": {"type": "website"}}, b=site(hostname="a-secondary-us-east-2.example.com")))


def test_a_record_name_that_is_a_name_of_anothers_secondary_is_refused():
    first, second = site(hostname="a.example.com", secondary=HTTPS), site(**ELSEWHERE)
    text = many(a=first, b=second | {"record_name": "a-secondary-us-east-2.example.com"})
    expect(text, "SITES-HOSTNAME-UNIQUE", "sites.b.record_name")
    accept(many(a=first, b=second))
