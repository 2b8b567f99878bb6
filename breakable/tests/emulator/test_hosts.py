import pytest

from breakable_aws.emulator.net.hosts import CustomHost, RestHost, WebsiteHost, covers, s3_certificate_names, s3_host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("assets.example.com.s3-website-us-west-2.amazonaws.com", WebsiteHost("assets.example.com", "us-west-2")),
        ("assets.example.com.s3-website.eu-central-1.amazonaws.com", WebsiteHost("assets.example.com", "eu-central-1")),
        ("b.s3-website.ap-southeast-3.amazonaws.com:8080", WebsiteHost("b", "ap-southeast-3")),
        ("bucket.s3.us-east-1.amazonaws.com", RestHost("bucket", "us-east-1")),
        ("Assets.Example.Com.s3.us-gov-west-1.amazonaws.com.", RestHost("assets.example.com", "us-gov-west-1")),
        ("bucket.s3.dualstack.eu-west-1.amazonaws.com", RestHost("bucket", "eu-west-1", dual_stack=True)),
        ("bucket.s3-eu-west-1.amazonaws.com", RestHost("bucket", "eu-west-1")),
        ("s3.eu-west-1.amazonaws.com", RestHost(None, "eu-west-1")),
        ("bucket.s3.amazonaws.com", RestHost("bucket", None)),
        ("s3.amazonaws.com:443", RestHost(None, None)),
        ("assets.example.com", CustomHost("assets.example.com")),
        ("notamazonaws.com", CustomHost("notamazonaws.com")),
    ],
)
def test_a_host_names_an_endpoint_and_a_bucket(host, expected):
    assert s3_host(host) == expected


def test_a_certificate_covers_one_label_below_the_regional_endpoint():
    assert s3_certificate_names("assets.example.com.s3.eu-west-1.amazonaws.com") == (
        "s3.eu-west-1.amazonaws.com",
        "*.s3.eu-west-1.amazonaws.com",
    )


@pytest.mark.parametrize("name", ["b.s3-website-us-west-2.amazonaws.com", "assets.example.com"])
def test_website_endpoints_speak_no_tls(name):
    assert s3_certificate_names(name) is None


def test_a_client_without_a_server_name_gets_the_default_certificate():
    assert s3_certificate_names(None) == ("s3.us-east-1.amazonaws.com", "*.s3.us-east-1.amazonaws.com")


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("www.example.com", "WWW.example.com", True),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "*.EXAMPLE.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "a.www.example.com", False),
        ("www.example.com", "*.example.com", False),
    ],
)
def test_a_wildcard_covers_one_label(pattern, name, expected):
    assert covers(pattern, name) is expected
