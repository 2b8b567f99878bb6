"""CloudFormation's actions in front of its API, each of which can get something put around it."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlencode

from breakable_aws.emulator import xml_documents
from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import calls, scopes
from breakable_aws.emulator.base.cloudformation import Record, stacks_by_name
from breakable_aws.emulator.iam.signatures import account_of
from breakable_aws.emulator.net.viewer_requests import (
    App,
    Receive,
    Response,
    Scope,
    Send,
    body_of,
    headers_of,
    send_response,
)

Parameters = dict[str, list[str]]
"""A request's parameters in the query protocol: each name has a list of values."""

Action = Callable[[Parameters], Awaitable[Answer]]
"""Answers a request."""

Around = Callable[[Parameters, Action], Awaitable[Answer]]
"""Answers a request with the help of what answered it before."""

Stack = Record

EVERY = "*"
"""Stands for every action; what is put around it comes first of all."""

_SIGNED = re.compile(r"Credential=([^/]+)/[^/]+/([^/]+)/cloudformation/")
_OF_BODY = (b"content-length", b"content-type", b"transfer-encoding")
_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

_around: dict[str, list[Around]] = {}


def put_around(name: str, around: Around) -> None:
    """Have a function answer an action; it gets the parameters and what answered the action before."""
    _around.setdefault(name, []).append(around)


def in_front_of(api: App) -> App:
    """Return the API application, where the actions of CloudFormation have around them what was put there."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope) if scope["type"] == "http" else {}
        signed = _SIGNED.search(headers.get("authorization", ""))
        if signed is None or "x-amz-target" in headers:
            await api(scope, receive, send)
            return
        sent = scope["query_string"] + b"&" + await body_of(receive)
        parameters = parse_qs(sent.decode(errors="replace"), keep_blank_values=True)
        act = _passed_to(api, scope)
        for around in (*_around.get(value(parameters, "Action"), ()), *_around.get(EVERY, ())):
            act = _wrapped(around, act)
        with scopes.within(account_of(signed[1]) or scopes.account(), signed[2]):
            status, answered, body = await act(parameters)
        await send_response(send, scope["method"], Response(status, answered, body))

    return app


def value(parameters: Parameters, name: str) -> str:
    """Return a parameter's value, empty if it is not given."""
    return parameters.get(name, [""])[0]


def stack_of(parameters: Parameters) -> Stack | None:
    """Return the stack that a request names, by its name or its id; a deleted one only by its id."""
    named, stacks = value(parameters, "StackName"), stacks_by_name()
    return stacks.get(named) or next((stack for stack in stacks.values() if stack["StackId"] == named), None)


def refuse(message: str, code: str = "ValidationError") -> Answer:
    """Return the answer that refuses a request."""
    return 400, {"content-type": "application/xml"}, xml_documents.error(_NAMESPACE, code, message)


def _wrapped(around: Around, act: Action) -> Action:
    return lambda parameters: around(parameters, act)


def _passed_to(api: App, scope: Scope) -> Action:
    kept = [(name, given) for name, given in scope["headers"] if name.lower() not in _OF_BODY]

    async def act(parameters: Parameters) -> Answer:
        body = urlencode(parameters, doseq=True).encode()
        form = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"%d" % len(body))]
        passed = {**scope, "method": "POST", "query_string": b"", "headers": [*kept, *form]}
        return await calls.answer_of(api, passed, body)

    return act
