"""One region's boto3 client, made to hide no failure: one try, short timeouts, no way to another region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from s3_failover.client import credentials, dates, embedded, transport
from s3_failover.client.answer import require_object
from s3_failover.client.checks import instance
from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.guard import Guard
from s3_failover.client.region import Region
from s3_failover.client.timeouts import Timeouts

_ELSEWHERE = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"})

_SAME_OBJECT = (
    "Key",
    "VersionId",
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "SSECustomerKeyMD5",
    "RequestPayer",
    "ExpectedBucketOwner",
)
"""Parameters that a question about the same object repeats."""

_CLOSED = (
    botocore.exceptions.ConnectionClosedError,
    botocore.exceptions.ProxyConnectionError,
    botocore.exceptions.SSLError,
)
"""What a connection that had served before raises when it is gone: plain, through a proxy, and when TLS notices."""


def config_for(timeouts: Timeouts, max_pool_connections: int, extra: Config | None) -> Config:
    """Return the botocore configuration of every region's client; what failover relies on cannot be changed by `extra`.

    botocore's retries stay within a region, up to five times a minute each: there is one try, the next is elsewhere.
    An endpoint of the environment or of a profile, and the accelerated one, are one place for all regions.
    """
    if extra is not None:
        instance("config", extra, Config)
    s3: Any = {
        **(getattr(extra, "s3", None) or {}),
        "us_east_1_regional_endpoint": "regional",
        "use_accelerate_endpoint": False,
    }
    return (extra or Config()).merge(
        Config(
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            max_pool_connections=max_pool_connections,
            retries={"mode": "standard", "total_max_attempts": 1},
            response_checksum_validation="when_supported",
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # the stubs do not know it
            s3=s3,
        )
    )


class RegionalClient:
    """Sends requests to one region.

    Args:
        region: the region and its bucket.
        session: the boto3 session with the credentials.
        config: from `config_for`.

    Attributes:
        authenticate: to be called before `send`, in the same thread; see `credentials.Held.renew`.

    Raises:
        InvalidConfiguration: botocore refuses the region's name or its endpoint.
    """

    def __init__(self, region: Region, session: boto3.session.Session, config: Config) -> None:
        self._bucket = region.bucket
        self._tagged = ":s3-object-lambda:" not in region.bucket
        self._size_of = lru_cache(1024)(self._asked_size)
        try:
            endpoint = region.endpoint_url or embedded.endpoint()
            self._client: Any = session.client("s3", region_name=region.name, endpoint_url=endpoint, config=config)
        except (ValueError, botocore.exceptions.InvalidRegionError) as error:
            msg = f"cannot make a client for {region}: {error}"
            raise InvalidConfiguration(msg) from error
        self.authenticate = credentials.install(self._client).renew
        transport.install(self._client)
        dates.install(self._client)
        # Registered first: botocore's own handler would follow the redirect, and remember it.
        self._client.meta.events.register_first("needs-retry.s3", partial(refuse_redirect, region.name))

    def send(self, operation: str, parameters: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        """Return boto3's response, its body not read yet.

        Raises:
            NotAnObjectError: it is not what was asked for.
            botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: as boto3 does.
        """
        response = self._sent(operation, parameters, guard)
        try:
            require_object(response, parameters, tagged=self._tagged)
        except BaseException:
            if "Body" in response:
                response["Body"].close()
            raise
        return response

    def part_size(
        self, parameters: Mapping[str, Any], response: Mapping[str, Any], guard: Guard, number: int
    ) -> int | None:
        """Return the size of a part of the object that a response is about; None if S3 does not say."""
        named = {name: parameters[name] for name in _SAME_OBJECT if name in parameters}
        # The object may be another one by now.
        named["IfMatch"] = response.get("ETag")
        if "VersionId" in response:
            named["VersionId"] = response["VersionId"]
        try:
            with guard.aside():
                return self._size_of(number, tuple(sorted(named.items())))
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return None

    def _asked_size(self, number: int, named: tuple[tuple[str, Any], ...]) -> int:
        size: int = self._client.head_object(Bucket=self._bucket, PartNumber=number, **dict(named))["ContentLength"]
        return size

    def _sent(self, operation: str, parameters: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        call = getattr(self._client, operation)
        try:
            return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]
        except _CLOSED:
            # The server gave up an idle connection while the request was on its way: no word about the region.
            if not guard.reused or guard.fired or guard.cancelled:
                raise
        # Not whichever is kept next: other threads have put back more of those that are gone.
        guard.fresh = True
        return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def refuse_redirect(region: str, response: Any, operation: Any, **_: Any) -> None:
    """Raise S3's answer that the bucket is in another region than `region`, instead of going there.

    A client that follows would read one region under the name of another, and lose both together. The 400 of a HEAD
    has no body: botocore would ask for the bucket's region and then again for the object, in what is one attempt here.

    Raises:
        botocore.exceptions.ClientError: the answer.
    """
    if response is None or response[0].status_code < 300:
        return
    http, parsed = response
    bare = operation.name == "HeadObject" and http.status_code == 400
    named = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", region)
    if bare and named != region:
        parsed["Error"]["Code"] = "AuthorizationHeaderMalformed"
    if bare or parsed.get("Error", {}).get("Code") in _ELSEWHERE or http.status_code in (301, 302, 307, 308):
        raise botocore.exceptions.ClientError(parsed, operation.name)
