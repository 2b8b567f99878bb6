"""The states of health checks that Route 53's data plane reports, and the API calls that return them.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html`.
"""

import json
from datetime import UTC, datetime
from typing import Any

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.net.viewer_requests import Request, Response, json_response

from . import documents
from .health_checks import exists, find

_SUCCESS = "Success"
_OBSERVED = ("region", "ip", "status", "checked_time")
_statuses: dict[str, dict[str, Any]] = {}
_last_failures: dict[str, dict[str, dict[str, Any]]] = {}
"""For each check and each checker's address, its last observation that was no success."""


def current(_request: Request, identifier: str) -> Answer:
    """Answer GetHealthCheckStatus."""
    observations = _statuses.get(find(identifier).id, {}).get("observations", [])
    return _observed("GetHealthCheckStatusResponse", observations)


def last_failures(_request: Request, identifier: str) -> Answer:
    """Answer GetHealthCheckLastFailureReason."""
    return _observed("GetHealthCheckLastFailureReasonResponse", [*_last_failures.get(find(identifier).id, {}).values()])


def respond(request: Request, name: str) -> Response:
    """Answer a request to `health-checks/{id}/status`: take or tell what the data plane says."""
    identifier, _, rest = name.partition("/")
    if rest != "status" or request.method not in ("GET", "PUT"):
        return json_response(404, {"error": f"no such admin endpoint: {request.method} {request.path}"})
    if not exists(identifier):
        return json_response(404, {"error": f"there is no health check {identifier}"})
    if request.method == "PUT" and not _take(identifier, request.body):
        expected = '{"healthy": bool, "percent_healthy": number, "observations": [{"region", "ip", "status", ...}]}'
        return json_response(400, {"error": f"got {request.body[:200]!r}, expected {expected}"})
    return json_response(200, _statuses.get(identifier, {}))


def _take(identifier: str, body: bytes) -> bool:
    try:
        told = json.loads(body)
        observations = [{name: seen[name] for name in _OBSERVED} for seen in told["observations"]]
        status: dict[str, Any] = {
            "healthy": bool(told["healthy"]),
            "percent_healthy": float(told["percent_healthy"]),
            "observations": [{**seen, "checked_time": _iso(seen["checked_time"])} for seen in observations],
        }
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return False
    _statuses[identifier] = status
    failures = _last_failures.setdefault(identifier, {})
    failures |= {seen["ip"]: seen for seen in status["observations"] if not str(seen["status"]).startswith(_SUCCESS)}
    return True


def _iso(moment: Any) -> str:
    """Return a moment as Route 53 writes it; it comes so already, or in seconds since the epoch."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else datetime.fromtimestamp(float(moment), UTC)
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _observed(root_name: str, observations: list[dict[str, Any]]) -> Answer:
    every = [
        {
            "Region": seen["region"],
            "IPAddress": seen["ip"],
            "StatusReport": {"Status": seen["status"], "CheckedTime": seen["checked_time"]},
        }
        for seen in observations
    ]
    return documents.answer(root_name, {"HealthCheckObservations": every})
