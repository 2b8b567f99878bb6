"""What SDKs, the AWS CLI and functions see of an S3 that is broken in one region, at the endpoint of all regions."""

import asyncio
from collections.abc import Callable
from typing import Any

from breakable_aws.emulator.net import connections
from breakable_aws.emulator.net.dripping import dripping
from breakable_aws.emulator.net.viewer_requests import App, Receive, Request, Respond, Response, Scope, Send, viewer_app
from breakable_aws.emulator.s3 import regional_s3, website

from .faults import DRIP, HANG, S3_NXDOMAIN, SLOW, UNAVAILABLE, Faults
from .s3_outages import WITHOUT_ANSWER, answer, delay, drops, failure_of


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application with what is wrong with S3 in the region that a request is for.

    The listener is that of every region and service. So a region that refuses, resets or hangs is one whose connections
    are reset, at once or after a silence, when a request for it has come.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        region = regional_s3.region_of(scope) if scope["type"] == "http" else None
        if region is None:
            await api(scope, receive, send)
            return

        def hangs() -> bool:
            return faults.of_s3(region) == HANG

        async def send_unless_lost(message: dict[str, Any]) -> None:
            # The region may have been lost since the request came.
            if faults.of_s3(region) in WITHOUT_ANSWER:
                await lose(scope, receive, faults, hangs)
            else:
                await send(message)

        source = regional_s3.source_region_of(scope)
        await delay(faults, SLOW if SLOW in (faults.of_s3(region), faults.of_s3(source)) else None)
        fault = faults.of_request(region)
        if fault in WITHOUT_ANSWER or faults.has(S3_NXDOMAIN, region):
            # An SDK that finds no address has no answer, either.
            await lose(scope, receive, faults, hangs)
        elif failure := failure_of(fault) or _failure_of_source(faults.of_s3(source)):
            await viewer_app(_always(answer(failure)))(scope, receive, send)
        else:
            drips = fault == DRIP and scope["method"] == "GET" and regional_s3.key_of(scope)
            await api(scope, receive, dripping(send_unless_lost, receive, drops(faults, region) if drips else None))

    return app


def _failure_of_source(fault: str | None) -> website.Failure | None:
    """Return the answer of an S3 that cannot reach the region it should copy from."""
    return failure_of(UNAVAILABLE if fault in WITHOUT_ANSWER else fault)


async def lose(scope: Scope, receive: Receive, faults: Faults, hangs: Callable[[], bool]) -> None:
    """End a request that gets no answer with a reset, which what hangs gives when it is over."""
    left = asyncio.create_task(_left(receive))
    over = asyncio.create_task(faults.over(hangs))
    await asyncio.wait({left, over}, return_when=asyncio.FIRST_COMPLETED)
    left.cancel()
    over.cancel()
    connections.cut(scope)


async def _left(receive: Receive) -> None:
    """Wait until the client has closed the connection; what it still sends is lost."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _always(response: Response) -> Respond:
    async def respond(_request: Request) -> Response:
        return response

    return respond
