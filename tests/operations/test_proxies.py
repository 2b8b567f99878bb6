"""Legs are asked through the proxy that boto3 would use; real sockets, a proxy and a server of our own."""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme
from serving import serving

from s3_failover.operations import proxies
from s3_failover.operations.legs import LegAddress

NOWHERE = "leg.invalid"
"""No resolver knows it: only a proxy leads there."""


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Proxy(socketserver.ThreadingTCPServer):
    """Takes CONNECT to anywhere, and leads to one port."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, onward, status="200 OK"):
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.onward, self.status, self.heard = onward, status, []


class Tunnel(socketserver.StreamRequestHandler):
    def handle(self):
        lines = list(iter(lambda: self.rfile.readline().strip().decode(), ""))
        self.server.heard.append(lines)
        self.wfile.write(f"HTTP/1.1 {self.server.status}\r\n\r\n".encode())
        if not self.server.status.startswith("200"):
            return
        with socket.create_connection(("127.0.0.1", self.server.onward)) as onward:
            back = threading.Thread(target=pump, args=(onward, self.connection), daemon=True)
            back.start()
            pump(self.connection, onward)
            back.join()


def pump(source, sink):
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(params=["http", "https"])
def site(request, authority):
    """A server for plain HTTP or TLS, and how to trust it."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Site)) as server:
        trust = None
        if request.param == "https":
            ours, trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
            authority.issue_cert("assets.example.com").configure_cert(ours)
            authority.configure_trust(trust)
            server.socket = ours.wrap_socket(server.socket, server_side=True)
        yield server.server_address[1], trust


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No proxy but that of the test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def leg(address, port, trust):
    return LegAddress("secondary", "assets.example.com", address, port, trust, timeout=20)


def test_a_leg_is_asked_through_the_proxy_as_the_hostname(site, environment):
    port, trust = site
    with serving(Proxy(port)) as proxy:
        environment.setenv("HTTPS_PROXY" if trust else "HTTP_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        answer = leg(NOWHERE, 80, trust).get("a b.txt")
    assert (answer.status, answer.body, answer.unseen) == (200, b"assets.example.com /a%20b.txt", False)
    assert proxy.heard[0][0].startswith(f"CONNECT {NOWHERE}:80 ")


def test_the_proxys_user_and_password_are_given_to_it_and_never_shown(site, environment):
    port, trust = site
    with serving(Proxy(port, "403 Forbidden")) as proxy:
        address = f"http://ann:s%3Acret@127.0.0.1:{proxy.server_address[1]}"
        environment.setenv("HTTPS_PROXY" if trust else "HTTP_PROXY", address)
        answer = leg(NOWHERE, 80, trust).get("a.txt")
    expected = base64.b64encode(b"ann:s:cret").decode()
    assert f"Proxy-Authorization: Basic {expected}" in proxy.heard[0]
    assert (answer.status, answer.unseen) == (0, True)
    assert "refuses: Tunnel connection failed: 403" in answer.error
    assert "cret" not in answer.error


def test_loopback_is_never_behind_a_proxy(site, environment):
    port, trust = site
    environment.setenv("HTTPS_PROXY" if trust else "HTTP_PROXY", "http://127.0.0.1:9")
    assert leg("127.0.0.1", port, trust).get("a.txt").status == 200


def test_a_proxy_that_does_not_answer_says_nothing_about_the_leg(environment):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment.setenv("HTTP_PROXY", f"127.0.0.1:{port}")
    answer = leg(NOWHERE, 80, None).get("a.txt")
    assert (answer.status, answer.unseen) == (0, True)
    assert answer.error.startswith(f"the proxy http://127.0.0.1:{port} cannot be used: ")


@pytest.mark.parametrize(
    "address",
    [
        "socks5://127.0.0.1:1080",
        "https://127.0.0.1:8443",
        "http://proxy:abc",
        "http://proxy:99999",
        "http://proxy:0",
        "http://[::1",
        "http://[proxy]:80",
        "http://",
    ],
)
def test_what_is_no_http_proxy_is_named(environment, address):
    environment.setenv("HTTP_PROXY", address)
    answer = leg(NOWHERE, 80, None).get("a.txt")
    assert answer.error == f"the proxy {address} cannot be used here, expected one like http://HOST:PORT"
    assert answer.unseen


@pytest.mark.parametrize("address", ["ann:secret@proxy:abc", "http://ann:secret@[::1", "http://ann:secret@a..b:80"])
def test_the_password_of_a_proxy_that_cannot_be_used_is_not_shown(environment, address):
    environment.setenv("HTTP_PROXY", address)
    answer = leg(NOWHERE, 80, None).get("a.txt")
    assert answer.error.startswith(f"the proxy http://{address.partition('@')[2]} cannot be used")
    assert answer.unseen


@pytest.mark.parametrize(
    ("secure", "names", "expected"),
    [
        (True, {"HTTPS_PROXY": "http://p:1"}, "p:1"),
        (True, {"HTTP_PROXY": "http://p:1"}, None),
        (False, {"http_proxy": "p:1"}, "p:1"),
        (True, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        (True, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other.example"}, "p:1"),
        (True, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "cloudfront.net"}, None),
    ],
)
def test_the_environment_says_which_proxy(environment, secure, names, expected):
    for name, value in names.items():
        environment.setenv(name, value)
    found = proxies.proxy_of("d111.cloudfront.net", 443, secure=secure)
    assert (found and found.netloc) == expected


def test_a_certificate_for_another_name_is_not_taken_behind_a_proxy_either(authority, environment):
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Site)) as server:
        ours, trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
        authority.issue_cert("other.example.com").configure_cert(ours)
        authority.configure_trust(trust)
        server.socket = ours.wrap_socket(server.socket, server_side=True)
        with serving(Proxy(server.server_address[1])) as proxy:
            environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
            answer = leg(NOWHERE, 443, trust).get("a.txt")
    assert (answer.status, answer.unseen) == (0, False)
    assert "certificate" in answer.error.lower()
