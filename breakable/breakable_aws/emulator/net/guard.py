"""The one door of the API listener: it admits callers that know the secret of this run, and no web page.

The API runs code: a caller that may create a function may do all that the user may who started the embedded AWS.
"""

from breakable_aws import secret as secrets
from breakable_aws.emulator.base import routing
from breakable_aws.emulator.iam import presigned_v2, signatures

from . import strangers
from .viewer_requests import App, Receive, Response, Scope, Send, headers_of, send_response

_CALLBACKS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
"""Where custom resources answer CloudFormation, without credentials as on AWS: the rest of the path is a secret."""


_OF_BODIES = (b"content-length", b"content-type", b"transfer-encoding")


def in_front_of(app: App, secret: str, port: int, remedy: str) -> App:
    """Return an application that refuses every request of a web page, or of a caller that does not know the secret.

    `remedy` is what a caller is to do whose credentials are of another run, or of another AWS.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        if scope["type"] != "http":
            # No API here needs a websocket, and a page may open one to any address.
            await send({"type": "websocket.close", "code": 1008})
            return
        line = strangers.refusal(scope["method"], headers_of(scope), port)
        if line is not None:
            await send_response(send, scope["method"], Response(403, _PLAIN, f"{line}\n".encode()))
        else:
            await _admit(app, scope, receive, send, secret=secret, remedy=remedy)

    return guarded


_PLAIN = {"content-type": "text/plain; charset=utf-8", "connection": "close"}


async def _admit(app: App, scope: Scope, receive: Receive, send: Send, *, secret: str, remedy: str) -> None:
    given = headers_of(scope).get(secrets.HEADER)
    known = secrets.same(given, secret) if given is not None else presigned_v2.is_genuine(scope)
    if known or _is_callback(scope):
        await app(scope if known else _bare(scope), receive, _without_cors(send))
        return
    signed = signatures.read(scope) if given is None else None
    key = signed.key(secret) if signed else None
    if signed is None or key is None:
        await send_response(send, scope["method"], _denied(scope, remedy))
        return
    messages, body = await _received(receive)
    if not signed.is_signed_with(key, body):
        await send_response(send, scope["method"], _denied(scope, remedy))
        return
    await app(scope, _again(messages, receive), _without_cors(send))


def _is_callback(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] == "PUT" and path.startswith(_CALLBACKS)


def _bare(scope: Scope) -> Scope:
    """Return a request without all that could lead it to anything but its path."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() in _OF_BODIES]
    return {**scope, "query_string": b"", "headers": [(b"host", b"localhost"), *kept]}


def _denied(scope: Scope, remedy: str) -> Response:
    """Return the refusal as the service would say it that the request is for."""
    message = f"The embedded AWS takes only the credentials of its own run: {remedy}."
    status, headers, body = routing.access_denied(scope, message)
    return Response(status, {**headers, "connection": "close"}, body)


async def _received(receive: Receive) -> tuple[list[dict[str, object]], bytes]:
    """Return all messages of a request's body, and the body."""
    messages: list[dict[str, object]] = []
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        messages.append(message)
        parts.append(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return messages, b"".join(parts)


def _again(messages: list[dict[str, object]], receive: Receive) -> Receive:
    """Return what gives messages that came already once more, and then the next ones."""
    waiting = iter(messages)

    async def replayed() -> dict[str, object]:
        return next(waiting, None) or await receive()

    return replayed


def _without_cors(send: Send) -> Send:
    """Return what sends answers that no web page may read."""

    async def closed(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            assert isinstance(headers, list | tuple)
            kept = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return closed
