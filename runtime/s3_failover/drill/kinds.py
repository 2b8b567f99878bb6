"""The kinds of viewers that exist: how each connects, and how long its resolver keeps an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from s3_failover.config import Site
from s3_failover.config.tables import ViewerHttps


class Connects(StrEnum):
    """How a viewer connects."""

    ANEW = "anew"
    """With a new connection for each request, as programs without a connection pool do."""
    KEPT = "kept"
    """With one connection for as long as it lives, as HTTP libraries and open browsers do."""
    HTTPS_FIRST = "https-first"
    """As Chromium for an address without a scheme: by HTTPS, and by HTTP where that cannot be had."""


@dataclass(frozen=True)
class ViewerKind:
    """A kind of viewers."""

    name: str
    """What JSON calls it."""
    title: str
    """What people read, as in `HTTPS, kept connection`."""
    lane: str
    """What the picture calls it."""
    requests: str
    """Its requests, in an expectation."""
    scheme: str
    """The scheme that it asks by first."""
    connects: Connects = Connects.ANEW
    http2: bool = False
    """Whether it speaks HTTP/2 with a server that does."""
    remembers_hsts: bool = False
    """Whether a site that has sent HSTS is never asked by HTTP again."""
    ttl_floor: int = 0
    """Seconds for which its resolver keeps every answer, at least."""
    serves_stale: bool = False
    """Whether its resolver gives an answer once more whose time is up, and renews it meanwhile (RFC 8767)."""

    @property
    def late(self) -> bool:
        """Whether its resolver may keep an answer for longer than the record allows."""
        return self.ttl_floor > 0 or self.serves_stale

    def lag(self, ttl: float) -> float:
        """Return after how many seconds, at most, it follows a record that has changed."""
        if self.serves_stale:
            return max(ttl, STALE_TTL) + STALE_TTL
        return max(ttl, self.ttl_floor)


STALE_TTL = 30.0
"""Seconds for which an answer from an expired cache may be kept (RFC 8767, 5)."""

TTL_FLOOR = 300
"""Seconds to which some resolvers lengthen shorter times to live: cache-min-ttl of unbound and its like."""

UPGRADE_TIMEOUT = 3.0
"""Seconds that Chromium waits for HTTPS before it falls back to HTTP."""

NEW_HTTP = ViewerKind("http", "HTTP, new connections", "http viewers", "http requests", "http")
NEW_HTTPS = ViewerKind("https", "HTTPS, new connections", "https viewers", "https requests", "https")
_BROWSER = "requests of a browser"

KINDS = (
    NEW_HTTP,
    NEW_HTTPS,
    ViewerKind(
        "kept-http",
        "HTTP, kept connection",
        "http, kept",
        "http requests on a kept connection",
        "http",
        Connects.KEPT,
    ),
    ViewerKind(
        "kept-https",
        "HTTPS, kept connection",
        "https, kept",
        "https requests on a kept connection",
        "https",
        Connects.KEPT,
    ),
    ViewerKind(
        "kept-http2",
        "HTTP/2, kept connection",
        "http/2, kept",
        "http/2 requests on a kept connection",
        "https",
        Connects.KEPT,
        http2=True,
    ),
    ViewerKind("browser", "browser, new visit", "browser", _BROWSER, "https", Connects.HTTPS_FIRST),
    ViewerKind(
        "hsts",
        "browser that remembers HSTS",
        "browser, HSTS",
        f"{_BROWSER} that remembers HSTS",
        "https",
        Connects.HTTPS_FIRST,
        remembers_hsts=True,
    ),
    ViewerKind(
        "ttl-floor",
        f"browser, resolver keeps answers {TTL_FLOOR} s",
        f"TTL of {TTL_FLOOR} s",
        f"{_BROWSER} whose resolver keeps answers for {TTL_FLOOR} s",
        "https",
        Connects.HTTPS_FIRST,
        ttl_floor=TTL_FLOOR,
    ),
    ViewerKind(
        "serve-stale",
        "browser, resolver serves stale",
        "stale DNS",
        f"{_BROWSER} whose resolver serves stale answers",
        "https",
        Connects.HTTPS_FIRST,
        serves_stale=True,
    ),
)
"""Every kind, those with a new connection for each request first."""

BY_NAME = {kind.name: kind for kind in KINDS}
"""Every kind by its name."""


def kinds(site: Site) -> Iterator[ViewerKind]:
    """Return the kinds that differ for a site: one that sends no HSTS gives a browser nothing to remember."""
    return (kind for kind in KINDS if not kind.remembers_hsts or site.https is ViewerHttps.HSTS)
