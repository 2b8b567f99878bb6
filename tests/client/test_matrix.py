"""The class table of docs/client.md, cell by cell: each fault in one region and in all, for get, head and download."""

import contextlib
import errno
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from serving import serving
from waits import SHORT

from s3_failover import (
    AllRegionsFailed,
    DeadlineExceeded,
    LocalFault,
    ObjectNotFound,
    Outcome,
    Phase,
    Region,
    RegionMisconfigured,
    Timeouts,
)

BODY = bytes(range(256)) * 4
VERSION = "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"
HASTY = Timeouts(connect=0.25, read=0.25, attempt=0.25, deadline=60)
"""Where no region is well, and none can be given up too early."""

OPERATIONS = ("get_object", "head_object", "download_file")
S3 = 'x-amz-request-id: REQUEST1\r\nETag: "1"\r\n'


class Row(NamedTuple):
    """A row of the class table.

    Attributes:
        what: the fault in words.
        kind: as the fault server has it, with options.
        outcome: of the attempt.
        phase: of the attempt; None where it depends on timing.
        when_all: what is raised when every region has it.
        gauges: failing, misconfigured, ejected.
        goes_on: whether the next region is asked.
        waits: whether the client has to wait it out.
        bodies: whether it is in the body, so that a HEAD does not meet it.
        parameters: of the request.
    """

    what: str
    kind: str
    options: dict
    outcome: Outcome
    phase: Phase | None = Phase.HEADERS
    when_all: type = AllRegionsFailed
    gauges: tuple = (True, False, True)
    goes_on: bool = True
    waits: bool = False
    bodies: bool = False
    parameters: dict = {}  # noqa: RUF012 - never changed


def status(number, code="", **row):
    """A row of an error of S3's."""
    options = {"status": number, "code": code}
    return Row(f"{number} {code}".strip(), "status", options, **row)


FAILS = {"gauges": (True, False, True), "when_all": AllRegionsFailed}
REFUSED = {
    "outcome": Outcome.MISCONFIGURED,
    "when_all": RegionMisconfigured,
    "gauges": (False, True, False),
}
UNSUITABLE = {"outcome": Outcome.UNSUITABLE, "when_all": ClientError, "gauges": (False, False, False)}
ENDS = {"goes_on": False, "gauges": (False, False, False)}
THROTTLED = {"outcome": Outcome.THROTTLED, "gauges": (False, False, True)}

ROWS = [
    # Connections.
    Row("refused", "refuse", {}, Outcome.CONNECTION, Phase.CONNECT),
    Row("no answer to SYN", "syn_blackhole", {}, Outcome.TIMEOUT, Phase.CONNECT, waits=True),
    Row("reset on arrival", "reset_accept", {}, Outcome.CONNECTION, None),
    Row("reset", "reset", {}, Outcome.CONNECTION),
    # Headers.
    Row("silence", "hang", {}, Outcome.TIMEOUT, waits=True),
    Row("headers that drip", "drip_headers", {}, Outcome.TIMEOUT, waits=True),
    Row("headers cut in the middle", "cut_headers", {}, Outcome.CONNECTION),
    Row("headers cut near the end", "cut_headers", {"part": 0.9}, Outcome.CONNECTION),
    # Bodies.
    Row("a body that ends early", "truncate", {}, Outcome.TRUNCATED, Phase.BODY, bodies=True),
    Row("a body that is reset", "reset_body", {}, Outcome.CONNECTION, Phase.BODY, bodies=True),
    Row("a body that stalls", "stall", {}, Outcome.TIMEOUT, Phase.BODY, waits=True, bodies=True),
    Row("a body that drips", "drip", {}, Outcome.TIMEOUT, Phase.BODY, waits=True, bodies=True),
    Row("a body without an end", "no_length", {}, Outcome.TRUNCATED, Phase.BODY, bodies=True),
    Row("a body that is corrupt", "corrupt", {}, Outcome.CORRUPT, Phase.VERIFY, bodies=True),
    # Server errors.
    *[
        status(number, code, outcome=Outcome.SERVER_ERROR)
        for number, code in [
            (500, "InternalError"),
            (502, ""),
            (503, "ServiceUnavailable"),
            (503, ""),
            (504, ""),
            (408, ""),
        ]
    ],
    # Throttling.
    status(429, "", **THROTTLED),
    # Wrong, but 2xx; and what a proxy or a portal answers.
    Row("a portal's page", "answer", {"status": 200, "body": "<html>"}, Outcome.NOT_AN_OBJECT),
    Row(
        "a 200 with an error",
        "answer",
        {"status": 200, "headers": "x-amz-request-id: R\r\n", "body": "<Error/>"},
        Outcome.NOT_AN_OBJECT,
    ),
    Row("a cache's copy", "answer", {"status": 200, "headers": 'ETag: "1"\r\n', "body": "x"}, Outcome.NOT_AN_OBJECT),
    *[
        Row(f"{number}", "answer", {"status": number, "headers": S3, "body": text}, Outcome.NOT_AN_OBJECT)
        for number, text in [(202, "x"), (203, "x"), (204, ""), (206, "x")]
    ],
    Row(
        "another version",
        "answer",
        {"status": 200, "headers": f"{S3}x-amz-version-id: other\r\n", "body": "x"},
        Outcome.NOT_AN_OBJECT,
        parameters={"VersionId": VERSION},
    ),
    Row(
        "another range",
        "answer",
        {"status": 206, "headers": f"{S3}Content-Range: bytes 4-4/9\r\n", "body": "x"},
        Outcome.NOT_AN_OBJECT,
        parameters={"Range": "bytes=0-1023"},
    ),
    *[
        Row(f"a proxy's {number}", "answer", {"status": number, "body": "<html>"}, Outcome.NOT_AN_OBJECT)
        for number in (302, 403, 404, 407)
    ],
    Row("a proxy's 502", "answer", {"status": 502, "body": "<html>"}, Outcome.SERVER_ERROR),
    # Refusals of one region.
    status(403, "AccessDenied", **REFUSED),
    status(403, "InvalidAccessKeyId", **REFUSED),
    status(301, "PermanentRedirect", **REFUSED),
    # Copies that cannot serve the request.
    status(412, "PreconditionFailed", **UNSUITABLE),
    status(416, "InvalidRange", **UNSUITABLE),
    status(501, "NotImplemented", **UNSUITABLE),
    status(
        404,
        "NoSuchKey",
        outcome=Outcome.NOT_FOUND,
        when_all=ObjectNotFound,
        gauges=(False, False, False),
        parameters={"VersionId": VERSION},
    ),
    # Answers that end the request.
    status(404, "NoSuchKey", outcome=Outcome.NOT_FOUND, when_all=ObjectNotFound, **ENDS)._replace(
        what="404 without id"
    ),
    Row("304", "answer", {"status": 304, "headers": S3}, Outcome.REJECTED, when_all=ClientError, **ENDS),
    status(405, "MethodNotAllowed", outcome=Outcome.REJECTED, when_all=ClientError, **ENDS),
]

CODES = [
    # Only the code in a body tells these apart, and a HEAD has no body.
    status(400, "RequestTimeout", outcome=Outcome.SERVER_ERROR),
    status(503, "SlowDown", **THROTTLED),
    status(400, "KMS.ThrottlingException", **THROTTLED),
    status(400, "KMS.DisabledException", **REFUSED),
    status(400, "KMS.NotFoundException", **REFUSED),
    status(400, "InvalidToken", **REFUSED),
    status(400, "AuthorizationHeaderMalformed", **REFUSED),
    status(404, "NoSuchBucket", **REFUSED),
    status(403, "InvalidObjectState", **UNSUITABLE),
    status(400, "InvalidArgument", outcome=Outcome.REJECTED, when_all=ClientError, **ENDS),
    status(400, "ExpiredToken", outcome=Outcome.LOCAL, when_all=LocalFault, **ENDS),
    status(403, "RequestTimeTooSkewed", outcome=Outcome.LOCAL, when_all=LocalFault, **ENDS),
]

CELLS = [
    pytest.param(row, operation, id=f"{row.what}, {operation}")
    for row in (*ROWS, *CODES)
    for operation in OPERATIONS
    if operation != "head_object" or not (row.bodies or row.waits or row in CODES)
]


def ask(client, operation, tmp_path, parameters):
    """Send a request, and return what it read."""
    if operation == "download_file":
        client.download_file("key", tmp_path / "file", **parameters)
        return (tmp_path / "file").read_bytes()
    found = getattr(client, operation)("key", **parameters)
    return found.body if operation == "get_object" else BODY[: found.content_length]


def phases(row):
    """The phases in which an attempt may end: on a busy computer, a short one is over before it meets the fault."""
    order = list(Phase)
    return set(order[: order.index(row.phase) + 1]) if row.waits else {row.phase}


def the_attempts(error):
    return getattr(error, "attempts", None)


@pytest.mark.parametrize(("row", "operation"), CELLS)
def test_a_fault_of_one_region(server, make_client, tmp_path, row, operation):
    server.regions[0].fault(row.kind, **row.options)
    client = make_client(**({"timeouts": SHORT} if row.waits else {}))
    if row.goes_on:
        assert ask(client, operation, tmp_path, row.parameters) == BODY
    else:
        with pytest.raises(row.when_all):
            ask(client, operation, tmp_path, row.parameters)
        assert server.regions[1].counts.requests == 0
    health = client.health()
    assert (health[0].failing, health[0].misconfigured, health[0].ejected) == row.gauges
    assert not any(region.failing or region.misconfigured or region.ejected for region in health[1:])
    assert {path.name for path in tmp_path.iterdir()} <= {"file"}


@pytest.mark.parametrize("row", [*ROWS, *CODES], ids=lambda row: row.what)
def test_a_fault_of_every_region(server, make_client, tmp_path, row):
    (tmp_path / "file").write_bytes(b"old")
    for region in server.regions:
        region.fault(row.kind, **row.options)
    client = make_client(**({"timeouts": HASTY} if row.waits else {}))
    with pytest.raises(row.when_all) as caught:
        client.download_file("key", tmp_path / "file", **row.parameters)
    attempts = the_attempts(caught.value)
    if attempts is not None:
        assert [attempt.outcome for attempt in attempts] == [row.outcome] * (3 if row.goes_on else 1)
        assert row.phase is None or {attempt.phase for attempt in attempts} <= phases(row)
        assert caught.value.__cause__ is attempts[-1].error
    assert sum(region.failing for region in client.health()) == (3 if row.gauges[0] else 0)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


# What is no fault of the server's.


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_name_that_does_not_exist(regions, make_client, tmp_path, operation):
    nowhere = Region("us-east-1", bucket="b", endpoint_url="http://nowhere.invalid")
    client = make_client([nowhere, *regions[1:]])
    assert ask(client, operation, tmp_path, {}) == BODY
    assert client.health()[0].failing


class Proxy(BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def proxy(answer):
    """A proxy that refuses tunnels with a status."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Proxy)) as server:
        server.status, server.asked = answer, 0
        yield server


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("answer", [403, 407, 502, 503])
def test_a_proxy_that_refuses(make_client, tmp_path, answer, operation):
    there = [Region(name, bucket="b", endpoint_url=f"https://{name}.example") for name in ("us-east-1", "us-west-2")]
    with proxy(answer) as server:
        client = make_client(there, config=Config(proxies={"https": f"http://127.0.0.1:{server.server_port}"}))
        with pytest.raises(AllRegionsFailed) as caught:
            ask(client, operation, tmp_path, {})
        assert server.asked == 2
    assert {(attempt.outcome, attempt.phase) for attempt in caught.value.attempts} == {
        (Outcome.CONNECTION, Phase.CONNECT)
    }
    assert all(region.failing for region in client.health())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_proxy_that_is_away(make_client, tmp_path, operation):
    there = [Region("us-east-1", bucket="b", endpoint_url="https://us-east-1.example")]
    client = make_client(there, config=Config(proxies={"https": "http://127.0.0.1:1"}))
    with pytest.raises(AllRegionsFailed):
        ask(client, operation, tmp_path, {})
    assert client.health()[0].failing


class Refuses:
    """Credentials whose source does not answer."""

    method = "test"

    def get_frozen_credentials(self):
        raise OSError(errno.ECONNREFUSED, "STS is down")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_credentials_that_cannot_be_had(server, client, tmp_path, operation):
    for regional in client._sender._clients.values():
        regional._client._request_signer._credentials._source._credentials = Refuses()
    with pytest.raises(LocalFault, match="STS is down") as caught:
        ask(client, operation, tmp_path, {})
    assert [attempt.outcome for attempt in caught.value.attempts] == [Outcome.LOCAL]
    assert not any(region.failing or region.misconfigured for region in client.health())
    assert sum(region.counts.requests for region in server.regions) == 0


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("get_object", "hang"),
        ("head_object", "drip_headers"),
        ("download_file", "syn_blackhole"),
        ("download_file", "stall"),
    ],
)
def test_a_share_of_a_short_deadline(server, make_client, tmp_path, operation, kind):
    server.regions[0].fault(kind)
    client = make_client()
    parameters = {"deadline": 3}
    assert ask(client, operation, tmp_path, parameters) == BODY
    assert not client.health()[0].failing
    assert client._pool.states[0].suspect


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_deadline_that_no_region_meets(server, make_client, tmp_path, operation):
    for region in server.regions:
        region.fault("hang")
    client = make_client()
    with pytest.raises(DeadlineExceeded):
        ask(client, operation, tmp_path, {"deadline": 0.3})
    assert not any(region.failing for region in client.health())


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_brown_out(server, make_client, tmp_path, operation):
    """Every answer of one region comes, and comes late."""
    server.regions[0].fault("slow", seconds=0.9)
    client = make_client()
    # Where the others are late too, as on a busy machine, it takes more answers to tell.
    for _ in range(10):
        client._pool._selector = InTurn()
        for _ in range(6):
            assert ask(client, operation, tmp_path, {}) == BODY
        if client.health()[0].ejected:
            break
    health = client.health()[0]
    assert (health.failing, health.ejected) == (True, True)
    assert "slow" in health.last_error


class InTurn:
    """Begins at each region in turn, from the second on."""

    def __init__(self):
        self._next = 0

    def next_index(self, count):
        self._next += 1
        return self._next % count


def test_enough_cells():
    assert len(CELLS) + len(ROWS) + len(CODES) >= 80
