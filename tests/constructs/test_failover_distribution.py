import pytest
from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match
from cdk_templates import new_stack, properties, resources, text

from s3_failover_constructs import (
    Directories,
    FailoverDistribution,
    MaintenancePage,
    ViewerHeaders,
    ViewerHttps,
    ViewerPaths,
)

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def distribute(stack, *, replica=False, **options):
    def bucket(name, region):
        return s3.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region=region)

    return FailoverDistribution(
        stack,
        "Cdn",
        hostname=options.pop("hostname", "www.example.com"),
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
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
    headers, paths = ViewerHeaders(security=True), ViewerPaths(denied_countries=("FR",), object_redirects=True)
    distribute(stack, headers=headers, paths=paths, name="www-example-com")
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
    headers, paths = ViewerHeaders(security=True), ViewerPaths(denied_countries=("FR",))
    distribute(stack, hostname=f"{'a.' * 60}example.com", headers=headers, paths=paths)
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
    config = configuration(connect_timeout=Duration.seconds(1), read_timeout=Duration.seconds(9))
    assert config["Origins"][0]["ConnectionTimeout"] == 1
    assert config["Origins"][0]["S3OriginConfig"]["OriginReadTimeout"] == 9


@pytest.mark.parametrize("seconds", [0, 121])
def test_a_read_timeout_that_cloudfront_refuses_is_refused_at_synth(seconds):
    with pytest.raises(ValueError, match=f"1 to 120 seconds, got {seconds}"):
        configuration(read_timeout=Duration.seconds(seconds))


def test_health_path_is_never_cached():
    (behavior,) = configuration()["CacheBehaviors"]
    assert behavior["PathPattern"] == "/health.txt"
    assert behavior["CachePolicyId"] == cloudfront.CachePolicy.CACHING_DISABLED.cache_policy_id


@pytest.mark.parametrize(
    ("viewer_https", "policy"),
    [
        (ViewerHttps.OPTIONAL, "allow-all"),
        (ViewerHttps.REDIRECT, "redirect-to-https"),
        (ViewerHttps.HSTS, "redirect-to-https"),
    ],
)
def test_plain_http_is_treated_as_told(viewer_https, policy):
    assert configuration(viewer_https=viewer_https)["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == policy


def test_browsers_are_told_to_remember_https_only_with_hsts():
    assert "ResponseHeadersPolicyId" not in configuration(viewer_https=ViewerHttps.REDIRECT)["DefaultCacheBehavior"]
    stack = new_stack("us-east-1")
    distribute(stack, viewer_https=ViewerHttps.HSTS)
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    header = policy["SecurityHeadersConfig"]["StrictTransportSecurity"]
    assert header["AccessControlMaxAgeSec"] == 365 * 24 * 3600


def test_missing_objects_get_the_error_document_with_their_404():
    (response,) = configuration()["CustomErrorResponses"]
    assert (response["ErrorCode"], response["ResponseCode"]) == (404, 404)
    assert response["ResponsePagePath"] == "/error.html"


def test_health_endpoint_is_the_distributions_own_name():
    stack = new_stack("us-east-1")
    endpoint = stack.resolve(distribute(stack).health_endpoint)
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
    headers = ViewerHeaders(security=True, content_security_policy="default-src 'self'")
    distribute(stack, viewer_https=ViewerHttps.HSTS, headers=headers)
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["FrameOptions"] == {"FrameOption": "SAMEORIGIN", "Override": True}
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "strict-origin-when-cross-origin"
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == "default-src 'self'"
    assert security["StrictTransportSecurity"]["IncludeSubdomains"] is False


def test_security_headers_do_not_bring_hsts():
    stack = new_stack("us-east-1")
    distribute(stack, headers=ViewerHeaders(security=True))
    policy = properties(stack, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    assert "StrictTransportSecurity" not in policy["SecurityHeadersConfig"]


def test_scripts_of_other_origins_may_read_without_credentials():
    stack = new_stack("us-east-1")
    distribute(stack, headers=ViewerHeaders(cors_origins=("https://app.example.com",)))
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
        web_acl_arn="arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0f",
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
        hostname="www.example.com",
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
