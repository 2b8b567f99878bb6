import pytest

from breakable_aws.emulator.net.viewer_requests import request_of


def scope(*headers, scheme="http"):
    return {
        "method": "GET",
        "scheme": scheme,
        "path": "/ü",
        "raw_path": b"/%C3%BC",
        "query_string": b"a=b",
        "client": ("127.0.0.1", 5),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


def test_a_request_is_what_the_socket_says():
    request = request_of(scope(("Host", "www.example.com"), ("X-Forwarded-Proto", "https")), b"body")
    assert (request.path, request.query, request.host, request.body) == ("/%C3%BC", "a=b", "www.example.com", b"body")
    assert (request.secure, request.source_ip) == (False, "127.0.0.1")
    assert request_of(scope(scheme="https"), b"").secure


@pytest.mark.parametrize(
    ("claimed", "taken"), [("15.177.0.1", "15.177.0.1"), ("2001:db8::1", "2001:db8::1"), ("x", "127.0.0.1")]
)
def test_a_simulated_source_address_is_taken_and_nobody_behind_sees_the_header(claimed, taken):
    request = request_of(scope(("X-Breakable-Source-IP", claimed)), b"")
    assert request.source_ip == taken
    assert request.headers == {}


def test_a_simulated_country_is_taken_and_nobody_behind_sees_the_header():
    request = request_of(scope(("X-Breakable-Country", "DE")), b"")
    assert (request.country, request.headers) == ("DE", {})
    assert request_of(scope(), b"").country == "ZZ"


def test_repeated_headers_are_one_list():
    assert request_of(scope(("Accept", "a"), ("accept", "b")), b"").headers == {"accept": "a, b"}
