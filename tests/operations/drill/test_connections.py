"""How viewers connect, against small servers that fail."""

import http.server
import socket
import ssl
import threading
from types import SimpleNamespace

import pytest
import trustme
from serving import TlsServer, serving
from sites import site

from s3_failover.drill.kinds import BY_NAME
from s3_failover.drill.states import DISTRIBUTION, SECONDARY, UNKNOWN
from s3_failover.operations.drill import connections as module
from s3_failover.operations.drill.connections import Ways, connections
from s3_failover.operations.drill.names import Targets

WHERE = Targets("d1.cloudfront.net", "secondary.example.com")
SITE = site(hostname="shop.example.com")
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as its server says, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1

    def do_GET(self):
        self.server.requests += 1
        if self.server.silent:
            self.server.ended.wait(60)
            self.close_connection = True
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.server.hangs_up:
            self.close_connection = True

    def log_message(self, *_):
        pass


class Server(TlsServer, http.server.ThreadingHTTPServer):
    """One port of a leg: `hangs_up` closes after each answer without a word, `silent` gives none."""

    status, hangs_up, silent = 200, False, False

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ended = threading.Event()
        self.headers, self.connections, self.requests = {}, 0, 0
        self.tls = tls

    def server_close(self):
        self.ended.set()
        super().server_close()


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def leg(authority):
    """The distribution, with a port for each scheme."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("shop.example.com").configure_cert(context)
    with serving(Server()) as plain, serving(Server(context)) as secure:
        yield SimpleNamespace(http=plain, https=secure, impatient=False)


@pytest.fixture
def other(authority):
    """The secondary: an S3 website, where nothing listens for TLS."""
    with serving(Server()) as plain, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = SimpleNamespace(server_address=closed.getsockname())
        yield SimpleNamespace(http=plain, https=refused)


class Names:
    """A resolver that returns the addresses that a test sets, and counts its queries."""

    leads, asked = DISTRIBUTION, 0

    def leg(self):
        self.asked += 1
        return self.leads


@pytest.fixture
def resolver():
    return Names()


@pytest.fixture
def viewer(authority, leg, other, resolver):
    """Makes what viewers of a kind ask through."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    legs = {WHERE.distribution: leg, WHERE.secondary: other}

    def reach(name, port):
        return (legs[name].https if port == 443 else legs[name].http).server_address

    made = []

    def of(kind):
        # Short where a test waits for its end, and more than enough for what answers.
        clock = SimpleNamespace(patience=lambda seconds: min(seconds, 3.0) if leg.impatient else 60.0)
        ways = Ways(SITE, WHERE, SimpleNamespace(reach=reach), clock, context, resolver)
        made.append(connections(BY_NAME[kind], ways))
        return made[-1]

    yield of
    for each in made:
        each.close()


def got(viewer, times=1):
    """What a viewer gets, request after request."""
    return [(where, answer.status) for where, answer in (viewer.get("a") for _ in range(times))]


def test_a_new_connection_is_made_for_each_request_after_a_question_to_the_resolver(viewer, leg, resolver):
    assert got(viewer("http"), 3) == [(DISTRIBUTION, 200)] * 3
    assert (leg.http.connections, resolver.asked) == (3, 3)


def test_a_redirect_to_https_is_followed(viewer, leg):
    leg.http.status = 301
    assert got(viewer("http")) == got(viewer("kept-http")) == [(DISTRIBUTION, 200)]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_kept_connection_stays_although_dns_moves(viewer, leg, resolver, scheme):
    kept = viewer(f"kept-{scheme}")
    seen = got(kept)
    resolver.leads = SECONDARY
    getattr(leg, scheme).status = 502
    seen += got(kept, 3)
    assert seen == [(DISTRIBUTION, 200), *[(DISTRIBUTION, 502)] * 3]
    assert (getattr(leg, scheme).connections, resolver.asked) == (1, 1)


def test_a_kept_connection_follows_a_redirect_on_one_that_is_kept_too(viewer, leg, resolver):
    leg.http.status = 308
    assert got(viewer("kept-http"), 3) == [(DISTRIBUTION, 200)] * 3
    assert (leg.http.connections, leg.https.connections, resolver.asked) == (1, 1, 2)


def test_where_the_server_says_that_it_closes_the_resolver_is_asked_again(viewer, leg, resolver):
    leg.http.headers["Connection"] = "close"
    kept = viewer("kept-http")
    seen = got(kept)
    resolver.leads = SECONDARY
    assert seen + got(kept) == [(DISTRIBUTION, 200), (SECONDARY, 200)]


def test_a_connection_that_was_closed_meanwhile_costs_no_request(viewer, leg, resolver):
    leg.http.hangs_up = True
    kept = viewer("kept-http")
    seen = got(kept)
    resolver.leads = SECONDARY
    assert seen + got(kept) == [(DISTRIBUTION, 200), (SECONDARY, 200)]
    assert leg.http.requests == 1


def test_a_request_that_timed_out_is_not_asked_again_but_its_connection_is_given_up(viewer, leg, resolver):
    leg.impatient = True
    kept = viewer("kept-http")
    seen = got(kept)
    leg.http.silent = True
    resolver.leads = SECONDARY
    seen += got(kept, 2)
    assert seen == [(DISTRIBUTION, 200), (DISTRIBUTION, 0), (SECONDARY, 200)]
    assert leg.http.requests == 2


def test_a_kept_connection_that_cannot_be_made_is_tried_again_where_dns_leads_then(viewer, resolver):
    resolver.leads = SECONDARY
    kept = viewer("kept-https")
    seen = got(kept)
    resolver.leads = DISTRIBUTION
    assert seen + got(kept) == [(SECONDARY, 0), (DISTRIBUTION, 200)]


@pytest.mark.parametrize("kind", ["http", "kept-http", "browser"])
def test_without_an_answer_of_dns_there_is_none(viewer, resolver, kind):
    resolver.leads = UNKNOWN
    where, answer = viewer(kind).get("a")
    assert (where, answer.status, answer.error) == (UNKNOWN, 0, "DNS does not answer")


def test_a_browser_asks_by_https_and_comes_anew_each_time(viewer, leg, resolver):
    assert got(viewer("browser"), 2) == [(DISTRIBUTION, 200)] * 2
    assert (leg.http.requests, leg.https.connections, resolver.asked) == (0, 2, 2)


def test_a_browser_falls_back_to_http_where_https_is_refused(viewer, resolver):
    resolver.leads = SECONDARY
    assert got(viewer("browser")) == [(SECONDARY, 200)]


def test_a_browser_shows_an_error_of_the_server_as_it_is(viewer, leg):
    leg.https.status = 502
    assert got(viewer("browser")) == [(DISTRIBUTION, 502)]
    assert leg.http.requests == 0


def test_a_browser_looks_by_http_for_a_page_that_https_does_not_have(viewer, leg):
    leg.https.status = 404
    assert got(viewer("browser")) == [(DISTRIBUTION, 200)]


def test_a_browser_does_not_wait_for_https_in_vain(viewer, leg):
    leg.impatient = True
    leg.https.silent = True
    assert got(viewer("browser")) == [(DISTRIBUTION, 200)]


def test_a_browser_that_is_sent_back_to_https_gives_it_the_time_that_it_takes(viewer, leg, monkeypatch):
    leg.impatient = True
    monkeypatch.setattr(module, "UPGRADE_TIMEOUT", 0.0001)
    leg.http.status = 307
    assert got(viewer("browser")) == [(DISTRIBUTION, 200)]
    assert leg.http.requests == 1


@pytest.mark.parametrize(("kind", "answer"), [("hsts", (SECONDARY, 0)), ("browser", (SECONDARY, 200))])
def test_a_browser_that_remembers_hsts_never_falls_back(viewer, leg, resolver, kind, answer):
    leg.https.headers |= HSTS
    browser = viewer(kind)
    seen = got(browser)
    resolver.leads = SECONDARY
    assert seen + got(browser) == [(DISTRIBUTION, 200), answer]


def test_a_browser_that_was_sent_no_hsts_has_nothing_to_remember(viewer, resolver):
    browser = viewer("hsts")
    seen = got(browser)
    resolver.leads = SECONDARY
    assert seen + got(browser) == [(DISTRIBUTION, 200), (SECONDARY, 200)]
