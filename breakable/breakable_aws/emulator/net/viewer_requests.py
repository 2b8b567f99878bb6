"""What a viewer's request is, and the ASGI glue that every viewer listener shares."""

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from . import arrivals
from .dripping import Pause, dripping
from .places import Place

SOURCE_HEADER = "x-breakable-source-ip"
"""The emulator's own: the address that a viewer listener takes for the viewer's. Nothing behind it sees the header."""

COUNTRY_HEADER = "x-breakable-country"
"""The emulator's own: the country that CloudFront finds a viewer in, as two capitals. Nothing behind it sees it."""

UNKNOWN_COUNTRY = "ZZ"
"""Where viewers are who do not say: no country at all, so that none is served or refused by accident."""

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """A viewer's request."""

    method: str
    secure: bool
    """Whether it came over the TLS listener; no header can say so."""
    host: str
    source_ip: str
    """The viewer's address."""
    path: str
    """The raw, percent-encoded path."""
    query: str
    headers: Mapping[str, str]
    """By lower-case name, without the emulator's own."""
    body: bytes
    place: Place | None = None
    """The place that the viewer connected to; none when it came straight to the listener."""
    country: str = UNKNOWN_COUNTRY
    """Where CloudFront finds the viewer."""


@dataclass(frozen=True)
class Response:
    """What the viewer gets; the body of a HEAD is left out when it is sent."""

    status: int
    headers: Mapping[str, Any]
    body: bytes = b""
    drip: Pause | None = None
    """Waits before each byte of the body but the first, and tells whether to drip on; None where nothing drips."""


def json_response(status: int, document: dict[str, Any]) -> Response:
    """Return a response that is a JSON document."""
    return Response(status, {"content-type": "application/json"}, json.dumps(document).encode())


Respond = Callable[[Request], Awaitable[Response]]


def viewer_app(respond: Respond) -> App:
    """Return the ASGI application that answers viewers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            request = request_of(scope, await body_of(receive))
            response = await respond(request)
            await send_response(dripping(send, receive, response.drip), request.method, response)
        else:
            await send({"type": "websocket.close", "code": 1008})

    return app


def answered_before(api: App, respond: Respond, is_ours: Callable[[Scope], bool]) -> App:
    """Return the application that answers some HTTP requests itself, and leaves all others to the API behind it."""
    own = viewer_app(respond)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and is_ours(scope)
        await (own if ours else api)(scope, receive, send)

    return app


def request_of(scope: Scope, body: bytes) -> Request:
    """Return the request in an ASGI scope."""
    headers = headers_of(scope)
    claimed, country = headers.pop(SOURCE_HEADER, ""), headers.pop(COUNTRY_HEADER, "")
    peer, _ = scope.get("client") or ("127.0.0.1", None)
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        secure=scope["scheme"] == "https",
        host=headers.get("host", ""),
        source_ip=claimed if _is_address(claimed) else peer,
        path=raw.partition(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        place=arrivals.place_of(scope),
        country=country or UNKNOWN_COUNTRY,
    )


def headers_of(scope: Scope) -> dict[str, str]:
    """Return a request's headers by lower-case name; repeated ones are joined."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def send_response(send: Send, method: str, response: Response) -> None:
    """Send a response; a HEAD and a 304 have no body, but keep its length."""
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "transfer-encoding"}
    headers.setdefault("date", formatdate(usegmt=True))
    if method != "HEAD" and response.status not in (204, 304):
        headers["content-length"] = str(len(response.body))
    await send({"type": "http.response.start", "status": response.status, "headers": _raw(headers)})
    body = b"" if method == "HEAD" or response.status == 304 else response.body
    await send({"type": "http.response.body", "body": body})


def _raw(headers: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    pairs = [(n, v) for n, value in headers.items() for v in (value if isinstance(value, list) else [value])]
    return [(name.encode("latin-1"), str(value).encode("latin-1", "replace")) for name, value in pairs]


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def body_of(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
