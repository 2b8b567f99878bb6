"""What CloudFront answers while it is broken, and what it sees of an S3 that is.

AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html`.
"""

import asyncio
from contextvars import ContextVar

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.cloudfront import Origin, OriginTimeout, OriginUnreachable
from breakable_aws.emulator.cloudfront.edge import failure
from breakable_aws.emulator.cloudfront.origins import Reach
from breakable_aws.emulator.net.hosts import RestHost, s3_host
from breakable_aws.emulator.net.viewer_requests import Request, Respond, Response

from . import s3_outages
from .faults import CDN_REFUSE, CDN_UNAVAILABLE, DRIP, HANG, REFUSE, RESET, S3_NXDOMAIN, SLOW, Faults

_drips_in: ContextVar[str | None] = ContextVar("_drips_in", default=None)
"""The region whose S3 drips, if a distribution's answer to the request at hand comes from there."""


def for_viewers(respond: Respond, faults: Faults) -> Respond:
    """Return the edge's answers with what is wrong with every distribution."""

    async def broken(request: Request) -> Response:
        # A connection that came past the gates cannot be refused: all share the listener.
        if faults.has(CDN_UNAVAILABLE) or faults.has(CDN_REFUSE):
            return unavailable()
        _drips_in.set(None)
        response = await respond(request)
        # What the last origin that was asked sends is passed on as it comes.
        return s3_outages.dropped(response, faults, _drips_in.get())

    return broken


def unavailable() -> Response:
    """Return CloudFront's own 503."""
    return failure(503, "We can't connect to the server for this app or website at this time.")


def on_the_way(faults: Faults) -> Reach:
    """Return what happens on the way to an origin.

    S3 that hangs takes the origin's response timeout once: only custom origins are asked again.
    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html`.
    """

    async def reach(origin: Origin) -> Response | None:
        region = region_of(origin)
        fault = faults.of_request(region)
        _drips_in.set(region if fault == DRIP else None)
        if region and faults.has(S3_NXDOMAIN, region):
            raise OriginUnreachable(f"DNS has no name of S3 in {region}")
        if fault in (REFUSE, RESET):
            raise OriginUnreachable(f"S3 in {region} takes no connections")
        if fault == HANG:
            await _hang(faults, region, origin["read_timeout"])
        if fault == SLOW:
            await _wait(faults, origin["read_timeout"])
        failed = s3_outages.failure_of(fault)
        return s3_outages.answer(failed) if failed else None

    return reach


def region_of(origin: Origin) -> str | None:
    """Return the region of an origin that is a bucket."""
    host = s3_host(origin["domain_name"])
    if not isinstance(host, RestHost):
        return None
    known = host.bucket is not None and s3.bucket_exists(host.bucket)
    return host.region or (s3.region_of(str(host.bucket)) if known else None)


async def _hang(faults: Faults, region: str | None, timeout: float) -> None:
    if await faults.outlasts(faults.clock.patience(timeout), lambda: faults.of_s3(region) == HANG):
        raise OriginTimeout(f"no answer from S3 in {region} within {timeout:g} s")
    # Healing ends the connections that hung.
    raise OriginUnreachable(f"S3 in {region} reset the connection")


async def _wait(faults: Faults, timeout: float) -> None:
    await asyncio.sleep(faults.clock.patience(min(timeout, s3_outages.SLOW_SECONDS)))
    if timeout < s3_outages.SLOW_SECONDS:
        raise OriginTimeout(f"no answer from S3 within {timeout:g} s")
