"""Asks the embedded AWS as a viewer on the internet would: DNS, then a connection to where it leads."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from breakable_aws import places
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator
from breakable_aws.places import Place
from breakable_aws.route53.dns_server import ALIAS_NAME

LOOPBACK = "127.0.0.1"
PATIENCE = 15.0
"""Seconds that a viewer waits for a connection, and for each read."""


class NotHereError(BreakableError):
    """A name is in no zone of the embedded AWS: it belongs to the world outside."""


@dataclass(frozen=True)
class ViewerAnswer:
    """What a viewer got.

    The headers are by their names in lower case.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def resolve(emulator: Emulator, name: str) -> tuple[str, ...]:
    """Return the names of the CNAME and alias records that DNS leads through from a name, in order.

    Raises:
        NotHereError: the name is in no zone of the embedded AWS.
        BreakableError: DNS has no such name, or does not answer.
    """
    question = dns.message.make_query(name, dns.rdatatype.A)
    try:
        answer, _ = dns.query.udp_with_fallback(question, LOOPBACK, timeout=PATIENCE, port=emulator.dns_port)
    except (dns.exception.DNSException, OSError) as error:
        raise BreakableError(f"the embedded DNS does not answer for {name} ({error}): start it again") from error
    if answer.rcode() == dns.rcode.REFUSED:
        raise NotHereError(f"DNS answers REFUSED for {name}: deploy its records first")
    if answer.rcode() != dns.rcode.NOERROR:
        raise BreakableError(f"DNS answers {dns.rcode.to_text(answer.rcode())} for {name}: deploy its records first")
    names = [str(record.target) for each in answer.answer if each.rdtype == dns.rdatatype.CNAME for record in each]
    # All addresses of the embedded AWS are the same: a TXT record tells what an alias leads to.
    aliases = [each for each in answer.additional if each.rdtype == dns.rdatatype.TXT and str(each.name) == ALIAS_NAME]
    names += [text.decode() for each in aliases for record in each for text in record.strings]
    return tuple(each.rstrip(".") for each in names)


def lead(emulator: Emulator, name: str, scheme: str) -> Place:
    """Return the place that a viewer's way from a name leads to, by DNS; `scheme` is `http`, `https` or `api`.

    Raises:
        BreakableError: DNS has no such name.
        OSError: nothing lives where DNS leads.
    """
    return places.find(emulator, (name, *_led(emulator, name))[-1], scheme)


def get(emulator: Emulator, url: str, headers: Mapping[str, str]) -> ViewerAnswer:
    """Return what a viewer gets for a URL.

    Raises:
        BreakableError: DNS has no such name.
        OSError: nothing answers there, or the connection breaks.
    """
    parts = urlsplit(url)
    name, secure = parts.hostname or "", parts.scheme == "https"
    port = lead(emulator, name, parts.scheme).port
    connection = http.client.HTTPConnection(name)
    with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as raw:
        connection.sock = _tls(raw, name, emulator.ca_file) if secure else raw
        with connection.sock:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Host": name, **headers})
            response = connection.getresponse()
            lowered = {header.lower(): value for header, value in response.getheaders()}
            return ViewerAnswer(response.status, lowered, response.read())


def _led(emulator: Emulator, name: str) -> tuple[str, ...]:
    """Return where DNS leads; nowhere for a name that AWS itself gave, which no zone here has."""
    try:
        return resolve(emulator, name)
    except BreakableError:
        if name.endswith((".amazonaws.com", ".cloudfront.net")):
            return ()
        raise


def _tls(raw: socket.socket, name: str, ca_file: str) -> ssl.SSLSocket:
    return ssl.create_default_context(cafile=ca_file).wrap_socket(raw, server_hostname=name)
