"""The proxy between clients and a server, all in this process and on real sockets; DNS and places are stood in for."""

import asyncio
import contextlib
import socket
from types import SimpleNamespace

import pytest
from loops import run

from breakable_aws import proxy, viewer
from breakable_aws.errors import BreakableError
from breakable_aws.gate import reset
from breakable_aws.places import Place

HOST = "shop.example.com"
GET = b"GET http://shop.example.com/a?b HTTP/1.1\r\nHost: shop.example.com\r\n\r\n"
CONNECT = b"CONNECT shop.example.com:443 HTTP/1.1\r\nHost: shop.example.com:443\r\n\r\n"


async def said(reader, writer):
    """Answer a request with what came of it, and close as it asks for."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head)
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def proxied(monkeypatch, handler=said, *, leads=None):
    """A proxy that leads to a server, or to what `leads` says; yields the proxy and the names that were looked up."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=1024)
    asked = []

    def lead(_emulator, name, scheme):
        asked.append((name, scheme))
        return leads(name) if leads else Place(server.sockets[0].getsockname()[1], "s3")

    monkeypatch.setattr(viewer, "lead", lead)
    running = proxy.Proxy(SimpleNamespace(alive=True))
    await running.start()
    try:
        yield running, asked
    finally:
        running.stop()
        server.close()
        await server.wait_closed()


async def exchange(running, data):
    """Return all that is answered to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        writer.write(data)
        return await reader.read()
    finally:
        writer.close()


def test_a_url_goes_where_dns_leads_without_what_was_for_the_proxy(monkeypatch):
    sent = GET.replace(b"Host: shop.example.com", b"Host: other.example.com\r\nX-A: 1\r\nProxy-Connection: keep-alive")

    async def main():
        async with proxied(monkeypatch) as (running, asked):
            answer = await exchange(running, sent)
        assert asked == [(HOST, "http")]
        head = b"GET /a?b HTTP/1.1\r\nHost: shop.example.com\r\nX-A: 1\r\nConnection: close\r\n\r\n"
        assert answer.partition(b"\r\n\r\n")[2] == head

    run(main)


def test_a_tunnel_passes_bytes_as_they_are(monkeypatch):
    async def main():
        async with proxied(monkeypatch) as (running, asked):
            answer = await exchange(running, CONNECT + b"GET /x HTTP/1.1\r\n\r\n")
        assert asked == [(HOST, "https")]
        assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"GET /x HTTP/1.1\r\n\r\n")

    run(main)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"http://a.example.com", ("a.example.com", b"/")),
        (b"http://A.Example.com.?q=1", ("a.example.com", b"/?q=1")),
        (b"http://a.example.com:80//x%20y?q", ("a.example.com", b"//x%20y?q")),
    ],
)
def test_the_host_and_the_path_are_those_of_the_url(target, expected):
    found = proxy.read(b"GET " + target + b" HTTP/1.1\r\nHost: b\r\n\r\n")
    assert (found.host, found.first.split(b" ")[1]) == expected


def test_a_signed_request_is_for_the_api():
    signed = b"Authorization: AWS4-HMAC-SHA256 Credential=1/2/eu-west-1/s3/aws4_request, Signature=0\r\n"
    head = b"GET http://s3.eu-west-1.amazonaws.com/ HTTP/1.1\r\n" + signed + b"\r\n"
    assert proxy.read(head).scheme == "api"


@pytest.mark.parametrize(
    ("head", "status", "why"),
    [
        # What a web page can send: it is for the proxy's own port, whatever name leads there.
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 403, "no request that is for itself"),
        (
            b"POST /_breakable/faults HTTP/1.1\r\nHost: rebound.example\r\nOrigin: http://rebound.example\r\n\r\n",
            403,
            "",
        ),
        (b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 403, "for itself"),
        (b"GET http://shop.example.com:8080/ HTTP/1.1\r\n\r\n", 403, "80 and 443 only"),
        (b"CONNECT shop.example.com:22 HTTP/1.1\r\n\r\n", 403, "80 and 443 only"),
        (b"CONNECT shop.example.com HTTP/1.1\r\n\r\n", 403, "80 and 443 only"),
        (b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", 400, "expected a name of DNS"),
        (b"GET http://[::1]/ HTTP/1.1\r\n\r\n", 400, "expected a name of DNS"),
        (b"GET http://[::1/ HTTP/1.1\r\n\r\n", 400, "no URL"),
        (b"GET http:///x HTTP/1.1\r\n\r\n", 400, "expected a name of DNS"),
        (b"GET http://user@shop.example.com/ HTTP/1.1\r\n\r\n", 400, "for https use CONNECT"),
        (b"GET https://shop.example.com/ HTTP/1.1\r\n\r\n", 400, "for https use CONNECT"),
        (b"GET http://shop.example.com/\t HTTP/1.1\r\n\r\n", 400, "not one of HTTP/1.1"),
        (b"GET http://shop.example.com/\r\n\r\n", 400, "not one of HTTP/1.1"),
        (b"\x16\x03\x01\x02\r\n\r\n", 400, "not one of HTTP/1.1"),
        (b"PRI * HTTP/2.0\r\n\r\n", 400, "not one of HTTP/1.1"),
    ],
)
def test_what_is_not_for_a_proxy_or_not_here_is_refused_and_goes_nowhere(monkeypatch, head, status, why):
    async def main():
        async with proxied(monkeypatch) as (running, asked):
            answer = (await exchange(running, head)).decode()
        assert (asked, answer.split(" ")[1]) == ([], str(status))
        assert why in answer
        assert "Access-Control" not in answer

    run(main)


@pytest.mark.parametrize("head", [GET, CONNECT])
@pytest.mark.parametrize(
    ("error", "status", "why"),
    [
        (viewer.NotHereError("DNS answers REFUSED"), "403", "no zone here has shop.example.com: this proxy leads to"),
        (BreakableError("DNS answers NXDOMAIN"), "502", "DNS answers NXDOMAIN"),
        (OSError("nothing answers at http://x"), "502", "nothing answers at http://x"),
    ],
)
def test_a_name_that_leads_nowhere_is_said(monkeypatch, head, error, status, why):
    def lost(_name):
        raise error

    async def main():
        async with proxied(monkeypatch, leads=lost) as (running, _):
            answer = (await exchange(running, head)).decode()
        assert answer.split(" ")[1] == status
        assert why in answer

    run(main)


def test_a_place_that_refuses_connections_is_a_bad_gateway(monkeypatch):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = Place(bound.getsockname()[1], "s3")

        async def main():
            async with proxied(monkeypatch, leads=lambda name: closed) as (running, _):
                answer = (await exchange(running, CONNECT)).decode()
            assert answer.startswith("HTTP/1.1 502 ")
            assert "no connection to shop.example.com port 443: " in answer

        run(main)


def test_a_reset_arrives_as_a_reset(monkeypatch):
    async def resetting(reader, writer):
        await reader.read(1)
        reset(writer.transport)

    async def main():
        async with proxied(monkeypatch, resetting) as (running, _):
            with pytest.raises(ConnectionResetError):
                await exchange(running, GET)

    run(main)


def test_clients_that_never_read_or_never_end_their_head_hold_up_nobody(monkeypatch):
    sent = asyncio.Event()

    async def endless(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while b"/endless" in head:
                writer.write(b"x" * 65536)
                sent.set()
                await writer.drain()
            writer.write(b"HTTP/1.1 200 OK\r\n\r\ndone")
        writer.close()

    async def main():
        async with proxied(monkeypatch, endless) as (running, _):
            deaf = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(20)]
            for reader, writer in deaf:
                reader._transport.pause_reading()
                writer.write(GET.replace(b"/a?b", b"/endless"))
            slow = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(20)]
            for _, writer in slow:
                writer.write(b"GET http://shop")
            await sent.wait()
            answers = await asyncio.gather(*(exchange(running, GET) for _ in range(200)))
            assert set(answers) == {b"HTTP/1.1 200 OK\r\n\r\ndone"}
            for _, writer in (*deaf, *slow):
                writer.transport.abort()

    run(main)


def test_a_head_without_an_end_is_waited_for_only_so_long(monkeypatch):
    monkeypatch.setattr(proxy, "HEAD_SECONDS", 0.05)

    async def main():
        async with proxied(monkeypatch) as (running, _):
            answer = await exchange(running, b"GET http://shop")
        assert answer.startswith(b"HTTP/1.1 408 ")

    run(main)


def test_a_head_has_a_largest_size(monkeypatch):
    async def main():
        async with proxied(monkeypatch) as (running, _):
            answer = await exchange(running, b"GET " + b"x" * (proxy.LARGEST_HEAD + 1))
        assert answer.startswith(b"HTTP/1.1 431 ")

    run(main)


def test_it_ends_with_the_embedded_aws_and_gives_its_port_back():
    ports, emulator = [], SimpleNamespace(alive=True)

    def announced(port):
        ports.append(port)
        emulator.alive = False

    run(lambda: proxy.serve(emulator, 0, announced))
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", ports[0]))


def test_a_port_that_is_taken_is_an_error_that_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BreakableError, match=f"port {port} for the proxy cannot be bound"):
            run(lambda: proxy.serve(SimpleNamespace(alive=True), port, print))
