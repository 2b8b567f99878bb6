import asyncio
import socket

import pytest

from breakable_aws.emulator.failure import StartError
from breakable_aws.emulator.net.listeners import bind, port_of


def test_a_listener_is_on_loopback_only_and_on_a_free_port():
    with bind(0, "the AWS API", "--port") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert port_of(listener) > 0


def test_an_accepted_connection_sends_at_once_however_little_it_has():
    """Hypercorn serves these sockets by asyncio, which turns Nagle's algorithm off for a socket that says it is TCP."""

    async def main():
        accepted = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), sock=bind(0, "S3", "--port"))
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            there = await accepted.get()
            assert there.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            there.close()
            writer.close()

    asyncio.run(main())


def test_a_taken_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = port_of(holder)
        with pytest.raises(StartError, match=f"port {port} for the AWS API is in use: .* give another --port"):
            bind(port, "the AWS API", "--port")


def test_a_port_that_cannot_exist_is_refused():
    with pytest.raises(StartError, match="70000"):
        bind(70000, "the AWS API", "--port")
