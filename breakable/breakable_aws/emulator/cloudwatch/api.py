"""CloudWatch's API: what is about alarms is answered here, and what is about metrics behind."""

from __future__ import annotations

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.net.service_front import PassOn
from breakable_aws.emulator.net.viewer_requests import Request

from . import protocols
from .alarms import ACTIONS

_STATUSES = {"ResourceNotFound": 404, "AccessDenied": 403, "InternalFailure": 500}


async def respond(request: Request, pass_on: PassOn) -> Answer:
    """Answer a request to CloudWatch's API."""
    action = protocols.action_of(request)
    if action not in ACTIONS:
        return await pass_on()
    try:
        result = ACTIONS[action](protocols.parameters_of(request))
    except RefusedError as error:
        code, _, message = str(error).partition(": ")
        return protocols.error(request, code, message, _STATUSES.get(code, 400))
    return protocols.answer(request, action, result or {})
