import asyncio
import itertools
import shutil
import socket
import struct
import subprocess

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns_servers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakable_aws.route53 import dns_server
from breakable_aws.route53.answers import Record, Reply
from breakable_aws.route53.dns_server import LARGEST_UDP, DnsServer


def reply(name, kind):
    if name == "many.example.com.":
        return Reply(answer=[Record(name, "TXT", 60, f'"{n:04}{"x" * 200}"') for n in range(20)])
    if name == "broken.example.com.":
        return Reply(answer=[Record(name, "A", 60, "no address")])
    if name == "huge.example.com.":
        return Reply(answer=[Record(name, "TXT", 60, f'"{n:04}{"x" * 250}"') for n in range(300)])
    if name == "sub.example.com.":
        return Reply(authority=[Record(name, "NS", 60, "ns.example.net.")], authoritative=False)
    if name == "long.example.com.":
        servers = [Record("example.com.", "NS", 60, f"ns-{n}-{'x' * 50}.example.net.") for n in range(4)]
        return Reply(answer=[Record(name, "TXT", 60, f'"{"x" * 250}"')], authority=servers)
    if name == "www.example.com.":
        return Reply(answer=[Record(name, "A", 60, "192.0.2.1")])
    return Reply("REFUSED")


@pytest.fixture(scope="module")
def server():
    """A server in a thread of its own."""
    with dns_servers.running(reply) as found:
        yield found


def udp(server, query, **options):
    return dns.query.udp(query, "127.0.0.1", port=server.port, timeout=30, **options)


def question(name="www.example.com", kind="A", **options):
    return dns.message.make_query(name, kind, **options)


def test_answers_over_udp_and_tcp(server):
    for ask in (dns.query.udp, dns.query.tcp):
        answer = ask(question(), "127.0.0.1", port=server.port, timeout=30)
        assert [item.address for item in answer.answer[0]] == ["192.0.2.1"]
        assert answer.flags & dns.flags.AA


def test_spelling_of_the_question_is_kept(server):
    answer = udp(server, question("wWw.ExAmPlE.cOm"))
    assert answer.answer[0].name.to_text() == "wWw.ExAmPlE.cOm."


def test_what_is_too_long_for_udp_is_truncated_and_whole_over_tcp(server):
    short = udp(server, question("many.example.com", "TXT"))
    assert short.flags & dns.flags.TC
    whole, used_tcp = dns.query.udp_with_fallback(
        question("many.example.com", "TXT"), "127.0.0.1", port=server.port, timeout=30
    )
    assert used_tcp
    assert len(whole.answer[0]) == 20


def test_name_servers_are_left_out_before_an_answer_is_truncated(server):
    whole = udp(server, question("long.example.com", "TXT", use_edns=0, payload=4096))
    assert (len(whole.answer), len(whole.authority[0])) == (1, 4)
    short = udp(server, question("long.example.com", "TXT"))
    assert (len(short.answer), short.authority, short.flags & dns.flags.TC) == (1, [], 0)


def test_edns_is_answered_with_the_size_that_route_53_takes(server):
    answer = udp(server, question(use_edns=0, payload=4096))
    assert (answer.edns, answer.payload) == (0, 4096)
    longest = udp(server, question("many.example.com", "TXT", use_edns=0, payload=8192), one_rr_per_rrset=False)
    assert longest.flags & dns.flags.TC, "4,096 bytes are not enough for 4,400"


class Writer:
    """The answers that a TCP client would get, and whether its connection was cut."""

    def __init__(self, drain=None):
        self.answers, self.cut, self.transport = [], False, self
        self.drain = drain or self._drained

    def write(self, data):
        self.answers.append(data)

    async def _drained(self):
        """Return at once, as a writer does whose client reads or whose buffer has room."""

    def abort(self):
        self.cut = True

    def close(self):
        pass


def asking(count):
    """What a client sends that asks without a pause, and then closes."""
    wire = question().to_wire()
    reader = asyncio.StreamReader()
    reader.feed_data((struct.pack("!H", len(wire)) + wire) * count)
    reader.feed_eof()
    return reader


def test_a_client_that_asks_without_a_pause_leaves_others_their_turn():
    async def run():
        writer, seen = Writer(), []
        serving = asyncio.create_task(DnsServer(reply)._serve_tcp(asking(50), writer))
        while not serving.done():
            seen.append(len(writer.answers))
            await asyncio.sleep(0)
        return len(writer.answers), max(b - a for a, b in itertools.pairwise(seen))

    assert asyncio.run(run()) == (50, 1)


def test_a_client_that_reads_nothing_is_cut(monkeypatch):
    monkeypatch.setattr(dns_server, "_IDLE_SECONDS", 0.05)
    writer = Writer(drain=asyncio.Event().wait)

    async def run():
        await asyncio.wait_for(DnsServer(reply)._serve_tcp(asking(2), writer), 30)

    asyncio.run(run())
    assert (len(writer.answers), writer.cut) == (1, True)


def test_other_zones_are_refused_without_authority(server):
    answer = udp(server, question("www.example.net"))
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.flags & dns.flags.AA


@pytest.mark.parametrize("kind", ["AXFR", "IXFR"])
def test_zone_transfers_are_refused(server, kind):
    answer = dns.message.from_wire(server.respond(question(kind=kind).to_wire(), udp=False))
    assert answer.rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("name", ["broken.example.com", "huge.example.com"])
def test_records_that_make_no_answer_are_a_failure_of_the_server(server, name, capfd):
    for ask in (dns.query.udp, dns.query.tcp):
        assert ask(question(name), "127.0.0.1", port=server.port, timeout=30).rcode() == dns.rcode.SERVFAIL
    assert name in capfd.readouterr().err


def test_referral_is_not_authoritative(server):
    answer = udp(server, question("sub.example.com"))
    assert not answer.flags & dns.flags.AA
    assert [item.target.to_text() for item in answer.authority[0]] == ["ns.example.net."]


def test_later_versions_of_edns_are_refused_with_the_version_that_is_spoken(server):
    answer = udp(server, question(use_edns=1))
    assert (answer.rcode(), answer.edns) == (dns.rcode.BADVERS, 0)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 60),
    st.binary(max_size=20),
)
def test_no_question_with_a_few_wrong_bytes_breaks_the_parser(wrong, kept, more):
    wire = bytearray(question(use_edns=0).to_wire())
    for at, value in wrong:
        wire[at % len(wire)] = value
    found = DnsServer(reply).respond(bytes(wire[: max(kept, 12)] + more), udp=True)
    assert found is None or (found[:2] == wire[:2] and len(found) <= LARGEST_UDP)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_server_answers_after_whatever_came_over_the_network(server, datagram, stream):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, ("127.0.0.1", server.port))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(stream)
    test_answers_over_udp_and_tcp(server)


@given(st.binary(max_size=600))
def test_no_message_breaks_the_parser(wire):
    found = DnsServer(reply).respond(wire, udp=True)
    assert found is None or found[:2] == wire[:2]


@given(st.binary(max_size=60), st.integers(0, 40))
def test_no_damaged_question_breaks_the_parser(noise, at):
    wire = bytearray(question().to_wire())
    wire[at : at + len(noise)] = noise
    DnsServer(reply).respond(bytes(wire), udp=False)


def test_server_answers_after_garbage_on_both_protocols(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for size in (0, 1, 11, 12, 40, 512):
            sender.sendto(b"\xff" * size, ("127.0.0.1", server.port))
    for garbage in (b"\x00", b"\x00\x05abc", struct.pack("!H", 3) + b"abc", b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(garbage)
    test_answers_over_udp_and_tcp(server)


def test_port_that_is_taken_is_refused():
    async def run():
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(OSError, match="in use"):
                await DnsServer(reply).start(taken.getsockname()[1])

    asyncio.run(run())


@pytest.mark.skipif(not shutil.which("dig"), reason="dig is not installed")
def test_dig_understands(server):
    command = ["dig", "@127.0.0.1", "-p", str(server.port), "www.example.com", "+short"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "192.0.2.1\n"
