"""Relays between real sockets."""

import contextlib
import socket
import threading

import pytest

from s3_failover.local.drill.fleet.relay import Relays


@pytest.fixture
def echo():
    """The port of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection):
            with connection, contextlib.suppress(OSError):
                while chunk := connection.recv(1024):
                    connection.sendall(chunk)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def relays():
    with Relays() as opened:
        yield opened


def connect(relay):
    return socket.create_connection(("127.0.0.1", relay.port), timeout=10)


def says(connection, text=b"hello"):
    connection.sendall(text)
    return connection.recv(1024) == text


def test_bytes_go_both_ways_and_again(relays, echo):
    with connect(relays.open(echo)) as connection:
        assert says(connection)
        assert says(connection, b"again")


def test_many_bytes_arrive_whole(relays, echo):
    body = bytes(range(256)) * 4096
    with connect(relays.open(echo)) as connection:
        threading.Thread(target=connection.sendall, args=(body,), daemon=True).start()
        got = b""
        while len(got) < len(body):
            got += connection.recv(65536)
    assert got == body


def test_cut_relay_refuses_connections(relays, echo):
    relay = relays.open(echo)
    relays.cut(relay)
    with pytest.raises(ConnectionRefusedError):
        connect(relay)


def test_cut_relay_resets_open_connections(relays, echo):
    relay = relays.open(echo)
    with connect(relay) as connection:
        assert says(connection)
        relays.cut(relay)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_restored_relay_has_the_same_port(relays, echo):
    relay = relays.open(echo)
    before = relay.port
    relays.cut(relay)
    relays.restore(relay)
    assert relay.port == before
    with connect(relay) as connection:
        assert says(connection)


def test_cutting_and_restoring_twice_is_as_once(relays, echo):
    relay = relays.open(echo)
    relays.restore(relay)
    relays.cut(relay)
    relays.cut(relay)
    relays.restore(relay)
    with connect(relay) as connection:
        assert says(connection)


def test_other_ways_to_the_same_place_stay_open(relays, echo):
    one, other = relays.open(echo), relays.open(echo)
    with connect(other) as connection:
        assert says(connection)
        relays.cut(one)
        assert says(connection)


def test_where_nobody_listens_behind_the_relay_the_connection_is_reset(relays):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = listener.getsockname()[1]
    # as soon as it is there, or when it is used
    with pytest.raises(ConnectionResetError), connect(relays.open(nobody)) as connection:
        connection.recv(1)


def test_end_behind_the_relay_is_an_end_before_it(relays):
    with socket.create_server(("127.0.0.1", 0)) as listener, connect(relays.open(listener.getsockname()[1])) as before:
        behind, _ = listener.accept()
        behind.sendall(b"last words")
        behind.close()
        assert before.recv(1024) == b"last words"
        assert before.recv(1024) == b""


def test_nothing_is_left_of_relays_after_their_block(echo):
    with Relays() as relays:
        relay = relays.open(echo)
        with connect(relay) as connection:
            assert says(connection)
    with pytest.raises(ConnectionRefusedError):
        connect(relay)
    assert [thread for thread in threading.enumerate() if thread.name == "relays"] == []
