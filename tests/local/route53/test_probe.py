import asyncio
import contextlib
import ssl

import pytest
import trustme

from s3_failover.local.route53.probe import SOURCE_HEADER, probe


def check(**config):
    return {"Type": "HTTP", "FullyQualifiedDomainName": "www.example.com", "ResourcePath": "/health.txt", **config}


def quick(_seconds):
    return 0.3


def probed(handle, config=None, *, tls=None, patience=quick):
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
    assert not probed(handle).healthy


@pytest.fixture(scope="module")
def other_names_certificate():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("somebody-else.example.net").configure_cert(context)
    return context


def test_certificates_are_not_validated(other_names_certificate):
    result = probed(answering(status(200)), check(Type="HTTPS"), tls=other_names_certificate, patience=lambda _: 5)
    assert result.healthy


def test_plain_server_fails_a_check_over_https():
    assert not probed(answering(status(200)), check(Type="HTTPS")).healthy


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
    assert probed(answering(*chunks, pause=0.02), config, patience=lambda _: 5).healthy is healthy


def test_body_that_never_ends_is_judged_by_what_came():
    async def endless(reader, writer):
        writer.write(body(b""))
        while True:
            writer.write(b"x" * 10)
            await writer.drain()
            await asyncio.sleep(0.01)

    assert not probed(endless, check(Type="HTTP_STR_MATCH", SearchString="well")).healthy
