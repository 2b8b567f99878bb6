import json
import socket
import ssl

import pytest

pytestmark = pytest.mark.embedded

ACCOUNT = "123456789012"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def admits(bucket, *actions, arn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"):
    """A policy that lets the account's distributions do something with a bucket, over TLS."""
    resources = [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"]
    condition = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": arn},
        "Bool": {"aws:SecureTransport": "true"},
    }
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": list(actions),
        "Resource": resources,
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def origin(identifier, bucket, region):
    return {
        "Id": identifier,
        "DomainName": f"{bucket}.s3.{region}.amazonaws.com",
        "OriginAccessControlId": {"Ref": "OAC"},
        "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 5},
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 2,
    }


def behavior(target, **more):
    return {"TargetOriginId": target, "CachePolicyId": CACHING_DISABLED, "ViewerProtocolPolicy": "allow-all"} | more


class Site:
    """A primary bucket, a replica bucket and a distribution that fails over between them."""

    def __init__(self, embedded, unique):
        self.embedded, self.s3 = embedded, embedded.client("s3")
        self.primary, self.replica, self.alias = unique("primary"), unique("replica"), unique("site") + ".example.com"
        for bucket, region in ((self.primary, "us-east-1"), (self.replica, "eu-west-1")):
            embedded.deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}}, region=region)
            for key in ("index.html", "health.txt", "error.html"):
                embedded.client("s3", region).put_object(Bucket=bucket, Key=key, Body=f"{key} of {bucket}".encode())
        self.stack = None
        self.configure()

    def configure(self, **changes):
        """Deploy the distribution, with some of its configuration changed."""
        group = {
            "Id": "both",
            "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 503]}},
            "Members": {"Quantity": 2, "Items": [{"OriginId": "p"}, {"OriginId": "r"}]},
        }
        config = {
            "Enabled": True,
            "Aliases": [self.alias],
            "HttpVersion": "http2and3",
            "IPV6Enabled": True,
            "DefaultRootObject": "index.html",
            "Origins": [origin("p", self.primary, "us-east-1"), origin("r", self.replica, "eu-west-1")],
            "OriginGroups": {"Quantity": 1, "Items": [group]},
            "DefaultCacheBehavior": behavior("both"),
            "CacheBehaviors": [behavior("p", PathPattern="/health.txt")],
            "ViewerCertificate": {"AcmCertificateArn": {"Ref": "Cert"}, "SslSupportMethod": "sni-only"},
        }
        resources = {
            "OAC": {
                "Type": "AWS::CloudFront::OriginAccessControl",
                "Properties": {
                    "OriginAccessControlConfig": {
                        "Name": self.alias,
                        "OriginAccessControlOriginType": "s3",
                        "SigningBehavior": "always",
                        "SigningProtocol": "sigv4",
                    }
                },
            },
            "Cert": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": self.alias}},
            "D": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config | changes}},
        }
        outputs = {
            "Domain": {"Value": {"Fn::GetAtt": ["D", "DomainName"]}},
            "Arn": {"Value": {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${D}"}},
        }
        self.stack = self.embedded.deploy(resources, name=self.stack, outputs=outputs)
        self.domain = self.embedded.output(self.stack, "Domain")
        self.arn = self.embedded.output(self.stack, "Arn")

    def admit(self, bucket, *actions, **how):
        self.s3.put_bucket_policy(Bucket=bucket, Policy=admits(bucket, *actions, **how))

    def get(self, path="/", host=None, **how):
        return self.embedded.viewer("cloudfront", host or self.alias, path, **how)


@pytest.fixture
def site(embedded, unique):
    return Site(embedded, unique)


@pytest.mark.parametrize("secure", [False, True])
def test_a_distribution_answers_by_its_alias_and_its_domain_name(site, secure):
    site.admit(site.primary, "s3:GetObject")
    for host in (site.alias, site.domain):
        answer = site.get(host=host, secure=secure)
        assert (answer.status, answer.body) == (200, f"index.html of {site.primary}".encode())
        assert answer.headers["x-cache"] == "Miss from cloudfront"


def test_http_2_is_spoken_where_the_viewer_can(site):
    with socket.create_connection(("127.0.0.1", site.embedded.ready["cloudfront"]["https"])) as raw:
        context = ssl.create_default_context(cafile=site.embedded.ready["ca_file"])
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(raw, server_hostname=site.alias) as connection:
            assert connection.selected_alpn_protocol() == "h2"
            assert ("DNS", site.alias) in connection.getpeercert()["subjectAltName"]


def test_a_name_of_no_distribution_gets_cloudfronts_own_certificate_and_refusal(embedded):
    with pytest.raises(ssl.SSLCertVerificationError):
        embedded.viewer("cloudfront", "nobody.example.com", secure=True)
    answer = embedded.viewer("cloudfront", "nobody.example.com")
    assert (answer.status, answer.headers["x-cache"]) == (403, "Error from cloudfront")


def test_a_bucket_policy_without_the_distribution_keeps_cloudfront_out(site):
    assert site.get("/health.txt").status == 403
    site.admit(site.primary, "s3:GetObject", arn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/EOTHER")
    assert site.get("/health.txt").status == 403
    site.admit(site.primary, "s3:GetObject", arn=site.arn)
    assert site.get("/health.txt").status == 200


def test_cloudfront_gets_into_a_bucket_that_blocks_public_access(site):
    site.admit(site.primary, "s3:GetObject")
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    site.s3.put_public_access_block(Bucket=site.primary, PublicAccessBlockConfiguration=dict.fromkeys(names, True))
    assert site.get("/health.txt").status == 200


def test_a_missing_object_is_not_found_only_if_cloudfront_may_list(site):
    site.configure(DefaultCacheBehavior=behavior("p"))
    site.admit(site.primary, "s3:GetObject")
    assert site.get("/nope").status == 403
    site.admit(site.primary, "s3:GetObject", "s3:ListBucket")
    answer = site.get("/nope")
    assert (answer.status, answer.headers["x-cache"]) == (404, "Error from cloudfront")


def test_slashes_are_part_of_the_key_but_for_the_first(site):
    site.configure(DefaultCacheBehavior=behavior("p"))
    site.admit(site.primary, "s3:GetObject", "s3:ListBucket")
    site.s3.put_object(Bucket=site.primary, Key="library/a.html", Body=b"one")
    assert site.get("/library/a.html").body == b"one"
    paths = ("//library/a.html", "/library//a.html", "/library/a.html/", "/%2Flibrary/a.html", "///library/a.html")
    assert {path: site.get(path).status for path in paths} == dict.fromkeys(paths, 404)
    site.s3.put_object(Bucket=site.primary, Key="/library//a.html/", Body=b"another")
    assert [site.get(path).body for path in ("//library//a.html/", "/%2flibrary//a.html/")] == [b"another"] * 2


def test_an_origin_group_asks_the_replica_on_a_listed_status(site):
    site.admit(site.replica, "s3:GetObject")
    answer = site.get()
    assert (answer.status, answer.body) == (200, f"index.html of {site.replica}".encode())
    assert site.get("/health.txt").status == 403, "a path pinned to the primary does not fail over"


def test_an_origin_group_leaves_an_unlisted_status_alone(site):
    site.admit(site.primary, "s3:GetObject", "s3:ListBucket")
    site.admit(site.replica, "s3:GetObject")
    site.embedded.client("s3", "eu-west-1").put_object(Bucket=site.replica, Key="only", Body=b"x")
    assert site.get("/only").status == 404


def test_plain_http_is_redirected_where_it_should_be_and_no_header_can_claim_tls(site):
    site.admit(site.primary, "s3:GetObject")
    site.configure(DefaultCacheBehavior=behavior("p", ViewerProtocolPolicy="redirect-to-https"))
    port = site.embedded.ready["cloudfront"]["http"]
    answer = site.get("/a?b=c", headers={"Host": f"{site.alias}:{port}", "X-Forwarded-Proto": "https"})
    assert (answer.status, answer.headers["location"]) == (301, f"https://{site.alias}/a?b=c")
    assert site.get(secure=True).status == 200


def test_a_custom_error_page_comes_with_its_status(site):
    site.admit(site.primary, "s3:GetObject", "s3:ListBucket")
    page = {"ErrorCode": 404, "ResponseCode": 410, "ResponsePagePath": "/error.html", "ErrorCachingMinTTL": 0}
    site.configure(CustomErrorResponses=[page])
    answer = site.get("/nope")
    assert (answer.status, answer.body) == (410, f"error.html of {site.primary}".encode())


def test_ranges_conditions_and_heads_reach_the_origin(site):
    site.admit(site.primary, "s3:GetObject")
    assert site.get("/health.txt", headers={"Range": "bytes=0-5"}).body == b"health"
    head = site.get("/health.txt", method="HEAD")
    assert (head.status, head.body, int(head.headers["content-length"])) == (
        200,
        b"",
        len(f"health.txt of {site.primary}"),
    )
    assert site.get("/health.txt", headers={"If-None-Match": head.headers["etag"]}).status == 304


def test_a_method_that_is_not_allowed_is_refused(site):
    site.admit(site.primary, "s3:GetObject")
    site.configure(DefaultCacheBehavior=behavior("p", AllowedMethods=["GET", "HEAD"]))
    assert site.get(method="POST").status == 403


def test_a_disabled_distribution_serves_nobody(site):
    site.admit(site.primary, "s3:GetObject")
    assert site.get().status == 200
    site.configure(Enabled=False)
    assert site.get().status == 403


def test_an_origin_of_the_wrong_region_is_no_way_to_a_bucket(site):
    site.admit(site.primary, "s3:GetObject")
    site.configure(Origins=[origin("p", site.primary, "eu-central-1"), origin("r", site.replica, "eu-west-1")])
    assert site.get("/health.txt").status == 301


def test_a_policy_of_headers_is_applied(site):
    site.admit(site.primary, "s3:GetObject")
    hsts = "67f7725c-6f97-4210-82d7-5512b31e9d03"
    site.configure(DefaultCacheBehavior=behavior("p", ResponseHeadersPolicyId=hsts))
    assert "max-age" in site.get(secure=True).headers["strict-transport-security"]


def test_the_same_hostname_is_a_distribution_or_a_bucket_by_where_the_viewer_was_sent(site):
    site.admit(site.primary, "s3:GetObject")
    site.embedded.deploy(
        {
            "B": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": site.alias, "WebsiteConfiguration": {"IndexDocument": "i"}},
            }
        }
    )
    assert site.get().headers["x-cache"] == "Miss from cloudfront"
    assert site.embedded.viewer("s3", site.alias).headers["server"] == "AmazonS3"
