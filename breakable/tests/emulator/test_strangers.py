import pytest

from breakable_aws.emulator.net.strangers import is_own_host, refusal

PORT = 4567


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:4567",
        "localhost",
        "LocalHost:1",
        "localhost.:4567",
        "[::1]:4567",
        "[::1]",
        "bucket.localhost:4567",
        "www.example.com.localhost:4567",
        "sts.amazonaws.com",
        "STS.us-east-1.AmazonAWS.com.",
        "123456789012.s3-control.eu-west-1.amazonaws.com",
        "s3.eu-west-1.amazonaws.com:443",
        "www.example.com.s3.dualstack.eu-west-1.amazonaws.com",
        "bucket.s3-website-us-east-1.amazonaws.com",
        "s3-website.us-east-2.amazonaws.com",
    ],
)
def test_a_name_of_the_api(host):
    assert is_own_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "evil.example",
        "evil.example:4567",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1.evil.example:4567",
        "evil.example:80@127.0.0.1",
        "127.0.0.1:4567@evil.example",
        "127.0.0.1, evil.example",
        "127.0.0.1:4567:80",
        "127.0.0.1:port",
        "127.0.0.2",
        "0.0.0.0:4567",
        "2130706433",
        "0x7f.1",
        "[::]:4567",
        "[::ffff:127.0.0.1]",
        "[::1]evil.example",
        "[fe80::1%25lo]",
        "::1",
        "localhost\x00",
        "localhost/",
        "localho\u017ft",
        "amazonaws.com",
        "evil-amazonaws.com",
        "amazonaws.com.evil.example",
        "ec2-127-0-0-1.compute-1.amazonaws.com",
        "evil-123.us-east-1.elb.amazonaws.com",
        "abc.execute-api.us-east-1.amazonaws.com",
        "d111111abcdef8.cloudfront.net",
    ],
)
def test_another_name(host):
    assert not is_own_host(host)
    assert "Host" in refusal("GET", {"host": host}, PORT)


@pytest.mark.parametrize("name", ["origin", "referer"])
@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        "http://evil.example:4567",
        "http://127.0.0.1",
        "http://127.0.0.1:4568",
        "https://127.0.0.1:4567",
        "http://127.0.0.1:4567@evil.example",
        "http://evil.example#@127.0.0.1:4567",
        "http://127.0.0.1:4567\\@evil.example",
        "http://localhost.evil.example:4567",
        "http://bucket.localhost:4567",
        "http://[::1",
        "http://127.0.0.1:4567, https://evil.example",
        "file://",
        "127.0.0.1:4567",
    ],
)
def test_a_request_of_a_page_elsewhere(name, origin):
    assert "web pages" in refusal("POST", {"host": "127.0.0.1:4567", name: origin}, PORT)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:4567", "http://localhost:4567", "http://[::1]:4567"])
def test_a_request_of_its_own_origin(origin):
    assert refusal("POST", {"host": "127.0.0.1:4567", "origin": origin, "referer": f"{origin}/path"}, PORT) is None


@pytest.mark.parametrize(("site", "refused"), [("cross-site", True), ("same-site", True), ("none", False)])
def test_a_request_that_the_browser_calls_foreign(site, refused):
    assert bool(refusal("GET", {"host": "localhost", "sec-fetch-site": site}, PORT)) is refused


def test_a_preflight_request():
    headers = {"host": "127.0.0.1:4567", "origin": "http://127.0.0.1:4567"}
    assert "preflight" in refusal("OPTIONS", headers, PORT)
