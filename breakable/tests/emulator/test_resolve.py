import pytest
from botocore.exceptions import ClientError
from local_internet import get, resolve, s3_client

pytestmark = pytest.mark.embedded

OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


@pytest.fixture
def site(embedded, unique):
    """A public website bucket in eu-west-1: its name."""
    name = unique("gated.example.com")
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    properties = {
        "BucketName": name,
        "WebsiteConfiguration": {"IndexDocument": "index.html"},
        "PublicAccessBlockConfiguration": OPEN,
    }
    document = {"Version": "2012-10-17", "Statement": [read]}
    policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": document}
    embedded.deploy(
        {
            "B": {"Type": "AWS::S3::Bucket", "Properties": properties},
            "P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        },
        region="eu-west-1",
    )
    embedded.client("s3", "eu-west-1").put_object(Bucket=name, Key="index.html", Body=b"home")
    return name


def test_names_lead_to_one_port_for_each_service_region_and_scheme(embedded, site):
    names = ("{}.s3.eu-west-1.amazonaws.com", "{}.s3-website-eu-west-1.amazonaws.com", "{}.s3.eu-west-2.amazonaws.com")
    found = [resolve(embedded, name.format(site), scheme) for name in names for scheme in ("http", "https")]
    assert {place["address"] for place in found} == {"127.0.0.1"}
    assert [(p["service"], p["region"]) for p in found] == [("s3", "eu-west-1")] * 4 + [("s3", "eu-west-2")] * 2
    assert len({place["port"] for place in found}) == 6
    assert resolve(embedded, "other.s3.eu-west-1.amazonaws.com") == found[0]
    assert resolve(embedded, f"{site}.s3.amazonaws.com") == found[0], "the global endpoint leads to the bucket"


@pytest.mark.parametrize(
    ("name", "scheme", "status"),
    [
        ("assets.example.com", "http", 404),
        ("dnobody.cloudfront.net", "http", 404),
        ("b.s3.us-nowhere-1.amazonaws.com", "http", 404),
        ("b.s3-website-us-west-2.amazonaws.com", "api", 404),
        ("b.s3.eu-west-1.amazonaws.com", "gopher", 400),
        ("", "http", 400),
    ],
)
def test_a_name_where_nothing_lives_leads_nowhere(embedded, name, scheme, status):
    code, document = embedded.api("GET", f"/_breakable/resolve?name={name}&scheme={scheme}")
    assert (code, list(document)) == (status, ["error"])


def test_the_endpoint_that_was_connected_to_answers_whatever_the_host_says(embedded, site):
    website, rest = f"{site}.s3-website-eu-west-1.amazonaws.com", f"{site}.s3.eu-west-1.amazonaws.com"
    assert get(embedded, website, host=site).body == b"home"
    assert get(embedded, website).body == b"home"
    listing = get(embedded, rest, host=site)
    assert (listing.status, listing.headers["content-type"]) == (403, "application/xml")
    assert get(embedded, rest, "/index.html", host=site).body == b"home"
    assert get(embedded, rest, "/index.html", secure=True).body == b"home"


def test_another_regions_endpoints_do_not_serve_the_bucket(embedded, site):
    moved = get(embedded, f"{site}.s3.us-west-2.amazonaws.com", "/index.html", host=site)
    assert (moved.status, moved.headers["x-amz-bucket-region"]) == (301, "eu-west-1")
    website = get(embedded, f"{site}.s3-website-us-west-2.amazonaws.com", host=site)
    assert (website.status, website.headers["x-amz-error-code"]) == (400, "IncorrectEndpoint")


def test_an_sdk_reaches_the_buckets_of_the_region_it_asks(embedded, site):
    with s3_client(embedded, "eu-west-1") as s3:
        s3.put_object(Bucket=site, Key="k", Body=b"1")
        assert s3.get_object(Bucket=site, Key="k")["Body"].read() == b"1"
    with s3_client(embedded, "us-west-2") as s3, pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=site, Key="k", Body=b"2")
    assert caught.value.response["Error"]["Code"] == "PermanentRedirect"
    assert embedded.client("s3", "eu-west-1").get_object(Bucket=site, Key="k")["Body"].read() == b"1"


def test_a_bucket_that_does_not_exist_has_a_name_all_the_same(embedded):
    answer = get(embedded, "nobodys.s3.ap-south-1.amazonaws.com")
    assert answer.status == 404
    assert b"NoSuchBucket" in answer.body


def test_a_distribution_has_the_name_that_cloudfront_gave_it_and_no_region(embedded, unique):
    config = {
        "Enabled": True,
        "Origins": [
            {"Id": "o", "DomainName": "b.s3.eu-west-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        ],
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "ViewerProtocolPolicy": "allow-all",
        },
    }
    resource = {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}
    name = {"Domain": {"Value": {"Fn::GetAtt": ["D", "DomainName"]}}}
    domain = embedded.output(embedded.deploy({"D": resource}, outputs=name), "Domain")
    found = {scheme: resolve(embedded, domain, scheme) for scheme in ("http", "https")}
    assert found["http"]["port"] != found["https"]["port"]
    assert {(place["service"], place["region"]) for place in found.values()} == {("cloudfront", None)}
    assert get(embedded, domain, secure=True).headers["x-cache"] == "Error from cloudfront"
