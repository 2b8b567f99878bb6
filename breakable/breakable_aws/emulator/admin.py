"""The emulator's own endpoints on the API listener, below `/_breakable/`."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .base import scopes
from .cloudfront import certificates
from .faults import fault_admin, lost_names
from .faults.faults import Faults
from .net import outside
from .net.gates import Gates
from .net.resolve import resolve
from .net.viewer_requests import App, Request, Response, answered_before, json_response
from .route53 import health_check_status, hosted_zones
from .s3.replication import outstanding

PREFIX = "/_breakable/"
_ZONES = "hosted-zones/"
_ZONE_ID = re.compile(r"Z[A-Z0-9]+")
_CERTIFICATES = "certificates/"


def with_admin(app: App, about: Callable[[], dict[str, Any]], gates: Gates, faults: Faults) -> App:
    """Return the API application with the admin endpoints in front.

    `about` returns what the status tells about this process.
    """

    async def respond(request: Request) -> Response:
        kind, _, identifier = request.path.removeprefix(PREFIX).partition("/")
        if kind == "resolve" and request.method == "GET":
            return await _resolved(request, gates, faults)
        if kind == "lost-names" and request.method == "GET":
            return json_response(200, {"domains": lost_names.domains(faults)})
        if kind == "faults":
            return await fault_admin.respond(request, identifier, faults)
        if kind == "outside":
            return outside.respond_as_admin(request, *identifier.partition("/")[::2])
        if kind == "health-checks":
            return health_check_status.respond(request, identifier)
        return answer(request, about)

    return answered_before(app, respond, lambda scope: scope["path"].startswith(PREFIX))


async def _resolved(request: Request, gates: Gates, faults: Faults) -> Response:
    asked = parse_qs(request.query)
    name, scheme = (asked.get(field, [""])[0] for field in ("name", "scheme"))
    if lost_names.is_lost(name, faults):
        return json_response(404, {"error": f"DNS has no name {name} at present"})
    return json_response(*await resolve(gates, name, scheme))


def answer(request: Request, about: Callable[[], dict[str, Any]]) -> Response:
    """Answer a request to an admin endpoint that changes nothing outside of ministack."""
    name = request.path.removeprefix(PREFIX)
    if name == "status" and request.method == "GET":
        return json_response(200, about() | {"replication": {"outstanding": outstanding()}})
    if name.startswith(_ZONES) and request.method == "PUT":
        return put_hosted_zone(name.removeprefix(_ZONES), request.body)
    if name.startswith(_CERTIFICATES) and request.method == "PUT":
        return put_certificate(name.removeprefix(_CERTIFICATES), request.body)
    return json_response(404, {"error": f"no such admin endpoint: {request.method} {request.path}"})


def put_certificate(arn: str, body: bytes) -> Response:
    """Make sure that an issued certificate with exactly this ARN exists: it is there before any deployment."""
    names = _certificate_names(body)
    if not names or not re.fullmatch(r"arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+", arn):
        expected = 'a certificate\'s ARN and {"names": ["www.example.com"]}'
        return json_response(400, {"error": f"got {arn} and {body.decode(errors='replace')}, expected {expected}"})
    created = certificates.put(arn, names)
    return json_response(201 if created else 200, {"arn": arn, "created": created})


def put_hosted_zone(identifier: str, body: bytes) -> Response:
    """Make sure that a public hosted zone with exactly this id and name exists: it is there before any deployment.

    It is in the emulator's account, unless the body names another one.
    """
    with scopes.within(_account(body) or scopes.account(), scopes.region()):
        return _put_hosted_zone(identifier, body)


def _put_hosted_zone(identifier: str, body: bytes) -> Response:
    name = _zone_name(body)
    if name is None or not _ZONE_ID.fullmatch(identifier):
        expected = 'a zone id like Z0123456789ABCDEFGHIJ and {"name": "example.com"}'
        return json_response(
            400, {"error": f"got {identifier} and {body.decode(errors='replace')}, expected {expected}"}
        )
    try:
        created = hosted_zones.put(identifier, name)
    except ValueError as error:
        return json_response(409, {"error": str(error)})
    return json_response(201 if created else 200, {"id": identifier, "name": name, "created": created})


def _account(body: bytes) -> str | None:
    try:
        account: str | None = json.loads(body).get("account")
    except (ValueError, AttributeError):
        return None
    return account


def _certificate_names(body: bytes) -> list[str]:
    try:
        return [name.strip().lower() for name in json.loads(body)["names"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _zone_name(body: bytes) -> str | None:
    try:
        name = json.loads(body)["name"].strip().lower()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return f"{name.rstrip('.')}." if name.strip(".") else None
