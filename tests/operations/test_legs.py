"""What a viewer gets over a leg, whatever the network does."""

import socket
import threading

import pytest

from s3_failover.operations import legs
from s3_failover.operations.legs import LegAddress


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def leg_to(server, **more):
    return LegAddress("secondary", "assets.example.com", *server.getsockname(), **more)


def answer_once(listener, answer):
    """Send `answer` to the next connection; returns a list that gets the request."""
    requests = []

    def serve():
        connection, _ = listener.accept()
        with connection:
            requests.append(connection.recv(65536).decode())
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return requests


def test_the_host_header_is_the_bare_hostname_and_the_key_is_quoted(listener):
    requests = answer_once(listener, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    answer = leg_to(listener).get("a/é ?#%.txt")
    assert (answer.status, answer.body, answer.error) == (200, b"hi", "")
    (request,) = requests
    assert request.startswith("GET /a/%C3%A9%20%3F%23%25.txt HTTP/1.1\r\n")
    assert "\r\nHost: assets.example.com\r\n" in request


def test_a_body_that_is_cut_short_is_no_answer(listener):
    answer_once(listener, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi")
    answer = leg_to(listener).get("a")
    assert (answer.status, answer.body) == (0, b"")
    assert "IncompleteRead" in answer.error


def test_a_body_that_drips_is_given_up_after_a_while(listener, monkeypatch):
    monkeypatch.setattr(legs, "_PATIENCE", 0.0)
    monkeypatch.setattr(legs, "_SLOWEST", 10**9)
    answer_once(listener, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nh")
    answer = leg_to(listener).get("a")
    assert (answer.status, answer.error) == (0, "the body drips: 1 byte in 0 s")


def test_a_body_that_comes_in_pieces_is_whole(listener, monkeypatch):
    monkeypatch.setattr(legs, "_PIECE", 2)
    answer_once(listener, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
    assert leg_to(listener).get("a").body == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_a_connection_takes_one_request_after_the_other(listener, answer):
    def serve():
        connection, _ = listener.accept()
        with connection:
            for _ in range(3):
                connection.recv(65536)
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    leg = leg_to(listener)
    with leg.connected() as connection:
        seen = [leg.over(connection, "a") for _ in range(3)]
    assert [each.error for each in seen] == ["", "", ""]
    assert len({(each.status, each.body) for each in seen}) == 1


def test_a_silent_listener_is_no_answer_after_the_timeout(listener):
    answer = leg_to(listener, timeout=0.2).get("a")
    assert (answer.status, answer.error) == (0, "timed out")


def test_a_refused_connection_is_no_answer():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        answer = leg_to(closed).get("a")
    assert answer.status == 0
    assert "refused" in answer.error
