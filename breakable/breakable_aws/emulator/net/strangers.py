"""Requests that no tool of this machine sends: those of web pages, and those for a name that is not the API's.

A page reaches loopback ports from any browser. It cannot choose `Host`, `Origin` and `Sec-Fetch-Site`, and with DNS
rebinding it comes as the same origin, but under a name of its own.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from .hosts import CustomHost, s3_host, website_region

_PORT = r"(?::\d{1,5})?"
_LOOPBACK = re.compile(rf"(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost\.?){_PORT}", re.ASCII | re.IGNORECASE)
_SERVICE = re.compile(
    rf"(?:\d{{12}}\.)?[a-z0-9-]+(?:\.[a-z]{{2}}(?:-[a-z]+)+-\d)?\.amazonaws\.com\.?{_PORT}", re.ASCII | re.IGNORECASE
)
_BUCKET = re.compile(rf"[a-z0-9._-]+\.amazonaws\.com\.?{_PORT}", re.ASCII | re.IGNORECASE)
_NAVIGATIONS = ("same-origin", "none")


def refusal(method: str, headers: Mapping[str, str], port: int) -> str | None:
    """Return the line that says why a request is refused; None for one that is not.

    The headers are by lower-case name, repeated ones joined; `port` is the API's own.
    """
    if not is_own_host(headers.get("host", "")):
        return "the embedded AWS answers as 127.0.0.1, localhost or an AWS endpoint, not under another Host"
    origins = [headers[name] for name in ("origin", "referer") if name in headers]
    if not all(_is_own_origin(origin, port) for origin in origins):
        return "the embedded AWS takes no requests of web pages (Origin or Referer)"
    if headers.get("sec-fetch-site", "none").lower() not in _NAVIGATIONS:
        return "the embedded AWS takes no requests of web pages (Sec-Fetch-Site)"
    return "the embedded AWS takes no preflight requests" if method == "OPTIONS" else None


def is_own_host(host: str) -> bool:
    """Tell whether a Host header names loopback, or an AWS endpoint that the API stands for."""
    if _LOOPBACK.fullmatch(host) or _SERVICE.fullmatch(host):
        return True
    is_s3 = not isinstance(s3_host(host), CustomHost) or website_region(host) is not None
    return _BUCKET.fullmatch(host) is not None and is_s3


def _is_own_origin(text: str, port: int) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    own = (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}")
    return url.scheme == "http" and url.netloc.lower() in own
