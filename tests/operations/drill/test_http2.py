"""A viewer that keeps one connection of HTTP/2, against a small server of it."""

import socketserver
import ssl
from types import SimpleNamespace

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
from serving import TlsServer, serving
from sites import site

from s3_failover.drill.kinds import BY_NAME
from s3_failover.drill.states import DISTRIBUTION
from s3_failover.operations import legs
from s3_failover.operations.drill.connections import Ways, connections
from s3_failover.operations.drill.http2 import ALPN
from s3_failover.operations.drill.names import Targets

SITE = site(hostname="shop.example.com")
LARGE = b"0123456789abcdef" * 65536
"""More than HTTP/2 sends before its client has acknowledged some of it."""


class Handler(socketserver.BaseRequestHandler):
    """Answers on one connection as its server says."""

    def handle(self):
        self.server.connections += 1
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        left = {}
        self.request.sendall(state.data_to_send())
        while data := self.request.recv(65536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.server.asked.append(dict(event.headers))
                    self.server.answer(state, event.stream_id, left)
            self.send(state, left)
            self.request.sendall(state.data_to_send())
            if self.server.then == "closes":
                return

    def send(self, state, left):
        for stream in list(left):
            while left[stream] and (size := min(state.local_flow_control_window(stream), 16384)):
                state.send_data(stream, left[stream][:size])
                left[stream] = left[stream][size:]
            if not left[stream]:
                state.end_stream(stream)
                del left[stream]


class Server(TlsServer, socketserver.ThreadingTCPServer):
    """A port that speaks HTTP/2; `then` is what it does at a request, or after it."""

    allow_reuse_address = True

    def __init__(self, tls):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.then, self.connections, self.asked = 200, b"", "", 0, []
        self.tls = tls

    def answer(self, state, stream, left):
        if self.then == "resets":
            state.reset_stream(stream)
        elif self.then == "goes away":
            # What comes after the first stream is not answered.
            state.close_connection(last_stream_id=0)
        elif self.then != "closes":
            state.send_headers(stream, [(":status", str(self.status)), ("x-cache", "Hit")])
            left[stream] = self.body


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def server(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("shop.example.com").configure_cert(context)
    with serving(Server(context)) as server:
        yield server


@pytest.fixture
def viewer(authority, server):
    context = ssl.create_default_context()
    context.set_alpn_protocols(ALPN)
    authority.configure_trust(context)
    ways = Ways(
        SITE,
        Targets("d1.cloudfront.net", "secondary.example.com"),
        SimpleNamespace(reach=lambda name, port: server.server_address),
        SimpleNamespace(patience=lambda seconds: 60.0),
        context,
        SimpleNamespace(leg=lambda: DISTRIBUTION),
    )
    made = connections(BY_NAME["kept-http2"], ways)
    yield made
    made.close()


def test_requests_share_one_connection_and_send_what_http_2_asks_for(viewer, server):
    answers = [viewer.get("a b.html")[1] for _ in range(3)]
    assert [(answer.status, dict(answer.headers)) for answer in answers] == [(200, {"x-cache": "Hit"})] * 3
    assert server.connections == 1
    assert server.asked[0] == {
        ":method": "GET",
        ":scheme": "https",
        ":authority": "shop.example.com",
        ":path": "/a%20b.html",
        "cache-control": "no-cache",
    }


def test_a_body_larger_than_the_window_arrives_whole(viewer, server):
    server.body = LARGE
    assert [viewer.get("a")[1].body == LARGE for _ in range(2)] == [True, True]


@pytest.mark.parametrize("then", ["resets", "goes away", "closes"])
def test_what_the_server_ends_without_an_answer_is_asked_once_more_on_a_new_connection(viewer, server, then):
    assert viewer.get("a")[1].status == 200
    server.then = then
    answer = viewer.get("a")[1]
    assert answer.status == 0
    assert answer.error
    assert server.connections == 2
    server.then = ""
    assert viewer.get("a")[1].status == 200


def test_an_error_of_the_server_is_shown_and_the_connection_kept(viewer, server):
    server.status = 502
    assert [viewer.get("a")[1].status for _ in range(2)] == [502, 502]
    assert server.connections == 1


def test_a_body_that_drips_is_given_up(viewer, server, monkeypatch):
    monkeypatch.setattr(legs, "_PATIENCE", 0.0)
    monkeypatch.setattr(legs, "_SLOWEST", 10**12)
    server.body = LARGE
    answer = viewer.get("a")[1]
    assert (answer.status, answer.error[:15]) == (0, "the body drips:")
