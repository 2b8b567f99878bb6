"""What API Gateway of a region answers while it is broken.

AWS: `https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html`.
"""

from breakable_aws.emulator.net.viewer_requests import Request, Respond, Response, json_response

from .faults import API_FAULTS, Faults


def for_viewers(respond: Respond, faults: Faults) -> Respond:
    """Return the viewer listener's answers with what is wrong with API Gateway in the region that was reached."""

    async def broken(request: Request) -> Response:
        # A connection that came past the gates cannot be refused: all share the listener.
        if request.place and any(faults.has(fault, request.place.region) for fault in API_FAULTS):
            return json_response(503, {"message": "Service Unavailable"})
        return await respond(request)

    return broken
