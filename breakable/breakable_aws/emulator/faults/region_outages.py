"""What SDKs, the AWS CLI and functions see of a region that is lost whole: no API of it takes a connection.

The control planes of IAM, Route 53 and CloudFront are lost with us-east-1, for which their requests are signed. What
runs inside of the embedded AWS, such as the evaluation of alarms, goes on.
"""

from typing import Any

from breakable_aws.emulator.iam import signatures
from breakable_aws.emulator.net import connections
from breakable_aws.emulator.net.viewer_requests import App, Receive, Scope, Send

from .faults import REGION, Faults


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application, which resets the connection of a request for a region that is lost."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        region = _region_of(scope) if scope["type"] == "http" else None

        async def send_unless_lost(message: dict[str, Any]) -> None:
            # The region may have been lost since the request came.
            if faults.has(REGION, region):
                connections.cut(scope)
            else:
                await send(message)

        if region is None:
            await api(scope, receive, send)
        elif faults.has(REGION, region):
            connections.cut(scope)
        else:
            await api(scope, receive, send_unless_lost)

    return app


def _region_of(scope: Scope) -> str | None:
    signed = signatures.read(scope)
    return str(signed.signature.region) if signed is not None and signed.signature.region else None
