"""The world outside of AWS: hostnames whose DNS is elsewhere, and another provider's CDN.

Both are models: a person sets them up, so no template knows of them. The admin interface defines them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.faults.faults import DENIED, HANG, LATE, UNAVAILABLE, Faults
from breakable_aws.emulator.faults.s3_outages import delay
from breakable_aws.emulator.s3 import object_store

from .hosts import without_port
from .places import Endpoint
from .viewer_requests import Request, Respond, Response, json_response

_STATUS = {DENIED: 403, UNAVAILABLE: 503, HANG: 504}
"""What the other CDN answers when its origin does that; what refuses or resets is a 502."""


@dataclass(frozen=True)
class Cdn:
    """Another provider's CDN, as its owner set it up for one site."""

    names: tuple[str, ...]
    """The names that it answers for, with HTTP and HTTPS: its own and the site's."""
    bucket: str
    """Its origin, a private bucket that it reads with signed requests."""
    region: str
    index: str
    """What it serves for `/`."""
    error: str
    """What it serves, with a 404, for what is missing."""


_cnames: dict[str, str] = {}
_cdns: dict[str, Cdn] = {}


def respond_as_admin(request: Request, kind: str, name: str) -> Response:
    """Answer `GET outside/cnames`, `PUT outside/cnames/HOSTNAME` and `PUT outside/cdns/HOSTNAME`."""
    if (request.method, kind, name) == ("GET", "cnames", ""):
        return json_response(200, {"cnames": _cnames})
    try:
        body = json.loads(request.body or b"{}")
        if request.method == "PUT" and kind == "cnames" and name:
            _cnames[f"{name}."] = f"{body['target'].rstrip('.')}."
            return json_response(200, {"name": name, "target": body["target"]})
        if request.method == "PUT" and kind == "cdns" and name:
            _cdns[name] = Cdn(tuple(body["names"]), body["bucket"], body["region"], body["index"], body["error"])
            return json_response(200, {"name": name})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return json_response(400, {"error": f"got {request.body!r}: {error!r}"})
    return json_response(404, {"error": f"no such admin endpoint: {request.method} {request.path}"})


def is_cdn(name: str) -> bool:
    """Tell whether a name is one that the other provider gave."""
    return without_port(name) in _cdns


def certificate_names(server_name: str | None) -> Sequence[str] | None:
    """Return the name on the certificate that its owner gave the other CDN; None for a name it does not know."""
    name = (server_name or "").lower()
    return (name,) if any(name in cdn.names for cdn in _cdns.values()) else None


def in_front_of(respond: Respond, faults: Faults) -> Respond:
    """Return the S3 listeners' answers, with those of the other CDN for requests that came to its place."""

    async def answered(request: Request) -> Response:
        if request.place is None or request.place.endpoint is not Endpoint.EXTERNAL_CDN:
            return await respond(request)
        name = without_port(request.host)
        cdn = next((cdn for cdn in _cdns.values() if name in cdn.names), None)
        if cdn is None:
            return _page(421, f"this CDN is not set up for {name}")
        return await _through(cdn, request, faults)

    return answered


async def _through(cdn: Cdn, request: Request, faults: Faults) -> Response:
    if request.method not in ("GET", "HEAD"):
        return _page(405, "only GET and HEAD")
    fault = faults.of_s3(cdn.region)
    if fault is not None and fault not in LATE:
        return _page(_STATUS.get(fault or "", 502), "no answer from the origin")
    await delay(faults, fault)
    # The CDN's user is one of the bucket's account, which need not be the site's.
    with s3.in_account_of(cdn.bucket):
        return _from_origin(cdn, request)


def _from_origin(cdn: Cdn, request: Request) -> Response:
    if not s3.bucket_exists(cdn.bucket):
        return _page(502, f"the origin {cdn.bucket} does not exist")
    key = unquote(request.path).removeprefix("/") or cdn.index
    if _has(cdn, key):
        return _object(cdn, key, request)
    if _has(cdn, cdn.error):
        found = _object(cdn, cdn.error, request)
        return Response(404, found.headers, found.body)
    return _page(404, "not found")


def _has(cdn: Cdn, key: str) -> bool:
    return s3.current(cdn.bucket, key) is not None


def _object(cdn: Cdn, key: str, request: Request) -> Response:
    status, headers, body = object_store.get(cdn.bucket, key, request.headers)
    return Response(status, dict(headers) | {"server": "ExternalCdn"}, body)


def _page(status: int, text: str) -> Response:
    headers: dict[str, Any] = {"content-type": "text/plain; charset=utf-8", "server": "ExternalCdn"}
    return Response(status, headers, f"{text}\n".encode())
