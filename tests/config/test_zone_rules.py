import pytest
from config_samples import findings, ids, many, one, site

from s3_failover.config import parse

ZONE = "Z0123456789ABCDEFGHIJ"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f-1e"
PARENT = {"id": "Z1", "name": "example.com"}


def expect(text, rule_id, where, **parts):
    """Assert that a text has exactly one finding, of this rule, at this place."""
    (finding,) = findings(text)
    assert (finding.id, finding.where) == (rule_id, f"sites.assets.{where}")
    for part, words in parts.items():
        assert words in getattr(finding, part)


def accept(text):
    assert findings(text) == []


def in_zone(hostname, zone):
    return one(hostname=hostname, hosted_zone={"id": ZONE, "name": zone})


def zoned(**zone):
    return one(hosted_zone={"name": "example.com", **zone})


def apex(**changes):
    return one(hostname="example.com", **changes)


def elsewhere(record_name="assets.dns.example.net", **changes):
    """A site whose hostname's DNS is not on Route 53."""
    zone = {"id": ZONE, "name": "dns.example.net"}
    return one(**{"hosted_zone": zone, "record_name": record_name, "certificate_arn": CERTIFICATE, **changes})


def external(cdn=..., **changes):
    secondary = {"type": "external", "hostname": cdn}
    return one(secondary={k: v for k, v in secondary.items() if v is not ...}, **changes)


# The zone


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("example.com.", "example.com"),
        ("Example.com", "example.com"),
        ("http://example.com", "example.com"),
        ("com", "it as in example.com"),
        ("", "it as in example.com"),
    ],
)
def test_a_zone_name_that_is_no_hostname_is_refused_once(name, meant):
    expect(in_zone("assets.example.com", name), "SITE-ZONE-NAME", "hosted_zone.name", remedy=f"write {meant}")


def test_a_delegated_zone_is_accepted():
    accept(in_zone("a.cdn.example.com", "cdn.example.com"))


@pytest.mark.parametrize("zone_id", ["Z1", "Z" + "A" * 31])
def test_a_hosted_zone_id_is_accepted(zone_id):
    accept(one(hosted_zone={"id": zone_id, "name": "example.com"}))


@pytest.mark.parametrize("zone_id", ["", "Z", f"/hostedzone/{ZONE}", "z0123", "Z" + "A" * 32, "Z01 "])
def test_a_hosted_zone_id_that_route_53_does_not_give_is_refused(zone_id):
    text = one(hosted_zone={"id": zone_id, "name": "example.com"})
    expect(text, "SITE-ZONE-ID", "hosted_zone.id")


@pytest.mark.parametrize("hostname", ["assets.example.org", "assetsexample.com", "example.com.evil.org"])
def test_a_hostname_outside_its_zone_is_refused(hostname):
    expect(one(hostname=hostname), "SITE-HOSTNAME-ZONE", "hostname", expected="a name below it")


def test_a_zone_that_is_made_is_accepted():
    accept(zoned(create=True))


@pytest.mark.parametrize("role", [{}, {"role_arn": "arn:aws:iam::123456789012:role/path/dns"}])
def test_a_zone_that_is_made_below_another_one_is_accepted(role):
    accept(
        one(
            hosted_zone={"name": "assets.example.com", "create": True, "parent": PARENT | role},
            hostname="www.assets.example.com",
        )
    )


def test_a_zone_that_is_neither_there_nor_made_is_refused():
    expect(zoned(), "SITE-ZONE-SOURCE", "hosted_zone", got="neither")


def test_a_zone_that_is_both_there_and_made_is_refused():
    expect(zoned(id=ZONE, create=True), "SITE-ZONE-SOURCE", "hosted_zone", got="both")


def test_a_parent_of_a_zone_that_is_there_is_refused():
    expect(zoned(id=ZONE, parent={"id": "Z1", "name": "example.org"}), "SITE-ZONE-SOURCE", "hosted_zone.parent")


@pytest.mark.parametrize("name", ["example.org", "example.com", "a.example.com"])
def test_a_parent_that_is_not_above_is_refused(name):
    text = zoned(create=True, parent={"id": "Z1", "name": name})
    expect(text, "SITE-ZONE-PARENT", "hosted_zone.parent.name", expected="above example.com")


@pytest.mark.parametrize("arn", ["", "dns", "arn:aws:iam::1:role/dns", "arn:aws:iam::123456789012:user/dns"])
def test_a_role_in_the_parents_account_that_is_none_is_refused(arn):
    zone = {"name": "b.example.com", "create": True, "parent": PARENT | {"role_arn": arn}}
    expect(one(hostname="a.b.example.com", hosted_zone=zone), "SITE-ZONE-PARENT", "hosted_zone.parent.role_arn")


@pytest.mark.parametrize(("key", "value", "rule"), [("id", "z1", "SITE-ZONE-ID"), ("name", "COM", "SITE-ZONE-NAME")])
def test_a_parent_is_spelled_as_any_zone(key, value, rule):
    zone = {"name": "b.example.com", "create": True, "parent": PARENT | {key: value}}
    expect(one(hostname="a.b.example.com", hosted_zone=zone), rule, f"hosted_zone.parent.{key}")


def test_two_sites_that_make_the_same_zone_are_refused():
    zone = {"name": "example.com", "create": True}
    text = many(a=site(hosted_zone=zone), b=site(hosted_zone=zone, hostname="b.example.com"))
    assert ids(text) == ["SITES-ZONE-UNIQUE"]


def test_two_sites_in_the_same_existing_zone_are_accepted():
    accept(many(a=site(), b=site(hostname="b.example.com")))


# The records


def test_a_hostname_whose_dns_is_elsewhere_is_accepted_with_a_record_name_and_a_certificate():
    accept(elsewhere())


@pytest.mark.parametrize(
    "name", ["dns.example.net", "assets.example.net", "A.dns.example.net", "", "*.dns.example.net"]
)
def test_a_record_name_that_is_not_below_the_zones_apex_is_refused(name):
    expect(elsewhere(name), "SITE-RECORD-NAME", "record_name", expected="a name below dns.example.net")


def test_a_hostname_in_the_zone_may_be_a_cname_to_a_record_name_and_its_certificates_are_made():
    accept(one(record_name="assets-failover.example.com"))
    accept(one(record_name="assets-failover.example.com", secondary={"type": "https"}))


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [("assets.example.com", "another name than the hostname"), ("example.com", "none for example.com")],
)
def test_a_record_name_that_leaves_the_hostname_no_cname_is_refused(hostname, expected):
    text = one(hostname=hostname, record_name="assets.example.com")
    expect(text, "SITE-RECORD-NAME", "record_name", expected=expected, remedy="remove it")


@pytest.mark.parametrize("name", ["a.example.com", "records.example.com"])
def test_a_record_name_that_another_site_uses_is_refused(name):
    first = site(hostname="a.example.com", record_name="records.example.com")
    (found,) = findings(many(a=first, b=site(hostname="b.example.com", record_name=name)))
    assert (found.id, found.where) == ("SITES-HOSTNAME-UNIQUE", "sites.b.record_name")


def test_a_record_name_without_a_certificate_is_refused_because_its_validation_would_wait_for_a_person():
    expect(elsewhere(certificate_arn=...), "SITE-RECORD-CERTIFICATE", "certificate_arn", remedy="us-east-1")
    text = elsewhere(secondary={"type": "https"}, replica_regions=["us-east-2", "eu-west-1"])
    expect(text, "SITE-RECORD-CERTIFICATE", "secondary.certificate_arn", remedy="request one in us-east-2")


def test_the_record_name_is_the_name_of_the_failover_records():
    (only,) = parse(elsewhere()).sites
    assert (only.failover_name, only.is_apex) == ("assets.dns.example.net", False)


# The apex


def test_an_apex_is_accepted_with_a_website_secondary():
    accept(apex())


def test_an_apex_is_refused_with_another_cdn_because_only_a_cname_leads_there():
    text = apex(secondary={"type": "external", "hostname": "x.cdn.example.net"})
    expect(text, "SITE-APEX-CNAME", "hostname", remedy="www.example.com")


def test_a_time_to_live_at_an_apex_is_refused():
    expect(apex(record_ttl=60), "SITE-APEX-TTL", "record_ttl")


def test_an_apex_is_refused_where_route_53_cannot_alias_the_website():
    expect(apex(replica_regions=["mx-central-1", "us-east-2"]), "SITE-APEX-REGION", "replica_regions")
    accept(apex(replica_regions=["us-east-2", "mx-central-1"]))


# The secondary


@pytest.mark.parametrize("hostname", ["x.cdn.example.net", "example-com.b-cdn.net"])
def test_another_cdn_is_accepted_as_secondary(hostname):
    accept(external(hostname))


def test_a_hostname_that_is_no_bucket_name_is_accepted_with_another_cdn():
    accept(external("x.cdn.example.net", hostname="xn--bcher-kva.example.com"))


@pytest.mark.parametrize("https", ["optional", "redirect", "hsts"])
def test_https_may_be_required_with_another_cdn(https):
    accept(external("x.cdn.example.net", viewer_https=https))


def test_https_is_the_default_with_another_cdn():
    (only,) = parse(external("x.cdn.example.net")).sites
    assert only.https == "redirect"


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [
        ("https://x.cdn.example.net", "without final dot"),
        ("x.cdn.example.net.", "without final dot"),
        ("x", "without final dot"),
        ("assets.example.com", "a name of its own"),
        ("d111111abcdef8.cloudfront.net", "a CDN other than CloudFront"),
    ],
)
def test_another_cdn_under_a_name_that_cannot_be_is_refused(hostname, expected):
    expect(external(hostname), "SITE-SECONDARY-HOSTNAME", "secondary.hostname", got=hostname, expected=expected)


@pytest.mark.parametrize(
    ("hostname", "meant"), [("https://x.cdn.example.net", "x.cdn.example.net"), ("x", "it as the provider does")]
)
def test_the_name_of_another_cdn_that_was_meant_is_suggested(hostname, meant):
    expect(external(hostname), "SITE-SECONDARY-HOSTNAME", "secondary.hostname", remedy=f"write {meant}")


def test_another_cdn_needs_its_name():
    text = external(...)
    expect(text, "SITE-SECONDARY-HOSTNAME", "secondary.hostname", got="nothing", expected="the other CDN's name")


def test_a_record_that_points_at_itself_is_refused():
    text = elsewhere(secondary={"type": "external", "hostname": "assets.dns.example.net"})
    expect(text, "SITE-SECONDARY-HOSTNAME", "secondary.hostname", expected="a name of its own")


def test_another_cdns_name_for_a_website_is_refused():
    text = one(secondary={"type": "website", "hostname": "x.cdn.example.net"})
    expect(text, "SITE-SECONDARY-HOSTNAME", "secondary.hostname", remedy='type = "external"')


def test_replicas_are_named_freely_when_the_secondary_is_another_cdn():
    (only,) = parse(external("x.cdn.example.net")).sites
    assert only.names("123456789012").replica("us-east-2") == "assets-example-com-replica-123456789012-us-east-2"


# Aliases


@pytest.mark.parametrize(
    ("alias", "expected", "changes"),
    [
        ("WWW.example.com", "a lower-case domain name without scheme", {}),
        ("*.example.com", "a lower-case domain name without scheme, path, wildcard", {}),
        ("assets.example.com", "another name than hostname and record_name", {}),
        ("a.example.com", "another name than hostname and record_name", {"record_name": "a.example.com"}),
        ("www.example.org", "example.com or a name below it", {}),
        ("example.com", "a name below example.com with this secondary", {"secondary": {"type": "https"}}),
        (
            "example.com",
            "a name below example.com with a secondary in mx-central-1",
            {"replica_regions": ["mx-central-1"]},
        ),
        (f"{'a' * 60}.example.com", "a name that is a legal bucket name (3 to 63 characters, not 72)", {}),
        (
            f"{'a' * 50}.example.com",
            "a name whose first label has at most 43 characters",
            {"secondary": {"type": "https"}},
        ),
        (
            "assets-secondary-us-east-2.example.com",
            "a name that the https secondary does not use",
            {"secondary": {"type": "https"}},
        ),
        (
            "www.example.com",
            "a name that no bucket of the site has",
            {"existing": {"cdn_log_bucket": "www.example.com"}},
        ),
        (
            "www.example.com",
            "no alias beside an existing bucket of the website",
            {"existing": {"replica_buckets": {"us-east-2": "assets.example.com"}}},
        ),
    ],
)
def test_an_alias_that_cannot_be_served_wherever_the_hostname_is_is_refused(alias, expected, changes):
    expect(one(aliases=[alias], **changes), "SITE-ALIAS", "aliases", expected=expected)


def test_a_hostname_that_an_aliases_endpoint_would_have_is_refused():
    changes = {"hostname": "www-secondary-us-east-2.example.com", "secondary": {"type": "https"}}
    expect(one(aliases=["www.example.com"], **changes), "SITE-ALIAS", "aliases", expected="does not use")


def test_an_alias_is_named_once():
    expect(one(aliases=["www.example.com"] * 2), "SITE-ALIAS", "aliases", expected="each once")


def test_more_aliases_than_a_certificate_has_room_for_are_refused():
    names = [f"a{number}.example.com" for number in range(9)]
    expect(one(aliases=names), "CONFIG-VALUE", "aliases", expected="0 to 8 of them")
    accept(one(aliases=names[:8]))


def test_an_alias_that_is_no_list_is_told_how_to_write_it():
    expect(one(aliases="www.example.com"), "CONFIG-VALUE", "aliases", remedy='write aliases = ["www.example.com"]')


def test_aliases_beside_each_secondary_are_accepted():
    accept(one(aliases=["www.example.com", "example.com"]))
    accept(one(aliases=["www.example.com"], secondary={"type": "https"}))
    accept(external("a.cdn.example.net", aliases=["www.example.com"]))
    accept(one(aliases=["www.example.com"], record_name="a.example.com"))


@pytest.mark.parametrize("place", ["hostname", "record_name", "aliases"])
def test_an_alias_that_another_site_uses_is_refused(place):
    other = {"hostname": "b.example.com", place: "a.example.com" if place != "aliases" else ["a.example.com"]}
    (finding,) = findings(many(one=site(aliases=["a.example.com"]), two=site(**other)))
    assert finding.id == "SITES-HOSTNAME-UNIQUE"
    assert finding.where.endswith(".aliases")


def test_an_alias_that_another_sites_secondary_uses_is_refused():
    https = site(hostname="b.example.com", secondary={"type": "https"})
    alias = "b-secondary-us-east-2.example.com"
    (finding,) = findings(many(one=site(aliases=[alias]), two=https))
    assert (finding.id, finding.where) == ("SITES-HOSTNAME-UNIQUE", "sites.one.aliases")


def test_a_bucket_of_another_site_leaves_the_name_of_an_alias_free():
    other = site(hostname="b.example.com", existing={"primary_bucket": "a.example.com"})
    assert "SITES-BUCKET-UNIQUE" in ids(many(one=site(aliases=["a.example.com"]), two=other))
