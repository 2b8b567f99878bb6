"""Where a client reads from: one bucket in one region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s3_failover.client.errors import InvalidConfiguration


@dataclass(frozen=True)
class Region:
    """One region and the bucket that holds a copy there; no region of a client is special.

    Attributes:
        name: the AWS region, for example `us-east-1`; it labels attempts, gauges and metrics.
        bucket: the bucket's name, or the ARN of an access point.
        endpoint_url: where S3 answers, by default AWS's endpoint of the region. For interface endpoints and for tests.

    Raises:
        InvalidConfiguration: name or bucket is empty.
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
