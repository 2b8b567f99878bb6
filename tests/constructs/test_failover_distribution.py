import json
from pathlib import Path

import cdk_nag
import pytest
from aws_cdk import Duration, Environment, Stack, Validations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_cloudfront_origins import HttpOrigin
from cdk_templates import new_app, new_stack, properties, resources, text

from s3_failover_constructs import (
    Directories,
    FailoverDistribution,
    MaintenancePage,
    ResponseHeaders,
    ViewerPaths,
)

REDIRECT = cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def distribute(stack, *, replica=False, **options):
    def bucket(name, region):
        return s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region=region)

    return FailoverDistribution(
        stack,
        "Cdn",
        domain_names=options.pop("domain_names", ["www.example.com"]),
        certificate=options.pop("certificate", acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)),
        primary=bucket("primary", "eu-west-1"),
        replica=bucket("www.example.com", "eu-central-1") if replica else None,
        health_key="health.txt",
        **options,
    )


def configuration(**options):
    stack = new_stack("us-east-1")
    distribute(stack, **options)
    return properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]


def test_alias_and_certificate_are_the_sites():
    config = configuration()
    assert config["Aliases"] == ["www.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE


def test_what_is_unique_in_an_account_is_named_after_the_site():
    stack = new_stack("us-east-1")
    headers, paths = ResponseHeaders(security=True), ViewerPaths(denied_countries=("FR",), object_redirects=True)
    distribute(stack, response_headers=headers, paths=paths, name="www-example-com")
    configs = {
        "OriginAccessControl": "OriginAccessControlConfig",
        "OriginRequestPolicy": "OriginRequestPolicyConfig",
        "ResponseHeadersPolicy": "ResponseHeadersPolicyConfig",
    }
    named = {kind: properties(stack, f"AWS::CloudFront::{kind}")[config]["Name"] for kind, config in configs.items()}
    assert named == {
        "OriginAccessControl": "www-example-com-origins",
        "OriginRequestPolicy": "www-example-com-country",
        "ResponseHeadersPolicy": "www-example-com-headers",
    }
    functions = {r["Properties"]["Name"] for r in resources(stack, "AWS::CloudFront::Function").values()}
    assert functions == {"www-example-com-request", "www-example-com-response"}


def test_comments_are_cut_to_what_cloudfront_takes():
    stack = new_stack("us-east-1")
    headers, paths = ResponseHeaders(security=True), ViewerPaths(denied_countries=("FR",))
    distribute(stack, domain_names=[f"{'a.' * 60}example.com"], response_headers=headers, paths=paths)
    commented = {
        "Distribution": "DistributionConfig",
        "OriginRequestPolicy": "OriginRequestPolicyConfig",
        "ResponseHeadersPolicy": "ResponseHeadersPolicyConfig",
    }
    comments = [properties(stack, f"AWS::CloudFront::{kind}")[config]["Comment"] for kind, config in commented.items()]
    assert [len(comment) for comment in comments] == [128, 128, 128]


def test_viewers_get_modern_protocols_and_checkers_still_get_tls_1_2():
    config = configuration()
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_content_is_compressed_and_cached_by_the_managed_policy():
    behavior = configuration()["DefaultCacheBehavior"]
    assert behavior["Compress"] is True
    assert behavior["CachePolicyId"] == cloudfront.CachePolicy.CACHING_OPTIMIZED.cache_policy_id


def test_buckets_are_read_through_one_origin_access_control():
    stack = new_stack("us-east-1")
    distribute(stack, replica=True)
    assert len(resources(stack, "AWS::CloudFront::OriginAccessControl")) == 1
    origins = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    assert {text(o["OriginAccessControlId"]).split(".")[1] for o in origins} == {"Id>"}


def test_origins_are_the_buckets_regional_endpoints():
    origins = configuration(replica=True)["Origins"]
    buckets = ["primary.s3.eu-west-1.amazonaws.com", "www.example.com.s3.eu-central-1.amazonaws.com"]
    assert [o["DomainName"] for o in origins] == buckets * 2


def test_without_a_replica_there_is_no_origin_group():
    config = configuration()
    assert "OriginGroups" not in config
    assert len(config["Origins"]) == 1


def groups(config):
    """The origin groups that the content and the health path go through, as (group, its origins)."""
    origins = {o["Id"]: o for o in config["Origins"]}
    by_id = {group["Id"]: group for group in config["OriginGroups"]["Items"]}
    behaviors = (config["DefaultCacheBehavior"], config["CacheBehaviors"][0])
    found = [by_id[behavior["TargetOriginId"]] for behavior in behaviors]
    return [(group, [origins[m["OriginId"]] for m in group["Members"]["Items"]]) for group in found]


def test_content_and_health_path_both_go_from_the_primary_to_the_replica():
    for _, origins in groups(configuration(replica=True)):
        assert [o["DomainName"].split(".s3.")[0] for o in origins] == ["primary", "www.example.com"]


def test_health_path_reaches_the_replica_before_a_checker_gives_up_on_a_primary_that_hangs():
    _, (_, health) = groups(configuration(replica=True))
    for origin in health:
        assert (origin["ConnectionTimeout"], origin["S3OriginConfig"]["OriginReadTimeout"]) == (1, 1)


def test_origin_groups_move_on_refused_connections_timeouts_and_denials():
    for group, _ in groups(configuration(replica=True)):
        assert group["FailoverCriteria"]["StatusCodes"] == {"Items": [403, 500, 502, 503, 504], "Quantity": 5}


def test_origin_is_tried_once_and_briefly():
    (_, content), (_, health) = groups(configuration(replica=True))
    assert {o["ConnectionAttempts"] for o in content + health} == {1}
    assert {(o["ConnectionTimeout"], o["S3OriginConfig"]["OriginReadTimeout"]) for o in content} == {(2, 5)}


def test_origin_timeouts_can_be_supplied():
    config = configuration(connection_timeout=Duration.seconds(1), read_timeout=Duration.seconds(9))
    assert config["Origins"][0]["ConnectionTimeout"] == 1
    assert config["Origins"][0]["S3OriginConfig"]["OriginReadTimeout"] == 9


@pytest.mark.parametrize("seconds", [0, 121])
def test_a_read_timeout_that_cloudfront_refuses_is_refused_at_synth(seconds):
    with pytest.raises(ValueError, match=r"^read_timeout: got .*, expected whole seconds from 1 to 120; choose one"):
        configuration(read_timeout=Duration.seconds(seconds))


def test_a_whole_answer_has_no_limit_unless_one_is_set_and_then_every_origin_has_it():
    assert not any("ResponseCompletionTimeout" in each for each in configuration(replica=True)["Origins"])
    config = configuration(replica=True, completion_timeout=Duration.minutes(10))
    assert {each["ResponseCompletionTimeout"] for each in config["Origins"]} == {600}


@pytest.mark.parametrize("seconds", [4, 3601])
def test_a_limit_of_a_whole_answer_is_from_that_of_a_packet_to_an_hour(seconds):
    with pytest.raises(ValueError, match=r"^completion_timeout: got .*, expected whole seconds from 5 to 3600; choose"):
        configuration(completion_timeout=Duration.seconds(seconds))


def test_health_path_is_never_cached():
    (behavior,) = configuration()["CacheBehaviors"]
    assert behavior["PathPattern"] == "/health.txt"
    assert behavior["CachePolicyId"] == cloudfront.CachePolicy.CACHING_DISABLED.cache_policy_id


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        (cloudfront.ViewerProtocolPolicy.ALLOW_ALL, "allow-all"),
        (cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS, "redirect-to-https"),
        (cloudfront.ViewerProtocolPolicy.HTTPS_ONLY, "https-only"),
    ],
)
def test_plain_http_is_treated_as_told(given, policy):
    assert configuration(viewer_protocol_policy=given)["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == policy


def test_browsers_are_told_to_remember_https_only_with_hsts():
    assert "ResponseHeadersPolicyId" not in configuration(viewer_protocol_policy=REDIRECT)["DefaultCacheBehavior"]
    stack = new_stack("us-east-1")
    distribute(stack, viewer_protocol_policy=REDIRECT, response_headers=ResponseHeaders(hsts=True))
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    header = policy["SecurityHeadersConfig"]["StrictTransportSecurity"]
    assert header["AccessControlMaxAgeSec"] == 365 * 24 * 3600


def test_missing_objects_get_the_error_document_with_their_404():
    (response,) = configuration()["CustomErrorResponses"]
    assert (response["ErrorCode"], response["ResponseCode"]) == (404, 404)
    assert response["ResponsePagePath"] == "/error.html"


def test_checkers_ask_for_the_distributions_own_name():
    stack = new_stack("us-east-1")
    endpoint = stack.resolve(distribute(stack).endpoint.domain_name)
    assert endpoint["Fn::GetAtt"][1] == "DomainName"


def test_directories_are_index_documents_by_default_and_the_health_path_has_no_function():
    config = configuration()
    (function,) = config["DefaultCacheBehavior"]["FunctionAssociations"]
    assert function["EventType"] == "viewer-request"
    assert "FunctionAssociations" not in config["CacheBehaviors"][0]


def test_there_is_no_function_where_there_is_nothing_to_do():
    behavior = configuration(paths=ViewerPaths(directories=Directories.OFF))["DefaultCacheBehavior"]
    assert "FunctionAssociations" not in behavior


def test_security_headers_and_hsts_come_in_one_policy():
    stack = new_stack("us-east-1")
    headers = ResponseHeaders(hsts=True, security=True, content_security_policy="default-src 'self'")
    distribute(stack, viewer_protocol_policy=REDIRECT, response_headers=headers)
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["FrameOptions"] == {"FrameOption": "SAMEORIGIN", "Override": True}
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "strict-origin-when-cross-origin"
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == "default-src 'self'"
    assert security["StrictTransportSecurity"]["IncludeSubdomains"] is False


def test_security_headers_do_not_bring_hsts():
    stack = new_stack("us-east-1")
    distribute(stack, response_headers=ResponseHeaders(security=True))
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    assert "StrictTransportSecurity" not in policy["SecurityHeadersConfig"]


def test_scripts_of_other_origins_may_read_without_credentials():
    stack = new_stack("us-east-1")
    distribute(stack, response_headers=ResponseHeaders(cors_origins=("https://app.example.com",)))
    cors = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]["CorsConfig"]
    assert cors["AccessControlAllowOrigins"]["Items"] == ["https://app.example.com"]
    assert (cors["AccessControlAllowCredentials"], cors["OriginOverride"]) == (False, True)
    behavior = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    assert behavior["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]


def test_the_country_is_told_to_the_function_and_does_not_split_the_cache():
    stack = new_stack("us-east-1")
    distribute(stack, paths=ViewerPaths(allowed_countries=("DE",)))
    headers = properties(stack, "AWS::CloudFront::OriginRequestPolicy")["OriginRequestPolicyConfig"]["HeadersConfig"]
    assert headers == {"HeaderBehavior": "whitelist", "Headers": ["CloudFront-Viewer-Country"]}
    config = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == cloudfront.CachePolicy.CACHING_OPTIMIZED.cache_policy_id
    assert "Restrictions" not in config, "they would shut out health checkers, who come from eight regions"
    assert "OriginRequestPolicyId" not in config["CacheBehaviors"][0]


def test_web_acl_and_cache_policy_are_as_told():
    config = configuration(
        web_acl_id="arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0f",
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
    )
    assert config["WebACLId"] == "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0f"
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == cloudfront.CachePolicy.CACHING_DISABLED.cache_policy_id


def maintained(*, replica=False):
    stack = new_stack("us-east-1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Pages", bucket_name="pages", region="eu-central-1")
    distribute(stack, replica=replica, maintenance_page=MaintenancePage("later.html", bucket))
    return properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]


@pytest.mark.parametrize("replica", [False, True])
def test_the_maintenance_page_is_read_from_its_own_bucket_as_quickly_as_content(replica):
    config = maintained(replica=replica)
    page = config["CacheBehaviors"][1]
    assert page["PathPattern"] == "/later.html"
    (origin,) = [o for o in config["Origins"] if o["Id"] == page["TargetOriginId"]]
    assert origin["DomainName"] == "pages.s3.eu-central-1.amazonaws.com"
    assert (origin["ConnectionTimeout"], origin["S3OriginConfig"]["OriginReadTimeout"]) == (2, 5)


def test_the_maintenance_page_stands_in_for_every_5xx_and_never_hides_it():
    answers = {r["ErrorCode"]: (r["ResponseCode"], r["ResponsePagePath"]) for r in maintained()["CustomErrorResponses"]}
    unavailable = (503, "/later.html")
    assert answers == {404: (404, "/error.html"), **dict.fromkeys((500, 502, 503, 504), unavailable)}


def test_buckets_of_the_same_stack_let_the_distribution_tell_missing_from_denied():
    stack = new_stack("us-east-1")
    FailoverDistribution(
        stack,
        "Cdn",
        domain_names=["www.example.com"],
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        primary=s3.Bucket(stack, "A"),
        replica=s3.Bucket(stack, "B"),
        health_key="health.txt",
    )
    policies = resources(stack, "AWS::S3::BucketPolicy").values()
    assert len(policies) == 2
    for policy in policies:
        allowed = [text(each["Action"]) for each in policy["Properties"]["PolicyDocument"]["Statement"]]
        assert {"s3:GetObject", "s3:ListBucket"} <= set(",".join(allowed).split(","))
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


SHARED = {
    "domain_names": ["example.com", "www.example.com", "*.shop.example.com"],
    "web_acl_id": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0f",
    "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_3_2025,
    "origin_request_policy": cloudfront.OriginRequestPolicy.CORS_S3_ORIGIN,
    "response_headers_policy": cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
    "cache_policy": cloudfront.CachePolicy.CACHING_DISABLED,
    "origin_shield_region": "eu-west-1",
    "replica_origin_shield_region": "eu-central-1",
}


def test_a_distribution_takes_what_the_cdks_own_takes():
    config = configuration(replica=True, **SHARED)
    assert config["Aliases"] == SHARED["domain_names"]
    assert config["Comment"] == "example.com, www.example.com, *.shop.example.com"
    assert config["WebACLId"] == SHARED["web_acl_id"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.3_2025"
    behavior = config["DefaultCacheBehavior"]
    assert behavior["OriginRequestPolicyId"] == SHARED["origin_request_policy"].origin_request_policy_id
    assert behavior["ResponseHeadersPolicyId"] == SHARED["response_headers_policy"].response_headers_policy_id
    assert behavior["CachePolicyId"] == SHARED["cache_policy"].cache_policy_id


def test_origin_shield_is_in_front_of_content_and_not_of_the_health_path():
    (_, content), (_, health) = groups(configuration(replica=True, **SHARED))
    assert [origin["OriginShield"]["OriginShieldRegion"] for origin in content] == ["eu-west-1", "eu-central-1"]
    assert not any("OriginShield" in origin for origin in health)


def test_a_site_without_aliases_has_the_distributions_own_name():
    config = configuration(domain_names=[], certificate=None)
    assert "Aliases" not in config
    assert config["Comment"] == "Test/Cdn"


def test_behaviors_of_ones_own_come_behind_the_health_path():
    api = cloudfront.BehaviorOptions(
        origin=HttpOrigin("api.example.com"),
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
    )
    config = configuration(replica=True, additional_behaviors={"/api/*": api})
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == ["/health.txt", "/api/*"]
    assert config["Origins"][4]["DomainName"] == "api.example.com"


@pytest.mark.parametrize("replica", [False, True])
def test_a_behavior_that_is_added_later_shares_the_origin(replica):
    stack = new_stack("us-east-1")
    cdn = distribute(stack, replica=replica)
    cdn.distribution.add_behavior("/media/*", cdn.origin, cache_policy=cloudfront.CachePolicy.CACHING_DISABLED)
    config = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]
    media = config["CacheBehaviors"][1]
    assert media["TargetOriginId"] == config["DefaultCacheBehavior"]["TargetOriginId"]
    assert len(config["Origins"]) == (4 if replica else 1)


def test_what_runs_and_what_is_added_can_be_reached():
    stack = new_stack("us-east-1")
    cdn = distribute(stack, response_headers=ResponseHeaders(security=True))
    assert len(cdn.functions.associations) == 1
    assert cdn.response_headers_policy.response_headers_policy_id
    assert cdn.domain_names == ("www.example.com",)
    plain = distribute(Stack(stack, "Other"), paths=ViewerPaths(directories=Directories.OFF))
    assert plain.functions is plain.response_headers_policy is None


def associated(event):
    code = cloudfront.FunctionCode.from_inline("function handler(event) { return event.request; }")

    def associate(stack):
        function = cloudfront.Function(stack, "Own", code=code)
        return [cloudfront.FunctionAssociation(function=function, event_type=event)]

    return associate


def test_a_function_of_ones_own_runs_beside_ours_on_another_event():
    stack = new_stack("us-east-1")
    own = associated(cloudfront.FunctionEventType.VIEWER_RESPONSE)(stack)
    distribute(stack, function_associations=own)
    behavior = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    assert [each["EventType"] for each in behavior["FunctionAssociations"]] == ["viewer-request", "viewer-response"]


CHECKERS = ("AU", "BR", "IE", "JP", "SG", "US")


@pytest.mark.parametrize(
    ("restriction", "shut_out"),
    [
        (cloudfront.GeoRestriction.allowlist("DE", "US"), "AU, BR, IE, JP, SG"),
        (cloudfront.GeoRestriction.denylist("US", "CU"), "US"),
        (cloudfront.GeoRestriction.denylist("CU"), None),
        (cloudfront.GeoRestriction.allowlist("DE", *CHECKERS), None),
    ],
)
def test_a_restriction_that_shuts_out_health_checkers_is_told(restriction, shut_out):
    stack = new_stack("us-east-1")
    distribute(stack, geo_restriction=restriction)
    config = properties(stack, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert config["Restrictions"]["GeoRestriction"]["Locations"] == restriction.locations
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("geo_restriction"))
    found = [each.entry.data for each in warnings]
    assert len(found) == (1 if shut_out else 0)
    assert not shut_out or f"geo_restriction shuts out {shut_out}, where Route 53's health checkers are" in found[0]


API = cloudfront.BehaviorOptions(origin=HttpOrigin("api.example.com"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"certificate": None}, "certificate: got None, expected one that covers www.example.com; pass one of us-"),
        ({"domain_names": []}, "certificate: got <.*>?.*, expected none without domain_names; name what it covers"),
        (
            {"response_headers": ResponseHeaders(hsts=True)},
            "viewer_protocol_policy: got <.*>, expected REDIRECT_TO_HTTPS or HTTPS_ONLY with hsts; browsers",
        ),
        (
            {
                "response_headers": ResponseHeaders(security=True),
                "response_headers_policy": cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
            },
            "response_headers_policy: got <.*>?.*, expected nothing beside response_headers; keep one",
        ),
        (
            {
                "paths": ViewerPaths(denied_countries=("FR",)),
                "origin_request_policy": cloudfront.OriginRequestPolicy.CORS_S3_ORIGIN,
            },
            "origin_request_policy: got <.*>?.*, expected nothing beside countries in paths; keep one",
        ),
        (
            {"additional_behaviors": {"health.txt": API}},
            "additional_behaviors: got 'health.txt', expected none of /hea",
        ),
        ({"additional_behaviors": {"": API}}, "additional_behaviors: got '', expected a text that is not empty"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        configuration(**options)


@pytest.mark.parametrize("wrong", [["/api/*"], {"/api/*": HttpOrigin("api.example.com")}])
def test_behaviors_are_a_mapping_of_options(wrong):
    with pytest.raises(TypeError, match=r"^additional_behaviors: got .*, expected .*BehaviorOptions|a mapping"):
        configuration(additional_behaviors=wrong)


def test_a_second_function_on_one_event_is_refused():
    stack = new_stack("us-east-1")
    own = associated(cloudfront.FunctionEventType.VIEWER_REQUEST)(stack)
    with pytest.raises(
        ValueError, match=r"^function_associations: got 'VIEWER_REQUEST', expected one function for eac"
    ):
        distribute(stack, function_associations=own)


def test_cdk_nag_asks_the_user_about_countries_and_a_firewall():
    app = new_app()
    stack = Stack(app, "Test", env=Environment(region="us-east-1"))
    distribute(stack)
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    found = {each["ruleName"] for plugin in report["pluginReports"] for each in plugin["violations"]}
    assert {name for name in found if name.startswith("AwsSolutions-")} == {"AwsSolutions-CFR1", "AwsSolutions-CFR2"}


def test_the_cdk_tells_the_user_that_an_imported_bucket_must_admit_the_distribution():
    stack = new_stack("us-east-1")
    distribute(stack, replica=True)
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("imported bucket"))
    assert found
    assert Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("[Ll]ist")) == []
