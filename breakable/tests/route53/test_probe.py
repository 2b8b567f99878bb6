import asyncio
import contextlib
import socket
import ssl

import pytest
import trustme

from breakable_aws.route53.probe import SOURCE_HEADER, probe


def check(**config):
    return {"Type": "HTTP", "FullyQualifiedDomainName": "www.example.com", "ResourcePath": "/health.txt", **config}


def patient(_seconds):
    return 60


def quick(_seconds):
    """For those that must be given up on: no healthy answer hangs on it."""
    return 0.3


def probed(handle, config=None, *, tls=None, patience=patient, asked=None):
    """The result of one probe against a server that does what `handle` does with a connection."""

    async def run():
        open_ = []

        async def serve(reader, writer):
            open_.append(writer)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await handle(reader, writer)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]

        async def find(name, scheme):
            if asked is not None:
                asked.append((name, scheme))
            return port

        try:
            return await probe(config or check(), "15.177.0.5", find, patience)
        finally:
            for writer in open_:
                writer.transport.abort()
            server.close()

    return asyncio.run(run())


def answering(*chunks, pause=0.0):
    async def handle(reader, writer):
        handle.request = await reader.readuntil(b"\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)
        writer.close()

    return handle


def status(code):
    return f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("code", "healthy"), [(200, True), (301, True), (399, True), (400, False), (403, False), (503, False)]
)
def test_2xx_and_3xx_are_healthy(code, healthy):
    result = probed(answering(status(code)))
    assert result.healthy is healthy
    assert str(code) in result.status


def test_request_asks_for_the_path_with_the_fqdn_as_host_from_a_checkers_address():
    handle = answering(status(200))
    probed(handle)
    lines = handle.request.decode().split("\r\n")
    assert lines[0] == "GET /health.txt HTTP/1.1"
    assert "Host: www.example.com" in lines
    assert f"{SOURCE_HEADER}: 15.177.0.5" in lines


def test_port_is_part_of_host_unless_it_is_the_schemes_own():
    handle = answering(status(200))
    probed(handle, check(Port=8080))
    assert b"Host: www.example.com:8080" in handle.request


def test_refused_connection_is_a_failure():
    async def run():
        async def find(name, scheme):
            return 1

        return await probe(check(), "192.0.2.1", find, quick)

    assert not asyncio.run(run()).healthy


def test_name_that_leads_nowhere_is_a_failure_of_dns():
    async def run():
        async def find(name, scheme):
            raise OSError

        return await probe(check(), "192.0.2.1", find, quick)

    assert "DNS" in asyncio.run(run()).status


async def silent(reader, writer):
    await reader.read()


async def cutting(reader, writer):
    writer.transport.abort()


async def babbling(reader, writer):
    writer.write(b"SSH-2.0-OpenSSH\r\n" * 3)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("handle", [silent, cutting, babbling])
def test_endpoint_that_hangs_cuts_or_babbles_is_a_failure_and_no_crash(handle):
    assert not probed(handle, patience=quick).healthy


def test_tcp_check_is_content_with_a_connection():
    assert probed(silent, check(Type="TCP", Port=443)).healthy


def test_tcp_check_of_a_closed_port_fails():
    async def run():
        async def find(name, scheme):
            return 1

        return await probe(check(Type="TCP", Port=80), "192.0.2.1", find, quick)

    assert not asyncio.run(run()).healthy


def test_connection_that_is_never_accepted_is_a_failure_within_the_limit():
    async def run():
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            async with contextlib.AsyncExitStack() as stack:
                # The kernel accepts a few by itself; the next one hangs.
                for _ in range(4):
                    waiting = stack.enter_context(socket.socket())
                    waiting.setblocking(False)
                    waiting.connect_ex(full.getsockname())

                async def find(name, scheme):
                    return full.getsockname()[1]

                return await probe(check(), "192.0.2.1", find, quick)

    result = asyncio.run(run())
    assert not result.healthy
    assert "could not establish a connection" in result.status


def test_endpoint_that_is_an_address_is_asked_for_by_it_with_it_as_host():
    handle, asked = answering(status(200)), []
    result = probed(handle, {"Type": "HTTP", "IPAddress": "192.0.2.7", "ResourcePath": "/x"}, asked=asked)
    assert result.healthy
    assert asked == [("192.0.2.7", "http")]
    assert b"Host: 192.0.2.7\r\n" in handle.request


def test_domain_name_is_host_where_the_endpoint_is_an_address():
    handle, asked = answering(status(200)), []
    probed(handle, check(IPAddress="192.0.2.7"), asked=asked)
    assert asked == [("192.0.2.7", "http")]
    assert b"Host: www.example.com\r\n" in handle.request


def test_redirects_are_not_followed():
    asked = []
    assert probed(answering(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n"), asked=asked).healthy
    assert asked == [("www.example.com", "http")]


@pytest.mark.parametrize(("enabled", "expected"), [(True, "www.example.com"), (False, None)])
def test_server_name_is_sent_as_configured(enabled, expected, other_names_certificate):
    names = []
    other_names_certificate.sni_callback = lambda sock, name, context: names.append(name)
    config = check(Type="HTTPS", EnableSNI=enabled)
    assert probed(answering(status(200)), config, tls=other_names_certificate).healthy
    assert names == [expected]


@pytest.fixture(scope="module")
def other_names_certificate():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("somebody-else.example.net").configure_cert(context)
    return context


def test_certificates_are_not_validated(other_names_certificate):
    result = probed(answering(status(200)), check(Type="HTTPS"), tls=other_names_certificate)
    assert result.healthy


def test_plain_server_fails_a_check_over_https():
    assert not probed(answering(status(200)), check(Type="HTTPS"), patience=quick).healthy


def body(text):
    return b"HTTP/1.1 200 OK\r\n\r\n" + text


@pytest.mark.parametrize(
    ("chunks", "healthy"),
    [
        ((body(b"all is well"),), True),
        ((body(b"all is w"), b"ell"), True),
        ((body(b"x" * 5109 + b"all is well"),), True),
        ((body(b"x" * 5110 + b"all is well"),), False),
        ((body(b"All is well"),), False),
    ],
)
def test_search_string_must_lie_wholly_in_the_first_5120_bytes(chunks, healthy):
    config = check(Type="HTTP_STR_MATCH", SearchString="all is well")
    assert probed(answering(*chunks, pause=0.02), config).healthy is healthy


def test_body_that_never_ends_is_judged_by_what_came():
    async def endless(reader, writer):
        writer.write(body(b""))
        while True:
            writer.write(b"x" * 10)
            await writer.drain()
            await asyncio.sleep(0.01)

    config = check(Type="HTTP_STR_MATCH", SearchString="well")
    assert not probed(endless, config, patience=quick).healthy


def chunked(*pieces):
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n" + b"".join(
        b"%x;note\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"")
    )


@pytest.mark.parametrize(
    ("response", "healthy"),
    [
        (chunked(b"all is w", b"ell"), True),
        (chunked(b"x" * 5000, b"x" * 109, b"all is well"), True),
        (chunked(b"x" * 5000, b"x" * 110, b"all is well"), False),
        (chunked(b"all is w"), False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\nall is well", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nall is wel", False),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\nall is well", False),
        (b"HTTP/1.1 200 OK\r\nX: all is well", False),
        (b"HTTP/1.1 200 OK\r\nX: all is well\r\n\r\n", False),
    ],
)
def test_search_string_is_searched_in_the_body_as_it_is_meant(response, healthy):
    config = check(Type="HTTP_STR_MATCH", SearchString="all is well")
    assert probed(answering(response), config).healthy is healthy
