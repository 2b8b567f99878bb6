"""A resolver that asks the site's authoritative server and keeps the answer for as long as the record allows."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from s3_failover.local.clock import Clock
from s3_failover.local.route53.dns_server import ALIAS_NAME

_LOOPBACK = "127.0.0.1"
_TIMEOUT = 2.0


@dataclass(frozen=True)
class Answer:
    """Where a hostname leads, at the end of CNAMEs and alias records, and when to ask again, in embedded time."""

    target: str
    expires: float


class Resolver:
    """Resolves hostnames as a viewer's resolver would: one question per time to live, whatever happens meanwhile."""

    def __init__(self, port: int, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def target(self, hostname: str) -> str:
        """Return the name that a hostname leads to, from the cache while its time to live lasts.

        Raises:
            OSError: the server does not answer, or knows no such name.
        """
        with self._lock:
            kept = self._answers.get(hostname)
            if kept is None or self._clock.now() >= kept.expires:
                kept = self._answers[hostname] = ask(hostname, self._port, self._clock)
            return kept.target


def ask(hostname: str, port: int, clock: Clock) -> Answer:
    """Ask the authoritative server now.

    Raises:
        OSError: it does not answer, or knows no such name.
    """
    query = dns.message.make_query(hostname, dns.rdatatype.A)
    try:
        response, _ = dns.query.udp_with_fallback(query, _LOOPBACK, port=port, timeout=_TIMEOUT)
    except dns.exception.DNSException as error:
        raise OSError(f"no answer for {hostname}: {error}") from error
    aliases = {
        record.name.to_text(omit_final_dot=True): item.target.to_text(omit_final_dot=True)
        for record in response.answer
        if record.rdtype == dns.rdatatype.CNAME
        for item in record
    }
    behind = _behind_alias(response)
    if hostname not in aliases and behind is None:
        raise OSError(f"{hostname} has no CNAME and no alias: the server answers {response.rcode()}")
    target, lifetime = hostname, min(record.ttl for record in response.answer)
    while target in aliases:
        target = aliases[target]
    return Answer(behind or target, clock.now() + lifetime)


def _behind_alias(response: dns.message.Message) -> str | None:
    """Return the name that an alias record leads to, which the embedded server tells beside the answer."""
    for record in response.additional:
        if record.name.to_text() == ALIAS_NAME:
            return str(record[0].strings[0].decode()).rstrip(".")
    return None
