"""An authoritative DNS server over UDP and TCP on loopback."""

import asyncio
import struct
import sys
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from breakable_aws.route53.answers import Record, Reply

LOOPBACK = "127.0.0.1"
ALIAS_NAME = "alias-target.breakable-aws.invalid."
"""The name of the TXT record beside an answer that says what an alias record points at; the emulator's own."""
LARGEST_UDP = 4096
"""Bytes of a UDP answer at most, as Route 53's servers say in theirs."""
_LARGEST_TCP = 65535
_IDLE_SECONDS = 10.0

Answer = Callable[[str, str], Reply]
"""Answers a question: the name in lower case with a final dot, and the type."""


class DnsServer:
    """Serves answers; garbage gets FORMERR where that is possible, and silence where it is not."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Begin to serve; raise OSError if the port is taken.

        The port is for both protocols; 0 takes one that is free for both.
        """
        loop = asyncio.get_running_loop()
        for attempt in range(20):
            self._tcp = await asyncio.start_server(self._serve_tcp, LOOPBACK, port)
            self.port = self._tcp.sockets[0].getsockname()[1]
            try:
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _Udp(self.respond), local_addr=(LOOPBACK, self.port)
                )
            except OSError:
                self._tcp.close()
                if port or attempt == 19:
                    raise
            else:
                return

    def stop(self) -> None:
        """End."""
        if self._tcp is not None:
            self._tcp.close()
        if self._udp is not None:
            self._udp.close()

    def respond(self, wire: bytes, *, udp: bool) -> bytes | None:
        """Return the response to a message, or None if none can be given."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return _format_error(wire)
        if query.flags & dns.flags.QR:
            return None
        response = self._response(query)
        if not udp:
            return response.to_wire(max_size=_LARGEST_TCP)
        largest = min(query.payload, LARGEST_UDP) if query.edns >= 0 else 512
        return _fit(response, max(largest, 512))

    def _response(self, query: dns.message.Message) -> dns.message.Message:
        response = _empty(query)
        try:
            self._fill(query, response)
            response.to_wire(max_size=_LARGEST_TCP)
        except Exception as error:
            # A record set may hold invalid data; the resolver must not wait for an answer that never comes.
            print(f"warning: no answer to {query.question}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201
            response = _empty(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        return response

    def _fill(self, query: dns.message.Message, response: dns.message.Message) -> None:
        if query.edns > 0:
            # RFC 6891, 6.1.3
            response.set_rcode(dns.rcode.BADVERS)
            return
        if query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
            return
        if len(query.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
            return
        question = query.question[0]
        if question.rdclass != dns.rdataclass.IN or question.rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR):
            response.set_rcode(dns.rcode.REFUSED)
            return
        reply = self._answer(question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype))
        response.set_rcode(dns.rcode.from_text(reply.rcode))
        if reply.authoritative and reply.rcode != "REFUSED":
            response.flags |= dns.flags.AA
        response.answer.extend(_rrsets(reply.answer, question.name))
        response.authority.extend(_rrsets(reply.authority, question.name))
        if reply.alias:
            # Addresses here are all loopback: who follows an alias needs the name behind it, which DNS does not tell.
            response.additional.append(dns.rrset.from_text(ALIAS_NAME, 0, "IN", "TXT", f'"{reply.alias}"'))

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answered(reader, writer):
                # Neither reading nor writing waits while there is more: others have their turn nevertheless.
                await asyncio.sleep(0)
        except TimeoutError:
            # Answers that a client does not read are dropped.
            writer.transport.abort()
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the next question, and tell whether more may follow."""
        async with asyncio.timeout(_IDLE_SECONDS):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            response = self.respond(await reader.readexactly(length), udp=False)
            if response is None:
                return False
            writer.write(struct.pack("!H", len(response)) + response)
            await writer.drain()
        return True


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, respond: Callable[..., bytes | None]) -> None:
        self._respond = respond
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        response = self._respond(data, udp=True)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, address)


def _empty(query: dns.message.Message) -> dns.message.Message:
    return dns.message.make_response(query, recursion_available=False, our_payload=LARGEST_UDP)


def _fit(response: dns.message.Message, largest: int) -> bytes:
    wire = response.to_wire(max_size=_LARGEST_TCP)
    if len(wire) > largest and response.answer:
        # The name servers may be left out (RFC 2181, 9).
        response.authority.clear()
        wire = response.to_wire(max_size=_LARGEST_TCP)
    if len(wire) <= largest:
        return wire
    # The client asks again over TCP for an answer that does not fit.
    response.flags |= dns.flags.TC
    response.answer.clear()
    response.authority.clear()
    return response.to_wire(max_size=largest)


def _rrsets(records: list[Record], asked: dns.name.Name) -> list[dns.rrset.RRset]:
    sets: dict[tuple[str, str], dns.rrset.RRset] = {}
    for record in records:
        key = (record.name, record.kind)
        if key not in sets:
            # The question's own spelling is kept: resolvers vary its case to recognize answers.
            name = asked if asked.to_text().lower() == record.name else dns.name.from_text(record.name)
            kind = dns.rdatatype.from_text(record.kind)
            sets[key] = dns.rrset.RRset(name, dns.rdataclass.IN, kind)
        rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(record.kind), record.value)
        sets[key].add(rdata, ttl=record.ttl)
    return list(sets.values())


def _format_error(wire: bytes) -> bytes | None:
    """Return FORMERR for a message whose header can be read and is a question, else None."""
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    return wire[:2] + bytes([0x80 | (wire[2] & 0x79), dns.rcode.FORMERR]) + b"\0" * 8
