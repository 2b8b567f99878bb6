from pathlib import Path

import pytest
from config_samples import findings, ids, many, one, site

from s3_failover.config import parse
from s3_failover.config.catalogue import rules


def expect(text, rule_id, where, **parts):
    """Assert that a text has exactly one finding, of this rule, at this place."""
    (finding,) = findings(text)
    assert (finding.id, finding.where) == (rule_id, where)
    for part, words in parts.items():
        assert words in getattr(finding, part)


def accept(text):
    assert findings(text) == []


def test_ids_are_unique_and_have_a_reason():
    ids_ = [rule.id for rule in rules()]
    assert len(ids_) == len(set(ids_)) >= 25
    assert all(rule.reason.strip() and "\n" not in rule.reason for rule in rules())


def test_every_rule_has_a_test():
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert [rule.id for rule in rules() if f'"{rule.id}"' not in tests] == []


def test_the_shortest_site_is_accepted():
    accept(one())


# Names


@pytest.mark.parametrize("name", ["a", "assets-2", "a" * 32])
def test_a_plain_site_name_is_accepted(name):
    accept(many(**{name: site()}))


@pytest.mark.parametrize("name", ["", "Assets", "2assets", "a.b", "a b", "a" * 33, "a\n"])
def test_a_site_name_that_is_no_plain_argument_is_refused(name):
    assert ids(many(**{name: site()})) == ["SITE-NAME"]


@pytest.mark.parametrize("hostname", ["a.example.com", "a-b.example.com", "1.example.com", "a.b.c.example.com"])
def test_a_hostname_is_accepted(hostname):
    accept(one(hostname=hostname))


@pytest.mark.parametrize(
    "hostname",
    [
        "",
        "localhost",
        "Assets.example.com",
        "assets.example.com.",
        "https://assets.example.com",
        "*.example.com",
        "assets_1.example.com",
        "-a.example.com",
        "a-.example.com",
        "a..example.com",
        "assets.example.com\n",
        "bücher.example.com",
        "192.0.2.1",
        "999.999.999.999",
        "assets.example.1",
        f"{'a' * 64}.example.com",
        ".".join(["a" * 60] * 5),
    ],
)
def test_a_hostname_that_is_none_is_refused_once(hostname):
    expect(one(hostname=hostname), "SITE-HOSTNAME", "sites.assets.hostname")


@pytest.mark.parametrize("written", ["https://Assets.example.com/a?b", "*.assets.example.com", "ASSETS.example.com."])
def test_the_hostname_that_was_meant_is_suggested(written):
    expect(one(hostname=written), "SITE-HOSTNAME", "sites.assets.hostname", remedy="write assets.example.com")


def test_the_longest_hostname_that_is_a_bucket_name_is_accepted():
    accept(one(hostname=f"{'a' * 51}.example.com"))


@pytest.mark.parametrize("hostname", [f"{'a' * 52}.example.com", "xn--bcher-kva.example.com", "sthree-a.example.com"])
def test_a_hostname_that_is_no_bucket_name_is_refused_because_s3_goes_by_the_host_header(hostname):
    expect(one(hostname=hostname), "SITE-WEBSITE-BUCKET-NAME", "sites.assets.hostname")


@pytest.mark.parametrize("name", ["abc", "my-bucket", "0" * 63])
def test_a_primary_bucket_name_is_accepted(name):
    accept(one(primary_bucket=name))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("ab", "3 to 63 characters, not 2"),
        ("a" * 64, "3 to 63 characters, not 64"),
        ("Bucket", "lower-case"),
        ("-bucket", "lower-case"),
        ("a..b", "lower-case"),
        ("my.bucket", "no dots"),
        ("192.0.2.1", "not the form of an IP address"),
        ("xn--bucket", "not starting with xn--"),
        ("amzn-s3-demo-a", "not starting with amzn-s3-demo-"),
        ("bucket-s3alias", "not ending with -s3alias"),
        ("bucket-111122223333-us-east-1-an", "not ending with -an"),
        ("assets.example.com", "not the hostname"),
    ],
)
def test_a_primary_bucket_name_that_s3_or_tls_refuses_is_refused(name, problem):
    expect(one(primary_bucket=name), "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected=problem)


def test_a_primary_bucket_named_like_a_log_bucket_of_the_site_is_refused():
    name = "assets-example-com-primarylogs-111122223333-us-west-2"
    text = one(primary_bucket=name, account="111122223333")
    expect(text, "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected="another bucket of this site")


def test_a_primary_bucket_named_like_the_replica_is_refused():
    name = "assets-example-com-replica-111122223333-us-east-2"
    text = one(primary_bucket=name, account="111122223333", secondary={"type": "https"})
    expect(text, "SITE-PRIMARY-BUCKET-NAME", "sites.assets.primary_bucket", expected="another bucket of this site")


@pytest.mark.parametrize(("name", "is_offered"), [("assets.example.com", True), ("Bucket", False)])
def test_another_secondary_is_offered_where_it_lets_a_primary_bucket_keep_its_name(name, is_offered):
    (finding,) = findings(one(primary_bucket=name))
    assert ("or choose secondary" in finding.remedy) == is_offered


# Regions and account


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "mx-central-1"])
def test_a_commercial_region_is_accepted(region):
    accept(one(primary_region=region))
    accept(one(replica_regions=[region]))


@pytest.mark.parametrize(
    "region", ["", "us-east-9", "US-EAST-1", "us-gov-west-1", "cn-north-1", "aws-global", "us-east-1a"]
)
def test_a_region_outside_the_commercial_partition_is_refused(region):
    expect(one(primary_region=region), "SITE-REGION", "sites.assets.primary_region")
    expect(one(replica_regions=["us-east-2", region]), "SITE-REGION", "sites.assets.replica_regions")


@pytest.mark.parametrize(
    "replicas", [["us-west-2"], ["us-east-2", "us-west-2"], ["us-east-2", "us-east-2"], ["us-west-2", "us-west-2"]]
)
def test_a_region_named_twice_is_refused_because_it_is_lost_once(replicas):
    expect(one(replica_regions=replicas), "SITE-REGIONS-DISTINCT", "sites.assets.replica_regions")


def test_an_account_of_twelve_digits_is_accepted():
    accept(one(account="012345678901"))


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "1234-5678-9012", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_an_account_that_is_not_twelve_digits_is_refused(account):
    expect(one(account=account), "SITE-ACCOUNT", "sites.assets.account")


# Distribution


def test_a_certificate_in_us_east_1_is_accepted():
    accept(one(certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/0f-1e"))


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:acm:us-west-2:111122223333:certificate/0f-1e",
        "arn:aws:iam::111122223333:server-certificate/a",
        "arn:aws-cn:acm:us-east-1:111122223333:certificate/0f",
    ],
)
def test_a_certificate_elsewhere_is_refused_because_cloudfront_cannot_use_it(arn):
    expect(one(certificate_arn=arn), "SITE-CERTIFICATE", "sites.assets.certificate_arn")


LONG = f"{'a' * 63}.{'b' * 60}.example.com"
EXTERNAL = {"type": "external", "hostname": "assets.cdn.example.net"}
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/0f-1e"


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"CostCenter": "1234"},
        {"Name": "shop", "owner": "team@example.com", "path": "a/b=c+d-e_f.g:h i", "Straße": "Nº 7"},
        {"k" * 128: "v" * 256},
        {"k": "v"},
        {f"tag-{number}": "x" for number in range(8)},
        {"awsome": "x", "s3-failover": "x"},
    ],
)
def test_tags_that_every_service_takes_are_accepted(tags):
    accept(one(tags=tags))


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"": "x"}, "1 to 128 characters"),
        ({"k" * 129: "x"}, "1 to 128 characters"),
        ({"a,b": "x"}, "letters, digits"),
        ({" a": "x"}, "no space at either end"),
        ({"key": ""}, "1 to 256 characters"),
        ({"key": "v" * 257}, "1 to 256 characters"),
        ({"key": "a;b"}, "letters, digits"),
        ({"key": "two\nlines"}, "letters, digits"),
        ({"aws:cloudformation:stack-name": "x"}, "neither aws: nor s3-failover:"),
        ({"AWS:x": "x"}, "neither aws: nor s3-failover:"),
        ({"s3-failover:site": "x"}, "neither aws: nor s3-failover:"),
        ({"S3-Failover:Role": "x"}, "neither aws: nor s3-failover:"),
        ({"owner": "x", "Owner": "y"}, "more than capitals"),
        ({f"tag-{number}": "x" for number in range(9)}, "at most 8 tags, not 9"),
    ],
)
def test_a_tag_that_some_service_refuses_is_refused(tags, problem):
    expect(one(tags=tags), "SITE-TAG", "sites.assets.tags", expected=problem)


def test_a_tag_is_a_string():
    assert ids(one(tags={"CostCenter": 1234})) == ["CONFIG-VALUE"]


def test_a_certificate_is_made_for_64_characters():
    accept(one(hostname=f"{'a' * 52}.example.com", secondary=EXTERNAL))


@pytest.mark.parametrize(
    ("hostname", "secondary"), [(f"{'a' * 53}.example.com", EXTERNAL), (LONG, EXTERNAL), (LONG, {"type": "https"})]
)
def test_a_hostname_is_refused_that_acm_makes_no_certificate_for(hostname, secondary):
    text = one(hostname=hostname, secondary=secondary)
    assert "SITE-CERTIFICATE-HOSTNAME" in ids(text)
    finding = next(each for each in findings(text) if each.id == "SITE-CERTIFICATE-HOSTNAME")
    assert finding.where == "sites.assets.hostname"
    assert f"not {len(hostname)}" in finding.expected
    assert ("secondary.certificate_arn" in finding.remedy) is (secondary is not EXTERNAL)


def test_a_long_hostname_is_accepted_with_a_certificate_that_is_there():
    accept(one(hostname=LONG, secondary=EXTERNAL, certificate_arn=ARN))


def test_a_long_hostname_needs_a_certificate_for_the_https_secondary_too():
    hostname = f"{'a' * 30}.{'b' * 50}.example.com"
    text = one(hostname=hostname, secondary={"type": "https"}, certificate_arn=ARN)
    expect(text, "SITE-CERTIFICATE-HOSTNAME", "sites.assets.hostname", remedy="in secondary.certificate_arn")


def test_a_distribution_id_is_accepted():
    accept(one(distribution_id="E2QWRUHAPOMQZL"))


@pytest.mark.parametrize("value", ["", "E", "d111111abcdef8.cloudfront.net", "e2qwruhapomqzl", "E*******"])
def test_a_distribution_id_that_cloudfront_does_not_give_is_refused(value):
    expect(one(distribution_id=value), "SITE-DISTRIBUTION-ID", "sites.assets.distribution_id")


@pytest.mark.parametrize("regions", [[], ["us-west-2"], ["eu-west-1", "us-west-2", "us-east-2"]])
def test_regions_of_the_site_may_be_protected(regions):
    accept(one(replica_regions=["us-east-2", "eu-west-1"], protected_regions=regions))


@pytest.mark.parametrize("region", ["", "us-east-1", "eu-west-1", "US-WEST-2"])
def test_a_region_without_a_bucket_cannot_be_protected_not_even_the_edges(region):
    text = one(protected_regions=["us-west-2", region])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", got=f'"{region}"', expected='"us-east-2"')


def test_a_region_whose_bucket_was_there_before_has_no_stack_to_protect():
    existing = {"replica_buckets": {"us-east-2": "assets.example.com"}}
    text = one(existing=existing, protected_regions=["us-east-2"])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", expected='"us-west-2"')


def test_a_region_that_is_protected_twice_is_refused():
    text = one(protected_regions=["us-west-2", "us-east-2", "us-west-2"])
    expect(text, "SITE-PROTECTED-REGION", "sites.assets.protected_regions", got='"us-west-2"', expected="once")


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_hsts_is_refused_because_the_secondary_has_no_tls(mode):
    expect(one(mode=mode, viewer_https="hsts"), "SITE-HSTS-HTTP-SECONDARY", "sites.assets.viewer_https")


def test_redirect_to_https_is_refused_in_dns_mode_and_accepted_in_hybrid_mode():
    expect(one(viewer_https="redirect"), "SITE-REDIRECT-HTTP-SECONDARY", "sites.assets.viewer_https")
    accept(one(viewer_https="redirect", mode="hybrid"))
    accept(one(viewer_https="optional"))


@pytest.mark.parametrize(
    "codes", [[500, 502, 503, 504], [504, 503, 502, 500, 404], [400, 403, 404, 416, 429, 500, 502, 503, 504]]
)
def test_status_codes_that_catch_refusals_and_timeouts_are_accepted(codes):
    accept(one(failover_status_codes=codes))


@pytest.mark.parametrize(
    "codes",
    [
        [],
        [403],
        [502, 503, 504],
        [500, 503, 504],
        [500, 502, 504],
        [500, 502, 503],
        [500, 502, 503, 504, 501],
        [500, 500, 502, 503, 504],
    ],
)
def test_status_codes_that_miss_an_outage_or_that_cloudfront_refuses_are_refused(codes):
    expect(one(failover_status_codes=codes), "SITE-FAILOVER-STATUS-CODES", "sites.assets.failover_status_codes")


# Objects


@pytest.mark.parametrize("key", ["health.txt", "a/b/c-d_e.txt", "a" * 254])
def test_a_plain_health_key_is_accepted(key):
    accept(one(health_key=key))


@pytest.mark.parametrize(
    "key", ["", "/health.txt", "a//b", "a/../b", "./a", "health*", "h?", "h h", "é.txt", "a/", "a" * 255]
)
def test_a_health_key_that_means_more_than_one_object_somewhere_is_refused(key):
    expect(one(health_key=key), "SITE-HEALTH-KEY", "sites.assets.health_key")


@pytest.mark.parametrize("key", ["index.html", "error.html"])
def test_a_health_key_that_is_content_is_refused(key):
    expect(one(health_key=key), "SITE-HEALTH-KEY", "sites.assets.health_key", expected="a key of its own")


def test_the_error_document_may_be_the_index_document_as_in_single_page_applications():
    accept(one(index_document="index.html", error_document="index.html"))
    accept(one(error_document="errors/404.html"))


@pytest.mark.parametrize("key", ["", "/index.html", "a/index.html", "..", "*.html", "a" * 255])
def test_an_index_document_that_is_no_plain_name_is_refused(key):
    expect(one(index_document=key), "SITE-DOCUMENT", "sites.assets.index_document")


@pytest.mark.parametrize("key", ["", "/error.html", "a/../error.html", "./error.html", "a b.html", "a" * 255])
def test_an_error_document_that_is_no_plain_key_is_refused(key):
    expect(one(error_document=key), "SITE-DOCUMENT", "sites.assets.error_document")


# What the distribution does with requests


def cdn(**settings):
    return one(cdn=settings)


@pytest.mark.parametrize("page", ["maintenance.html", "pages/later.html"])
def test_a_maintenance_page_is_accepted(page):
    accept(cdn(maintenance_page=page, maintenance=True))


@pytest.mark.parametrize(
    "page", ["", "/maintenance.html", "pages/", "a b.html", "index.html", "error.html", "_s3-failover/health.txt"]
)
def test_a_maintenance_page_that_is_no_key_of_its_own_is_refused(page):
    expect(cdn(maintenance_page=page), "SITE-CDN-PAGE", "sites.assets.cdn.maintenance_page")


def test_maintenance_without_a_page_is_refused():
    expect(cdn(maintenance=True), "SITE-CDN-PAGE", "sites.assets.cdn.maintenance_page", got="nothing")


def test_a_single_page_app_is_accepted():
    accept(cdn(single_page_app=True))


def test_a_single_page_app_has_no_directories():
    expect(cdn(single_page_app=True, directories="index"), "SITE-CDN-APP", "sites.assets.cdn.directories")


def test_a_single_page_app_has_no_error_document():
    text = one(error_document="oops.html", cdn={"single_page_app": True})
    expect(text, "SITE-CDN-APP", "sites.assets.error_document")


@pytest.mark.parametrize("origin", ["*", "https://app.example.com", "http://localhost", "http://localhost:8080"])
def test_an_origin_is_accepted(origin):
    accept(cdn(cors_origins=[origin]))


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "app.example.com",
        "https://app.example.com/",
        "https://*.example.com",
        "https://A.example.com",
        "ftp://a.b",
        "null",
    ],
)
def test_what_no_browser_sends_as_origin_is_refused(origin):
    expect(cdn(cors_origins=[origin]), "SITE-CDN-CORS-ORIGIN", "sites.assets.cdn.cors_origins")


@pytest.mark.parametrize(
    "origins", [["*", "https://a.example.com"], ["https://a.example.com", "https://a.example.com"]]
)
def test_an_origin_that_is_covered_already_is_refused(origins):
    expect(cdn(cors_origins=origins), "SITE-CDN-CORS-ORIGIN", "sites.assets.cdn.cors_origins")


def test_more_origins_than_a_function_holds_are_refused():
    # 28 characters each in the function, quotes, comma and space included: 3,976 of 4,000.
    origins = [f"https://{number:04}.example.com" for number in range(142)]
    accept(cdn(cors_origins=[*origins, "https://a.example.io"]))
    text = cdn(cors_origins=[*origins, "https://ab.example.io"])
    expect(text, "SITE-CDN-FUNCTION-SIZE", "sites.assets.cdn.cors_origins")


@pytest.mark.parametrize("policy", ["optimized", "disabled", "658327ea-f89d-4fab-a63d-7e88639e58f6"])
def test_a_cache_policy_is_accepted(policy):
    accept(cdn(cache_policy=policy))


@pytest.mark.parametrize("policy", ["", "Optimized", "CachingOptimized", "658327ea"])
def test_a_cache_policy_by_name_is_refused(policy):
    expect(cdn(cache_policy=policy), "SITE-CDN-CACHE-POLICY", "sites.assets.cdn.cache_policy")


@pytest.mark.parametrize("setting", ["allowed_countries", "denied_countries"])
def test_countries_are_accepted_where_it_is_known_that_the_secondary_ignores_them(setting):
    accept(cdn(unguarded_secondary=True, **{setting: ["DE", "FR"]}))


@pytest.mark.parametrize("countries", [["de"], ["DEU"], ["Germany"], [""], ["DE", "DE"]])
@pytest.mark.parametrize("setting", ["allowed_countries", "denied_countries"])
def test_what_is_no_country_code_is_refused(setting, countries):
    text = cdn(unguarded_secondary=True, **{setting: countries})
    expect(text, "SITE-CDN-COUNTRY", f"sites.assets.cdn.{setting}")


def test_countries_are_allowed_or_denied():
    text = cdn(unguarded_secondary=True, allowed_countries=["DE"], denied_countries=["FR"])
    expect(text, "SITE-CDN-COUNTRY", "sites.assets.cdn.denied_countries")


WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0f1e2d3c-0000-4000-8000-0123456789ab"


def test_a_web_acl_is_accepted_where_it_is_known_that_it_guards_the_distribution_only():
    accept(cdn(unguarded_secondary=True, web_acl_arn=WEB_ACL))


@pytest.mark.parametrize(
    "arn", ["", "site", WEB_ACL.replace("global", "regional"), WEB_ACL.replace("us-east-1", "eu-west-1")]
)
def test_a_web_acl_that_cloudfront_cannot_take_is_refused(arn):
    assert "SITE-CDN-WEB-ACL" in ids(cdn(unguarded_secondary=True, web_acl_arn=arn))


@pytest.mark.parametrize(
    ("setting", "value"), [("allowed_countries", ["DE"]), ("denied_countries", ["DE"]), ("web_acl_arn", WEB_ACL)]
)
def test_a_guard_that_the_website_goes_around_is_refused(setting, value):
    expect(cdn(**{setting: value}), "SITE-CDN-UNGUARDED-SECONDARY", f"sites.assets.cdn.{setting}", remedy="unguarded")


def test_an_api_in_place_of_the_website_guards_nothing_either():
    guarded = one(cdn={"denied_countries": ["AQ"]}, secondary={"type": "https"})
    expect(guarded, "SITE-CDN-UNGUARDED-SECONDARY", "sites.assets.cdn.denied_countries", remedy="unguarded")


@pytest.mark.parametrize("policy", ["default-src 'self'", "x"])
def test_a_content_security_policy_is_accepted(policy):
    accept(cdn(content_security_policy=policy))


@pytest.mark.parametrize("policy", ["", " ", "a\nb: c", "é", "x" * 1784])
def test_a_content_security_policy_that_is_no_header_is_refused(policy):
    expect(cdn(content_security_policy=policy), "SITE-CDN-HEADER", "sites.assets.cdn.content_security_policy")


@pytest.mark.parametrize("prefix", ["/cdn", "cdn/", "c*n", ""])
def test_a_log_prefix_that_is_no_plain_key_is_refused(prefix):
    expect(cdn(log_prefix=prefix), "SITE-CDN-LOG-PREFIX", "sites.assets.cdn.log_prefix")


def test_a_log_prefix_is_accepted():
    accept(cdn(log_prefix="cdn/assets"))


# Alarms


@pytest.mark.parametrize("email", ["oncall@example.com", "a+b@x.example.co", "a.b@xn--bcher-kva.example"])
def test_an_address_is_accepted_once_on_each_topic(email):
    accept(one(alarms={"critical_emails": [email], "warning_emails": [email]}))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "oncall",
        "@example.com",
        "a@b",
        "a@-.com",
        "a@b..com",
        "a b@example.com",
        "On Call <a@example.com>",
        "a@b@c.com\n",
    ],
)
def test_an_address_that_nobody_gets_is_refused(email):
    expect(one(alarms={"warning_emails": [email]}), "SITE-ALARM-EMAIL", "sites.assets.alarms.warning_emails")


def test_an_address_that_is_listed_twice_is_refused():
    emails = ["a@example.com", "a@example.com"]
    text = one(alarms={"critical_emails": emails})
    expect(text, "SITE-ALARM-EMAIL", "sites.assets.alarms.critical_emails", expected="each address once")


# Clients


def test_clients_may_take_all_defaults():
    accept(one(clients={}))


@pytest.mark.parametrize("service", ["ivr", "a:b", "x" * 255, "web (blue) #1"])
def test_a_service_that_cloudwatch_takes_as_a_dimension_is_accepted(service):
    accept(one(clients={"service": service}))


@pytest.mark.parametrize("service", ["", " ", ":ivr", "x" * 256, "größe", "ivr\n", "a\tb", "\x7f"])
def test_a_service_that_cloudwatch_refuses_as_a_dimension_is_refused(service):
    expect(one(clients={"service": service}), "SITE-CLIENT-SERVICE", "sites.assets.clients.service", remedy="assets")


@pytest.mark.parametrize("region", ["us-east-2", "sa-east-1"])
def test_client_alarms_may_live_in_a_replica_region_or_in_one_without_a_copy(region):
    accept(one(clients={"alarm_region": region}))


@pytest.mark.parametrize("region", ["", "us-west-9", "us-gov-west-1"])
def test_client_alarms_in_a_region_that_does_not_exist_are_refused(region):
    expect(one(clients={"alarm_region": region}), "SITE-REGION", "sites.assets.clients.alarm_region")


def test_client_alarms_in_the_primary_region_are_refused_because_they_are_lost_with_it():
    text = one(clients={"alarm_region": "us-west-2"})
    expect(text, "SITE-CLIENT-ALARM-REGION", "sites.assets.clients.alarm_region", remedy="the last replica region")


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_a_fleet_may_have_any_size_and_its_threshold_shrinks_with_it(size):
    (assets,) = parse(one(clients={"fleet_size": size})).sites
    assert assets.clients.warning_threshold == min(size, 3)


def test_a_threshold_that_somebody_chose_must_fit_the_fleet_that_somebody_counted():
    accept(one(clients={"failing_hosts": 5}))
    accept(one(clients={"failing_hosts": 5, "fleet_size": 5}))
    text = one(clients={"failing_hosts": 3, "fleet_size": 2})
    expect(text, "SITE-CLIENT-FLEET", "sites.assets.clients.failing_hosts", expected="at most the 2 of fleet_size")


# Between sites


def test_two_sites_with_one_hostname_are_refused_with_one_finding():
    text = many(a=site(), b=site())
    expect(text, "SITES-HOSTNAME-UNIQUE", "sites.b.hostname", remedy="sites.a")


def test_two_sites_in_one_zone_are_accepted():
    accept(many(a=site(), b=site(hostname="b.example.com")))


def test_two_sites_with_one_primary_bucket_are_refused():
    a, b = site(primary_bucket="content"), site(primary_bucket="content", hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-BUCKET-UNIQUE", "sites.b.primary_bucket", remedy="sites.a")


@pytest.mark.parametrize("order", [1, -1])
def test_a_primary_bucket_that_has_the_computed_name_of_another_sites_bucket_is_refused(order):
    name = "assets-example-com-websitelogs-111122223333-us-east-2"
    sites = {"a": site(account="111122223333"), "b": site(primary_bucket=name, hostname="b.example.com")}
    text = many(**dict(list(sites.items())[::order]))
    expect(text, "SITES-BUCKET-UNIQUE", "sites.b.primary_bucket", remedy="sites.a")


def test_two_sites_whose_hosts_publish_the_same_metrics_are_refused():
    a, b = site(clients={"service": "ivr"}), site(clients={"service": "ivr"}, hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-CLIENTS-UNIQUE", "sites.b.clients.service", remedy="sites.a")


def test_a_service_named_like_another_sites_hostname_is_refused():
    a, b = site(clients={}), site(clients={"service": "assets.example.com"}, hostname="b.example.com")
    expect(many(a=a, b=b), "SITES-CLIENTS-UNIQUE", "sites.b.clients.service", got='"assets.example.com"')


def test_a_service_named_like_another_sites_table_is_accepted():
    accept(many(a=site(clients={}), b=site(clients={"service": "a"}, hostname="b.example.com")))


@pytest.mark.parametrize(
    "changes", [{"clients": {}}, {"clients": {"service": "ivr", "alarm_region": "sa-east-1"}}, {"clients": ...}]
)
def test_two_sites_with_other_services_or_alarm_regions_are_accepted(changes):
    a = site(clients={"service": "ivr"})
    accept(many(a=a, b=site(**{"hostname": "b.example.com", **changes})))


def test_two_sites_in_two_accounts_may_have_one_service():
    both = [site(clients={"service": "ivr"}, account=digit * 12, hostname=f"{digit}.example.com") for digit in "12"]
    accept(many(a=both[0], b=both[1]))
