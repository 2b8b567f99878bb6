"""A loopback address for each leg of a site, so that an address alone tells which leg DNS leads to, as on the internet.

The embedded DNS gives every name the same address. Here a relay before it gives the distribution's and S3's names their
own ones, behind aliases too, and forwarders take connections there to the ports where the legs listen.
"""

import contextlib
import ipaddress
import socketserver

import dns.message
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from serving import serving

from breakable_aws.route53.dns_server import ALIAS_NAME

CDN, S3 = "127.0.7.2", "127.0.7.3"
"""Addresses of Linux's loopback interface, which has the whole network 127.0.0.0/8."""


def of(name):
    """Return the address of a name that AWS gave."""
    return CDN if name.rstrip(".").endswith(".cloudfront.net") else S3


@contextlib.contextmanager
def relay(upstream):
    """Relay DNS to a port of the embedded DNS, with the legs' own addresses in its answers; yields the relay's port."""
    with serving(_Relay(("127.0.0.1", 0), _Question)) as server:
        server.upstream = upstream
        yield server.server_address[1]


class _Relay(socketserver.ThreadingUDPServer):
    request_queue_size = 100
    upstream = 0


class _Question(socketserver.BaseRequestHandler):
    def handle(self):
        wire, answering = self.request
        question = dns.message.from_wire(wire)
        answer = dns.query.udp(question, "127.0.0.1", port=self.server.upstream, timeout=30)
        answering.sendto(_addressed(answer).to_wire(), self.client_address)


def _addressed(answer):
    """Put the address of its leg into every address record of an answer, and take out what only the emulator says."""
    aliases = [each for each in answer.additional if str(each.name) == ALIAS_NAME]
    answer.additional = [each for each in answer.additional if each not in aliases]
    for rrset in answer.answer:
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            led = aliases[0][0].strings[0].decode() if aliases else rrset.name.to_text()
            _replace(rrset, ipaddress.ip_address(of(led)))
    return answer


def _replace(rrset, address):
    text = str(address) if rrset.rdtype == dns.rdatatype.A else f"::ffff:{address}"
    found = dns.rdata.from_text(dns.rdataclass.IN, rrset.rdtype, text)
    ttl = rrset.ttl
    rrset.clear()
    rrset.add(found, ttl)
