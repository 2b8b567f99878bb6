"""A gate before a listener, both in this process and on real sockets."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest
from loops import run

from breakable_aws.emulator.net import arrivals
from breakable_aws.emulator.net.places import Endpoint, Place
from breakable_aws.gate import Behaviour, Gate

PLACE = Place(Endpoint.S3_REST, "eu-west-1", "http")


@contextlib.asynccontextmanager
async def gate_before(handler):
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=1024)
    listener = server.sockets[0].getsockname()[1]
    gate = Gate(
        listener,
        arrived=lambda port: arrivals.note(port, listener, PLACE),
        left=lambda port: arrivals.forget(port, listener),
    )
    await gate.behave(Behaviour.PASS)
    try:
        yield gate
    finally:
        gate.close()
        server.close()
        await server.wait_closed()


async def echo(reader, writer):
    """Answer when the other side has said everything, with all that it said."""
    with contextlib.suppress(ConnectionError):
        writer.write(await reader.read())
        await writer.drain()
        writer.close()


async def exchange(port, data=b"hello"):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.close()


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_an_accepted_connection_sends_at_once_however_little_it_has():
    """With Nagle's algorithm a TLS handshake through the gate would wait 40 ms for an acknowledgement."""

    async def main():
        async with gate_before(echo) as gate:
            _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
            while not gate.passages:
                await asyncio.sleep(0)
            accepted = next(iter(gate.passages)).transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            writer.close()

    run(main)


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_bytes_pass_both_ways_after_a_half_close(size):
    async def main():
        async with gate_before(echo) as gate:
            data = os.urandom(size)
            assert await exchange(gate.port, data) == data

    run(main)


def test_a_listener_that_says_everything_first_still_hears_the_client():
    heard = asyncio.Queue()

    async def speak(reader, writer):
        writer.write(b"welcome")
        writer.write_eof()
        await heard.put(await reader.read())
        writer.close()

    async def main():
        async with gate_before(speak) as gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
            assert await reader.read() == b"welcome"
            writer.write(b"thanks")
            writer.write_eof()
            assert await heard.get() == b"thanks"
            writer.close()

    run(main)


def test_the_listener_learns_which_gate_a_connection_came_through():
    seen = []

    async def note(reader, writer):
        await reader.read(1)
        client, server = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
        seen.append(arrivals.place_of({"client": client, "server": server}))
        # The system may use the same local port for a connection to another listener at the same time.
        seen.append(arrivals.place_of({"client": client, "server": (server[0], server[1] + 1)}))
        writer.close()

    async def main():
        async with gate_before(note) as gate:
            await exchange(gate.port, b"x")
        assert seen == [PLACE, None]
        assert not arrivals._places

    run(main)


def test_two_hundred_connections_at_once_and_a_thousand_in_all_leave_nothing_open():
    async def main():
        async with gate_before(echo) as gate:
            await exchange(gate.port)
            before = descriptors()
            for _ in range(5):
                answers = await asyncio.gather(*(exchange(gate.port, b"%d" % n) for n in range(200)))
                assert answers == [b"%d" % n for n in range(200)]
            while descriptors() > before:
                await asyncio.sleep(0.01)

    run(main)


def test_a_client_that_vanishes_takes_its_connection_to_the_listener_with_it():
    gone = asyncio.Event()

    async def wait(reader, writer):
        with contextlib.suppress(ConnectionError):
            await reader.read()
        gone.set()
        writer.close()

    async def main():
        async with gate_before(wait) as gate:
            _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
            writer.write(b"x")
            await writer.drain()
            writer.transport.abort()
            await gone.wait()

    run(main)


def test_a_listener_that_is_not_there_is_a_reset():
    async def main():
        async with gate_before(echo) as gate:
            gate.listener_port = 1
            with pytest.raises(ConnectionError):
                await exchange(gate.port)

    run(main)


def test_a_refusing_gate_is_shut_keeps_its_port_and_cuts_who_is_connected():
    async def main():
        async with gate_before(echo) as gate:
            port = gate.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            await writer.drain()
            for _ in range(3):
                await gate.behave(Behaviour.REFUSE)
                with pytest.raises(ConnectionRefusedError):
                    await exchange(port)
                await gate.behave(Behaviour.PASS)
                assert await exchange(port) == b"hello"
            assert gate.port == port
            with pytest.raises(ConnectionError):
                await reader.read()
            writer.close()

    run(main)


@pytest.mark.parametrize("end", ["refuse", "close"])
def test_a_connection_that_was_accepted_in_the_turn_in_which_the_gate_shuts_is_reset(end):
    class Transport(asyncio.Transport):
        aborted = False

        def abort(self):
            self.aborted = True

    async def main():
        async with gate_before(echo) as gate:
            passage, transport = gate._accept(), Transport()
            gate.close() if end == "close" else await gate.behave(Behaviour.REFUSE)
            passage.connection_made(transport)
            assert transport.aborted
            passage.connection_lost(None)

    run(main)


def test_a_resetting_gate_accepts_and_resets():
    async def main():
        async with gate_before(echo) as gate:
            await gate.behave(Behaviour.RESET)
            for said in (b"hello", b""):
                with pytest.raises(ConnectionResetError):
                    await exchange(gate.port, said)
            silent, writer = await asyncio.open_connection("127.0.0.1", gate.port)
            await gate.behave(Behaviour.PASS)
            with pytest.raises(ConnectionResetError):
                await silent.read()
            writer.close()
            assert await exchange(gate.port) == b"hello"

    run(main)


def test_a_hanging_gate_answers_nobody_and_healing_ends_what_hung():
    async def main():
        async with gate_before(echo) as gate:
            old_reader, old_writer = await asyncio.open_connection("127.0.0.1", gate.port)
            old_writer.write(b"x")
            await old_writer.drain()
            await gate.behave(Behaviour.HANG)
            new_reader, new_writer = await asyncio.open_connection("127.0.0.1", gate.port)
            for writer in (old_writer, new_writer):
                writer.write(b"x" * 300_000)
                await writer.drain()
            waiting = [asyncio.create_task(reader.read()) for reader in (old_reader, new_reader)]
            done, _ = await asyncio.wait(waiting, timeout=0.3)
            assert not done
            await gate.behave(Behaviour.PASS)
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            assert all(isinstance(outcome, ConnectionError) for outcome in outcomes)
            assert await exchange(gate.port) == b"hello"
            for writer in (old_writer, new_writer):
                writer.close()

    run(main)


def test_clients_that_give_up_on_a_hanging_gate_leave_nothing_open():
    async def main():
        async with gate_before(echo) as gate:
            await gate.behave(Behaviour.HANG)
            before = descriptors()
            for _ in range(50):
                _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
                writer.write(b"x")
                writer.close()
            while descriptors() > before:
                await asyncio.sleep(0.01)

    run(main)


def test_told_to_refuse_while_it_opens_it_is_shut():
    async def main():
        gate = Gate(1)
        await asyncio.gather(gate.behave(Behaviour.PASS), gate.behave(Behaviour.REFUSE))
        with pytest.raises(ConnectionRefusedError):
            await exchange(gate.port)
        gate.close()

    run(main)
