"""What S3 of a region answers while it is broken, and what viewers see of it.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`.
"""

import asyncio
import uuid
from dataclasses import replace
from http import HTTPStatus

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.net.dripping import Pause
from breakable_aws.emulator.net.hosts import CustomHost, RestHost, S3Host, s3_host
from breakable_aws.emulator.net.viewer_requests import Request, Respond, Response
from breakable_aws.emulator.s3 import rest, website
from breakable_aws.emulator.s3.s3_endpoints import reached

from .faults import DENIED, DRIP, HANG, REFUSE, RESET, SLOW, SLOW_DOWN, UNAVAILABLE, Faults

SLOW_SECONDS = 3.0
"""How late every answer is while S3 is slow, in embedded seconds."""

WITHOUT_ANSWER = (REFUSE, RESET, HANG)
"""The faults with which S3 gives no answer at all."""

_UNAVAILABLE = website.Failure(503, "ServiceUnavailable", "Service is unable to handle request.")
_SLOW_DOWN = website.Failure(503, "SlowDown", "Please reduce your request rate.")
_DENIED = website.Failure(403, "AccessDenied", "Access Denied")


def for_viewers(respond: Respond, faults: Faults) -> Respond:
    """Return the viewer listeners' answers with what is wrong with S3 in the region."""

    async def broken(request: Request) -> Response:
        host = reached(s3_host(request.host), request.place)
        fault = faults.of_request(_region_of(host))
        direct = request.place is None and fault in WITHOUT_ANSWER
        # A connection that came past the gates cannot be refused or left hanging: all share the listener.
        failure = _UNAVAILABLE if direct else failure_of(fault)
        if failure is not None:
            return answer(failure, as_page=not isinstance(host, RestHost))
        await delay(faults, fault)
        return dropped(await respond(request), faults, _region_of(host) if fault == DRIP else None)

    return broken


def failure_of(fault: str | None) -> website.Failure | None:
    """Return the answer that a fault makes S3 give, if it makes it give one."""
    return {UNAVAILABLE: _UNAVAILABLE, SLOW_DOWN: _SLOW_DOWN, DENIED: _DENIED}.get(fault or "")


async def delay(faults: Faults, fault: str | None) -> None:
    """Wait as long as a slow S3 takes."""
    if fault == SLOW:
        await asyncio.sleep(faults.clock.patience(SLOW_SECONDS))


def dropped(response: Response, faults: Faults, region: str | None) -> Response:
    """Return a response whose body drips as long as S3 of a region does; without a region it is as it was."""
    return replace(response, drip=drops(faults, region)) if region else response


def drops(faults: Faults, region: str | None) -> Pause:
    """Return what waits for the next byte that S3 of a region sends."""
    return lambda: faults.outlasts(faults.clock.patience(1.0), lambda: faults.of_s3(region) == DRIP)


def answer(failure: website.Failure, *, as_page: bool = False) -> Response:
    """Return a failure as a REST endpoint tells it, or as the page of a website endpoint."""
    identifiers = {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": uuid.uuid4().hex}
    if as_page:
        page = website.error_page(failure, None, None, HTTPStatus(failure.status).phrase)
        headers = {"content-type": "text/html; charset=utf-8"} | website.error_headers(failure)
        body = page.encode()
    else:
        details = {"RequestId": identifiers["x-amz-request-id"], "HostId": identifiers["x-amz-id-2"]}
        told = rest.error(failure.status, failure.code, failure.message, **details)
        headers, body = dict(told.headers), told.body
    return Response(failure.status, identifiers | {"server": "AmazonS3"} | headers, body)


def _region_of(host: S3Host) -> str | None:
    """Return the region that answers; where the name has none, it is the bucket's."""
    if not isinstance(host, CustomHost) and host.region:
        return host.region
    return s3.region_of(host.bucket) if host.bucket and s3.bucket_exists(host.bucket) else None
