"""The embedded AWS in whose shell a client runs: there it reads from that AWS, with no change to its code."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

LOCAL = "S3_FAILOVER_LOCAL"
"""Set by `s3-failover local up`: clients and commands work on the embedded AWS."""


def endpoint() -> str | None:
    """Return where S3 of the embedded AWS answers; None outside of a shell of `s3-failover local up`.

    It is one endpoint for all regions, where a request still meets the faults of its own: that of its signature. So
    only one on loopback counts, of whatever else AWS_ENDPOINT_URL names.
    """
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    return url if os.environ.get(LOCAL) == "1" and urlsplit(url).hostname == "127.0.0.1" else None
