"""What the distribution of a `Site` takes besides its settings, as objects of the CDK."""

import pytest
from aws_cdk import Environment, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_wafv2 as waf
from aws_cdk.assertions import Template
from cdk_templates import new_app, text

from s3_failover.config import ConfigError
from s3_failover_stacks import CdnOptions, CdnSettings, Secondary, Site

ACL = "arn:aws:wafv2:us-east-1:111111111111:global/webacl/site/11111111-2222-3333-4444-555555555555"


def shop(app=None, **arguments):
    return Site(
        app or new_app(),
        "shop",
        **{
            "hostname": "shop.example.com",
            "zone": route53.HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"),
            "primary_region": "eu-west-1",
            "replica_regions": ["eu-central-1"],
            "mode": "hybrid",
            "secondary": Secondary.external("shop.cdn.example.net"),
            **arguments,
        },
    )


def distribution(site):
    (found,) = Template.from_stack(site.stacks.edge).find_resources("AWS::CloudFront::Distribution").values()
    return found["Properties"]["DistributionConfig"]


def test_a_site_without_options_is_as_it_was():
    assert distribution(shop()) == distribution(shop(cdn_options=CdnOptions()))


@pytest.mark.parametrize("behaviors", [{}, {"/api/*": "api.example.com"}], ids=["alone", "api"])
def test_nag_is_answered_for_static_content_and_not_for_what_an_app_adds(behaviors):
    added = {path: cloudfront.BehaviorOptions(origin=origins.HttpOrigin(name)) for path, name in behaviors.items()}
    site = shop(cdn_options=CdnOptions(additional_behaviors=added))
    answered = str(site.distribution.distribution.node.metadata)
    assert ("AwsSolutions-CFR2" in answered) is not bool(behaviors)


def test_objects_reach_the_distribution():
    api = cloudfront.BehaviorOptions(origin=origins.HttpOrigin("api.example.com"))
    config = distribution(
        shop(
            cdn_options=CdnOptions(
                additional_behaviors={"/api/*": api},
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS,
                origin_request_policy=cloudfront.OriginRequestPolicy.CORS_S3_ORIGIN,
                response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
                web_acl_id=ACL,
                geo_restriction=cloudfront.GeoRestriction.denylist("AQ"),
                origin_shield_region="eu-west-1",
                minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_3_2025,
            )
        )
    )
    content = config["DefaultCacheBehavior"]
    assert content["CachePolicyId"] == "b2884449-e4de-46a7-ac36-70bc7f1ddd6d"
    assert content["OriginRequestPolicyId"] == "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
    assert content["ResponseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == ["/_s3-failover/health.txt", "/api/*"]
    assert config["WebACLId"] == ACL
    assert config["Restrictions"]["GeoRestriction"]["Locations"] == ["AQ"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.3_2025"
    assert config["Origins"][0]["OriginShield"] == {"Enabled": True, "OriginShieldRegion": "eu-west-1"}


def test_what_must_be_made_in_the_edge_stack_is_made_there():
    def options(stack):
        return CdnOptions(cache_policy=cloudfront.CachePolicy(stack, "Long", cache_policy_name="long"))

    site = shop(cdn_options=options)
    assert text(distribution(site)["DefaultCacheBehavior"]["CachePolicyId"]).startswith("<Long")


def acl_of(app):
    stack = Stack(app, "Acl", env=Environment(region="us-east-1"))
    visibility = waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=False, metric_name="acl", sampled_requests_enabled=False
    )
    allow = waf.CfnWebACL.DefaultActionProperty(allow=waf.CfnWebACL.AllowActionProperty())
    return waf.CfnWebACL(stack, "Acl", default_action=allow, scope="CLOUDFRONT", visibility_config=visibility).attr_arn


def test_a_web_acl_of_the_app_may_be_a_token():
    app = new_app()
    assert "Acl" in str(distribution(shop(app, cdn_options=CdnOptions(web_acl_id=acl_of(app))))["WebACLId"])


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (lambda _: CdnOptions(geo_restriction=cloudfront.GeoRestriction.allowlist("DE")), "UNGUARDED-SECONDARY"),
        (lambda _: CdnOptions(geo_restriction=cloudfront.GeoRestriction.denylist("DE")), "UNGUARDED-SECONDARY"),
        (lambda app: CdnOptions(web_acl_id=acl_of(app)), "UNGUARDED-SECONDARY"),
        (lambda _: CdnOptions(web_acl_id="acl"), "WEB-ACL"),
    ],
)
def test_rules_hold_for_objects_as_they_do_in_the_file(options, rule):
    app = new_app()
    with pytest.raises(ConfigError) as refused:
        shop(app, secondary=Secondary.website(), mode="dns", cdn_options=options(app))
    assert f"SITE-CDN-{rule}" in {each.id for each in refused.value.findings}


def test_a_rule_is_answered_where_the_file_answers_it():
    guarded = CdnOptions(geo_restriction=cloudfront.GeoRestriction.allowlist("US", "IE", "BR", "SG", "JP", "AU", "DE"))
    site = shop(secondary=Secondary.https(), cdn=CdnSettings(unguarded_secondary=True), cdn_options=guarded)
    assert distribution(site)["Restrictions"]["GeoRestriction"]["RestrictionType"] == "whitelist"


@pytest.mark.parametrize(
    ("setting", "options"),
    [
        ({"cache_policy": "disabled"}, {"cache_policy": cloudfront.CachePolicy.CACHING_OPTIMIZED}),
        ({"security_headers": True}, {"response_headers_policy": cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS}),
        ({"web_acl_arn": ACL}, {"web_acl_id": ACL}),
        ({"denied_countries": ("AQ",)}, {"geo_restriction": cloudfront.GeoRestriction.denylist("AQ")}),
        ({"denied_countries": ("AQ",)}, {"origin_request_policy": cloudfront.OriginRequestPolicy.ALL_VIEWER}),
    ],
)
def test_an_option_beside_the_setting_of_the_same_thing_is_refused(setting, options):
    (name,), (written,) = options, setting
    expected = rf"^cdn_options\.{name}: got 'one', expected none beside cdn\.{written}; keep one of them$"
    with pytest.raises(ValueError, match=expected):
        shop(cdn=CdnSettings(**setting), cdn_options=CdnOptions(**options))


def test_hsts_is_not_lost_to_a_policy():
    policy = CdnOptions(response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS)
    with pytest.raises(ValueError, match='expected none beside viewer_https = "hsts"'):
        shop(secondary=Secondary.https(), viewer_https="hsts", cdn_options=policy)


@pytest.mark.parametrize("given", [{"cache_policy": 1}, lambda _: None, 7])
def test_what_are_no_options_is_refused(given):
    with pytest.raises(TypeError, match=r"^cdn_options: got .*, expected CdnOptions; write it as in"):
        shop(cdn_options=given)


def test_the_health_path_is_the_sites_own():
    behaviors = {"/_s3-failover/health.txt": cloudfront.BehaviorOptions(origin=origins.HttpOrigin("api.example.com"))}
    with pytest.raises(ValueError, match="additional_behaviors"):
        shop(cdn_options=CdnOptions(additional_behaviors=behaviors))
