"""What Route 53's data plane says of health checks, and the API calls that tell it on.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from ministack.services import route53

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.net.viewer_requests import Request, Response, json_response

from . import account_limits, checker_ranges
from .health_checks import exists

_PATH = re.compile(r"/2013-04-01/healthcheck/([^/]+)/(status|lastfailurereason)")
_DNS_TEST = "/2013-04-01/testdnsanswer"
_NO_DNS_TEST = (
    "the embedded AWS has no TestDNSAnswer: ask its DNS with `dig @127.0.0.1 -p PORT NAME`, the port that it printed"
)
_SUCCESS = "Success"
_OBSERVED = ("region", "ip", "status", "checked_time")
_statuses: dict[str, dict[str, Any]] = {}
_last_failures: dict[str, dict[str, dict[str, Any]]] = {}
"""For each check and each checker's address, its last observation that was no success."""

_handle_request = route53.handle_request


def install() -> None:
    """Add GetHealthCheckStatus, GetHealthCheckLastFailureReason, GetCheckerIpRanges and GetAccountLimit to the API."""
    replace(route53, "handle_request", handle_request)


async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
    """Answer a Route 53 API request."""
    told = _TOLD.get(path) if method == "GET" else None
    if told is not None:
        return told()
    asked = _PATH.fullmatch(path) if method == "GET" else None
    if asked is None:
        answer: Answer = await _handle_request(method, path, headers, body, query)
        return answer
    identifier, what = asked.groups()
    if not exists(identifier):
        return _no_such(identifier)
    if what == "status":
        return _observed("GetHealthCheckStatusResponse", _observations(identifier))
    return _observed("GetHealthCheckLastFailureReasonResponse", list(_last_failures.get(identifier, {}).values()))


def _no_dns_test() -> Answer:
    answer: Answer = route53._error_response("InvalidInput", _NO_DNS_TEST)
    return answer


_TOLD = {checker_ranges.PATH: checker_ranges.told, account_limits.PATH: account_limits.told, _DNS_TEST: _no_dns_test}
"""The answers that are about no health check, by path."""


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


def _observations(identifier: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _statuses.get(identifier, {}).get("observations", [])
    return found


def _observed(root_name: str, observations: list[dict[str, Any]]) -> Answer:
    def build(root: Element) -> None:
        every = SubElement(root, "HealthCheckObservations")
        for seen in observations:
            one = SubElement(every, "HealthCheckObservation")
            SubElement(one, "Region").text = str(seen["region"])
            SubElement(one, "IPAddress").text = str(seen["ip"])
            report = SubElement(one, "StatusReport")
            SubElement(report, "Status").text = str(seen["status"])
            SubElement(report, "CheckedTime").text = seen["checked_time"]

    answer: Answer = route53._xml_response(root_name, build)
    return answer


def _no_such(identifier: str) -> Answer:
    message = f"No health check exists with the specified ID {identifier}."
    answer: Answer = route53._error_response("NoSuchHealthCheck", message, 404)
    return answer
