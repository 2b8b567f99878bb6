"""`/_breakable/faults`: breaks and heals."""

import json

from breakable_aws.emulator.cloudformation import failing_resources
from breakable_aws.emulator.net.viewer_requests import Request, Response, json_response

from . import fault_targets
from .faults import Faults

_OF_ANY = ("fault", "region", "seconds", "lag", "percent")
_FIELDS = _OF_ANY + failing_resources.FIELDS


async def respond(request: Request, identifier: str, faults: Faults) -> Response:
    """Answer a request to `faults`, or to one of them."""
    if request.method == "PUT" and not identifier:
        return await _put(request.body, faults)
    if request.method == "GET" and not identifier:
        return json_response(200, {"faults": [fault.as_dict() for fault in faults.active()]})
    if request.method == "DELETE":
        healed = await faults.heal(identifier or None)
        return json_response(200, {}) if healed else json_response(404, {"error": f"there is no fault {identifier}"})
    return json_response(405, {"error": f"got {request.method}, expected GET, PUT or DELETE of faults"})


async def _put(body: bytes, faults: Faults) -> Response:
    try:
        given = json.loads(body)
        unknown = set(given) - set(_FIELDS)
    except (ValueError, TypeError):
        given, unknown = None, set()
    if not isinstance(given, dict) or unknown:
        got = body.decode(errors="replace")[:200]
        return json_response(400, {"error": f"got {got!r}, expected a JSON object with {', '.join(_FIELDS)}"})
    try:
        fault, region, seconds, lag, percent = (given.get(field) for field in _OF_ANY)
        fault_targets.check(fault, region)
        resource = failing_resources.failing(given)
        made = await faults.put(fault, region, seconds, lag, percent=percent, resource=resource)
    except ValueError as error:
        return json_response(400, {"error": str(error)})
    return json_response(201, made.as_dict())
