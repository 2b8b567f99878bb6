import pytest

from breakable_aws.emulator.net.places import Endpoint, S3Name, api_gateway_region, is_cloudfront_name, s3_name


@pytest.mark.parametrize(
    ("name", "scheme", "expected"),
    [
        ("a.b.s3.eu-west-1.amazonaws.com", "https", S3Name(Endpoint.S3_REST, "eu-west-1", "a.b")),
        ("a.b.s3-website-us-west-2.amazonaws.com", "http", S3Name(Endpoint.S3_WEBSITE, "us-west-2", "a.b")),
        ("a.s3-website.eu-central-1.amazonaws.com.", "http", S3Name(Endpoint.S3_WEBSITE, "eu-central-1", "a")),
        ("s3-website.eu-central-1.amazonaws.com", "http", S3Name(Endpoint.S3_WEBSITE, "eu-central-1", None)),
        ("s3-website-us-west-2.amazonaws.com.", "http", S3Name(Endpoint.S3_WEBSITE, "us-west-2", None)),
        ("s3.eu-west-1.amazonaws.com", "api", S3Name(Endpoint.S3_API, "eu-west-1", None)),
        ("b.s3.amazonaws.com", "http", S3Name(Endpoint.S3_REST, None, "b")),
        ("a.s3-website.eu-central-1.amazonaws.com", "api", None),
        ("assets.example.com", "http", None),
    ],
)
def test_a_name_of_s3_leads_to_an_endpoint_in_a_region(name, scheme, expected):
    assert s3_name(name, scheme) == expected


def test_only_a_label_below_cloudfronts_domain_is_one_of_its_names():
    assert is_cloudfront_name("D1234.CloudFront.net.")
    assert not any(map(is_cloudfront_name, ("cloudfront.net", "a.d1.cloudfront.net", "d1.cloudfront.net.evil.com")))


def test_a_regional_name_of_api_gateway_tells_its_region_and_the_api_s_own_name_is_none():
    assert api_gateway_region("d-abc123.execute-api.eu-west-1.amazonaws.com.") == "eu-west-1"
    others = ("abc123.execute-api.eu-west-1.amazonaws.com", "d-abc.execute-api.eu-west-1.amazonaws.com.evil.com")
    assert [api_gateway_region(name) for name in others] == [None, None]
