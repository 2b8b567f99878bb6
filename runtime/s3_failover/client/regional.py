"""One region's boto3 client, made to hide no failure: one try, short timeouts, no way to another region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from s3_failover.client import dates, transport
from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.guard import Guard
from s3_failover.client.region import Region
from s3_failover.client.timeouts import Timeouts

_ELSEWHERE = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"})


def config_for(timeouts: Timeouts, max_pool_connections: int, extra: Config | None) -> Config:
    """Return the botocore configuration of every region's client; what failover relies on cannot be changed by `extra`.

    botocore's retries stay within a region, up to five times a minute each: there is one try, the next is elsewhere.
    """
    s3: Any = {**(getattr(extra, "s3", None) or {}), "us_east_1_regional_endpoint": "regional"}
    return (extra or Config()).merge(
        Config(
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            max_pool_connections=max_pool_connections,
            retries={"mode": "standard", "total_max_attempts": 1},
            response_checksum_validation="when_supported",
            s3=s3,
        )
    )


class RegionalClient:
    """Sends requests to one region.

    Args:
        region: the region and its bucket.
        session: the boto3 session with the credentials.
        config: from `config_for`.

    Raises:
        InvalidConfiguration: botocore refuses the region's name or its endpoint.
    """

    def __init__(self, region: Region, session: boto3.session.Session, config: Config) -> None:
        self._bucket = region.bucket
        try:
            self._client: Any = session.client(
                "s3", region_name=region.name, endpoint_url=region.endpoint_url, config=config
            )
        except (ValueError, botocore.exceptions.InvalidRegionError) as error:
            msg = f"cannot make a client for {region}: {error}"
            raise InvalidConfiguration(msg) from error
        self._http = transport.install(self._client)
        dates.install(self._client)
        # Registered first: botocore's own handler would follow the redirect, and remember it.
        self._client.meta.events.register_first("needs-retry.s3", refuse_redirect)

    def send(self, operation: str, parameters: Mapping[str, Any], guard: Guard) -> dict[str, Any]:
        """Return boto3's response, its body not read yet.

        Raises:
            botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: as boto3 does.
        """
        call = getattr(self._client, operation)
        try:
            return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]
        except botocore.exceptions.ConnectionClosedError:
            # The server gave up an idle connection while the request was on its way: no word about the region.
            if not guard.reused or guard.fired or guard.cancelled:
                raise
        self._http.close()
        return call(Bucket=self._bucket, **parameters)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def refuse_redirect(response: Any, operation: Any, **_: Any) -> None:
    """Raise S3's answer that the bucket is in another region, instead of going there.

    A client that follows would read one region under the name of another, and lose both together.

    Raises:
        botocore.exceptions.ClientError: the answer.
    """
    if response is None or response[0].status_code < 300:
        return
    http, parsed = response
    code = parsed.get("Error", {}).get("Code")
    # HEAD has no body: a wrong region is a bare 400 with the right region in a header.
    headers = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    bare = operation.name == "HeadObject" and http.status_code == 400 and "x-amz-bucket-region" in headers
    if bare:
        parsed["Error"]["Code"] = "AuthorizationHeaderMalformed"
    if bare or code in _ELSEWHERE or http.status_code in (301, 302, 307, 308):
        raise botocore.exceptions.ClientError(parsed, operation.name)
