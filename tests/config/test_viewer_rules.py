"""Rules of the settings that viewers meet: HTTPS, documents, the distribution."""

import pytest
from config_samples import accept, expect, ids, one


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


def test_a_limit_of_a_whole_answer_is_no_shorter_than_that_of_its_packets():
    setting = "sites.assets.origin_completion_timeout"
    expect(one(origin_completion_timeout=4), "SITE-ORIGIN-COMPLETION", setting, expected="at least 5")
    accept(one(origin_completion_timeout=5))
    accept(one(origin_completion_timeout=9, origin_read_timeout=9))
