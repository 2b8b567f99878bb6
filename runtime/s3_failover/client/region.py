"""Where a client reads from: one bucket in one region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from s3_failover.client.errors import InvalidConfiguration

_BUCKET = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
"""As botocore has it, which knows buckets from before today's rules."""


@dataclass(frozen=True)
class Region:
    """One region and the bucket that holds a copy there; no region of a client is special.

    Attributes:
        name: the AWS region, for example `us-east-1`; it labels attempts, gauges and metrics.
        bucket: the bucket's name, or the ARN of an access point.
        endpoint_url: where S3 answers, by default AWS's endpoint of the region. For interface endpoints and for tests.

    Raises:
        InvalidConfiguration: name, bucket or endpoint cannot be one.
    """

    name: str
    bucket: str
    endpoint_url: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could only fail at the first request."""
        for field in ("name", "bucket"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                msg = f'region {field} is {value!r}, expected a name: Region("us-east-1", bucket="assets-us-east-1")'
                raise InvalidConfiguration(msg)
        if not self.bucket.startswith("arn:") and not _BUCKET.fullmatch(self.bucket):
            msg = f"region bucket is {self.bucket!r}, expected a bucket's name or an access point's ARN"
            raise InvalidConfiguration(msg)
        if self.endpoint_url is not None and not _is_web_address(self.endpoint_url):
            msg = f"region endpoint_url is {self.endpoint_url!r}, expected one like https://s3.example.com, or None"
            raise InvalidConfiguration(msg)


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def validated(regions: Sequence[Region]) -> tuple[Region, ...]:
    """Return the regions of one client.

    Raises:
        InvalidConfiguration: there is none, one is no Region, or two have the same name.
    """
    found = tuple(regions)
    if not found:
        msg = "got no regions, expected at least one and better two: S3FailoverClient([Region(...), Region(...)])"
        raise InvalidConfiguration(msg)
    for region in found:
        if not isinstance(region, Region):
            msg = f'got the region {region!r}, expected a Region: Region("us-east-1", bucket="assets-us-east-1")'
            raise InvalidConfiguration(msg)
    names = [region.name for region in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"got {', '.join(twice)} more than once, expected distinct regions: a region is tried once per request"
        raise InvalidConfiguration(msg)
    return found
