"""Where a client reads from: one bucket in one region."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from s3_failover.client.errors import InvalidConfiguration

_BUCKET = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
"""As botocore has it, which knows buckets from before today's rules."""

_ACCESS_POINT = re.compile(
    r"arn:[^:]+:s3(?:-object-lambda|-outposts)?:(?P<region>[a-z0-9-]*):[0-9]{12}:"
    r"(?:outpost[/:][a-zA-Z0-9-]+[/:])?accesspoint[/:][a-zA-Z0-9.-]{1,63}"
)
"""As botocore has it; a multi-Region access point is one of no region."""


@dataclass(frozen=True)
class Region:
    """One region and the bucket that holds a copy there; no region of a client is special.

    Attributes:
        name: the AWS region, for example `us-east-1`; it labels attempts, gauges and metrics.
        bucket: the bucket's name, or the ARN of an access point in this region.
        endpoint_url: where S3 answers, by default AWS's endpoint of the region. For interface endpoints and for tests;
            AWS_ENDPOINT_URL and a profile's endpoint are not used, because they are one for all regions; only in the
            shell of `s3-failover local up` the embedded AWS's is.

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
        self._check_bucket()
        if self.endpoint_url is not None and not _is_web_address(self.endpoint_url):
            msg = f"region endpoint_url is {self.endpoint_url!r}, expected one like https://s3.example.com, or None"
            raise InvalidConfiguration(msg)

    def _check_bucket(self) -> None:
        access_point = _ACCESS_POINT.fullmatch(self.bucket)
        if not access_point and not _BUCKET.fullmatch(self.bucket):
            msg = f"region bucket is {self.bucket!r}, expected a bucket's name or an access point's ARN"
            raise InvalidConfiguration(msg)
        if access_point and not access_point["region"]:
            msg = (
                f"region bucket is {self.bucket}, a multi-Region access point, which chooses a region itself, expected "
                f"what is in one region: name the bucket or the access point of {self.name}"
            )
            raise InvalidConfiguration(msg)
        if access_point and access_point["region"] != self.name:
            msg = f"access point {self.bucket} is in {access_point['region']}, expected one in {self.name}"
            raise InvalidConfiguration(msg)


def _is_web_address(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        # Looking at the port raises when it cannot be one.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def validated(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Return the regions of one client.

    Raises:
        InvalidConfiguration: there is none, one is no Region, or two have the same name or are the same place.
    """
    if not isinstance(regions, Iterable):
        msg = f"regions is {regions!r}, expected a list of them: S3FailoverClient([Region(...), Region(...)])"
        raise InvalidConfiguration(msg)
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
    places: dict[tuple[str, str], Region] = {}
    for region in found:
        if region.endpoint_url:
            first = places.setdefault((region.endpoint_url.lower().rstrip("/"), region.bucket), region)
            if first is not region:
                msg = (
                    f"{first.name} and {region.name} are one place, {region.endpoint_url} {region.bucket}, expected two"
                )
                raise InvalidConfiguration(msg)
    return found
