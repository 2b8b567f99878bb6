"""What a client is made with: regions, timeouts, hedging and the retry budget, with the token bucket behind both.

The regions may be those of a site in `failover.toml`: this is the one place where the client knows of that file.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.client.errors import (
    InvalidConfiguration,
    LocalFault,
    refuse,
    require_path,
    require_positive,
    require_whole,
)
from s3_failover.client.locks import call_after_fork

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
                refuse(f"region {field}", value, 'a name: Region("us-east-1", bucket="assets-us-east-1")')
        self._check_bucket()
        if self.endpoint_url is not None and not _is_web_address(self.endpoint_url):
            refuse("region endpoint_url", self.endpoint_url, "one like https://s3.example.com, or None")

    def _check_bucket(self) -> None:
        access_point = _ACCESS_POINT.fullmatch(self.bucket)
        if not access_point and not _BUCKET.fullmatch(self.bucket):
            refuse("region bucket", self.bucket, "a bucket's name or an access point's ARN")
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
        refuse("regions", regions, "a list of them: S3FailoverClient([Region(...), Region(...)])")
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


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a client waits, in seconds; each limit holds whatever the server does, also when it drips.

    The S3 User Guide (optimizing-performance-guidelines) advises to try again after two seconds: that is `read`.
    Credentials that have to be asked for may take as long as the deadline, and none of that is a region's time.

    Attributes:
        connect: for name resolution and TCP together, over all addresses of a region's endpoint; 1 by default.
        read: for the next byte, those of a TLS handshake too; 2 by default.
        attempt: for one attempt in one region, body included; 5 by default. Every `min_throughput` bytes that have
            arrived add one second, so that large objects have time and slow drips have not.
        deadline: for a whole get or head, all regions together; 10 by default.
        download_deadline: for a whole download to a file, all regions together; an hour by default.
        min_throughput: bytes a second below which a body counts as stalled; 262,144 by default.

    Raises:
        InvalidConfiguration: a limit is not positive, `min_throughput` is no whole number, or a limit is longer than
            the one around it.
    """

    connect: float = 1.0
    read: float = 2.0
    attempt: float = 5.0
    deadline: float = 10.0
    download_deadline: float = 3600.0
    min_throughput: int = 256 * 1024

    def __post_init__(self) -> None:
        for field in fields(self):
            require_positive(f"timeouts {field.name}", getattr(self, field.name))
        require_whole("timeouts min_throughput", self.min_throughput)
        nested = ("connect", "attempt"), ("read", "attempt"), ("attempt", "deadline"), ("deadline", "download_deadline")
        for inner, outer in nested:
            short, long = getattr(self, inner), getattr(self, outer)
            if short > long:
                msg = (
                    f"timeouts {inner} is {short:g} s and {outer} {long:g} s, expected {inner} <= {outer}: "
                    f"shorten {inner} or lengthen {outer}"
                )
                raise InvalidConfiguration(msg)


class TokenBucket:
    """A token bucket: extra requests in proportion to the requests that there are.

    Args:
        ratio: what each request adds.
        most: how many are kept.
        first: how many there are at first.
    """

    def __init__(self, ratio: float, most: float, first: float) -> None:
        self._ratio = ratio
        self._most = most
        self._tokens = first
        self._lock = threading.Lock()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Take a new lock, which is free."""
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Add what one request earns."""
        with self._lock:
            self._tokens = min(self._tokens + self._ratio, self._most)

    def spend(self) -> bool:
        """Take the price of one extra request, if it is there."""
        with self._lock:
            # A thousandth of slack: twenty times 0.05 is a little less than 1 in floating point.
            if self._tokens < 0.999:
                return False
            self._tokens = max(self._tokens - 1, 0.0)
            return True


@dataclass(frozen=True, kw_only=True)
class Hedging:
    """When a get or head that is slow is sent to the next region too; the first answer wins.

    Every request adds `token_ratio` of a token, a hedge costs one: extra requests are at most that part of all, also
    when every region is slow (the throttling of gRPC's A6, with a bucket that starts empty).

    Attributes:
        delay: seconds without an answer before the second request is sent; 0.2 by default. A good value is what 95 to
            99 % of requests take.
        token_ratio: extra requests per request, at most; 0.05 by default.
        max_tokens: how many unused tokens are kept for a burst; 10 by default.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    delay: float = 0.2
    token_ratio: float = 0.05
    max_tokens: float = 10.0

    def __post_init__(self) -> None:
        for name in ("delay", "token_ratio", "max_tokens"):
            require_positive(f"hedging {name}", getattr(self, name))
        if self.token_ratio > 1:
            refuse("hedging token_ratio", self.token_ratio, "extra requests per request, at most 1")
        if self.max_tokens < 1:
            refuse("hedging max_tokens", self.max_tokens, "at least 1: less never allows a hedge")

    def bucket(self) -> TokenBucket:
        """Return the tokens of one client, none of which are there yet."""
        return TokenBucket(self.token_ratio, self.max_tokens, 0.0)


@dataclass(frozen=True, kw_only=True)
class RetryBudget:
    """Pays for second and later attempts after failures from a token bucket (gRPC's A6, botocore's standard mode).

    Every request adds `token_ratio` of a token, an attempt in another region costs one. In a total outage a client
    sends at most 1 + `token_ratio` attempts for each request in the long run; without a budget, as many as there are
    regions. One failing region needs few: it is ejected, and requests begin elsewhere. Going on after an answer, such
    as a missing key with `not_found="try_next"`, is free.

    Attributes:
        token_ratio: attempts in other regions for each request, in the long run; 0.1 by default.
        max_tokens: how many tokens are kept for a burst, and how many there are at first; 10 by default. A region that
            begins to fail costs one for each request that is under way there: give a client with many threads more.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    token_ratio: float = 0.1
    max_tokens: float = 10.0

    def __post_init__(self) -> None:
        for name in ("token_ratio", "max_tokens"):
            require_positive(f"retry budget {name}", getattr(self, name))
        if self.max_tokens < 1:
            refuse("retry budget max_tokens", self.max_tokens, "at least 1: less never pays for an attempt")

    def bucket(self) -> TokenBucket:
        """Return the tokens of one client, all there."""
        return TokenBucket(self.token_ratio, self.max_tokens, self.max_tokens)


LOCAL = "S3_FAILOVER_LOCAL"
"""Set by `s3-failover local up`: clients and commands work on the embedded AWS."""


def embedded_endpoint() -> str | None:
    """Return where S3 of the embedded AWS answers; None outside of a shell of `s3-failover local up`.

    It is one endpoint for all regions, where a request still meets the faults of its own: that of its signature. So
    only one on loopback counts, of whatever else AWS_ENDPOINT_URL names.
    """
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    return url if os.environ.get(LOCAL) == "1" and urlsplit(url).hostname == "127.0.0.1" else None


if TYPE_CHECKING:
    from boto3.session import Session

    from s3_failover.config import Site

_STS_ONCE = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""For STS: a region that does not answer is left for the next one, as with S3."""


def of_site(path: str | os.PathLike[str], name: str, *, session: Session | None) -> tuple[tuple[Region, ...], str]:
    """Return the regions of a site, the primary first, and the key of its health object.

    Raises:
        InvalidConfiguration: the file has errors, or no such site; or pydantic is missing.
        LocalFault: the file names no account, and STS could not be asked.
    """
    require_path("path of the configuration", path)
    site = _site(Path(path), name)
    names = site.names(site.account or _account(site, session))
    replicas = (Region(region, bucket=names.replica(region)) for region in site.replica_regions)
    return (Region(site.primary_region, bucket=names.primary), *replicas), site.health_key


def _site(path: Path, name: str) -> Site:
    try:
        from s3_failover.config import ConfigError, load  # noqa: PLC0415 - needs pydantic, which the client does not
    except ModuleNotFoundError as error:
        msg = f"reading {path} needs {error.name}: pip install 's3-failover[config]', or name the regions yourself"
        raise InvalidConfiguration(msg) from error
    try:
        sites = {site.name: site for site in load(path).sites}
    except ConfigError as error:
        raise InvalidConfiguration(str(error)) from error
    if name not in sites:
        raise InvalidConfiguration(f"{path} has no site {name!r}, expected one of {', '.join(sorted(sites))}")
    return sites[name]


def _account(site: Site, session: Session | None) -> str:
    """Return the account of the credentials, whichever of the site's regions says so: bucket names contain it."""
    session = session or boto3.session.Session()
    remedy = f"set `account` of sites.{site.name} in the file: then STS is not asked"
    for region in (*site.replica_regions, site.primary_region):
        try:
            return str(session.client("sts", region_name=region, config=_STS_ONCE).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            last = error
    raise LocalFault(f"cannot ask STS for the account of these credentials in any region: {last}; {remedy}") from last
