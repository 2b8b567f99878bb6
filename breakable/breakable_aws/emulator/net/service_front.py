"""Answers of our own in front of the services' APIs, and changes of the answers that come from behind."""

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import calls, scopes
from breakable_aws.emulator.iam.signatures import account_of

from .viewer_requests import App, Receive, Request, Response, Scope, Send, body_of, request_of, send_response

_CREDENTIAL = re.compile(rb"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/aws4_request")

PassOn = Callable[[], Awaitable[Answer]]
"""Returns the answer of the service behind."""

Front = Callable[[Request, PassOn], Awaitable[Answer]]
"""Answers a request to a service, in the request's account and region, or has it answered behind."""


def in_front_of(api: App, fronts: Mapping[str, Front]) -> App:
    """Return the API application with fronts for some services, by the names that requests are signed for."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        signed = _CREDENTIAL.search(_authorization(scope)) if scope["type"] == "http" else None
        key, region, service = (part.decode("latin-1") for part in signed.groups()) if signed else ("", "", "")
        front = fronts.get(service)
        if front is None:
            await api(scope, receive, send)
            return
        body = await body_of(receive)
        with scopes.within(account_of(key) or scopes.account(), region):
            answer = await front(request_of(scope, body), lambda: calls.answer_of(api, scope, body))
        status, headers, content = answer
        await send_response(
            send, scope["method"], Response(status, {"x-amzn-requestid": str(uuid.uuid4()), **headers}, content)
        )

    return app


def _authorization(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
