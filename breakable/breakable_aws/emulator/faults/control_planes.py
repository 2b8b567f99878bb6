"""The control planes that live in one region of AWS and can be lost with it; what runs already runs on without them.

AWS: `https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html`.
"""

import uuid

from breakable_aws.emulator.base import routing
from breakable_aws.emulator.net.places import is_cloudfront_name
from breakable_aws.emulator.net.viewer_requests import App, Request, Response, Scope, answered_before, headers_of

from .faults import CONTROL_PLANES, Faults

SERVICES = ("route53", "cloudfront", "iam", "cloudformation")
"""Those that go down, as ministack calls them."""


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application, whose control planes can be down."""
    return answered_before(api, _unavailable, lambda scope: faults.has(CONTROL_PLANES) and is_control_plane(scope))


def is_control_plane(scope: Scope) -> bool:
    """Tell whether a request is for one of the services that go down; what viewers ask of CloudFront is not."""
    headers = headers_of(scope)
    if is_cloudfront_name(headers.get("host", "")):
        return False
    return routing.service_of(scope) in SERVICES


async def _unavailable(_request: Request) -> Response:
    """Answer in the one error shape that the query protocol and REST-XML share."""
    identifier = str(uuid.uuid4())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Receiver</Type>'
        "<Code>ServiceUnavailable</Code><Message>The service is temporarily unavailable.</Message></Error>"
        f"<RequestId>{identifier}</RequestId></ErrorResponse>"
    )
    headers = {"content-type": "text/xml", "x-amzn-requestid": identifier}
    return Response(503, headers, body.encode())
