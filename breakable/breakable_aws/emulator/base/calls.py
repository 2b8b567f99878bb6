"""Calls AWS's public API of this very process: what a client would send, without a socket and without a signature."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.net.viewer_requests import App


@dataclass(frozen=True)
class _Served:
    app: App
    loop: asyncio.AbstractEventLoop
    thread: int


_served: list[_Served] = []


def serve(app: App) -> None:
    """Make an ASGI application the API that is called; the running event loop serves it."""
    _served[:] = [_Served(app, asyncio.get_running_loop(), threading.get_ident())]


def call(
    method: str,
    path: str,
    *,
    host: str = "",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Call the API and return its answer; the headers' names are in lower case, the body is bytes.

    On a worker thread it waits for the event loop. On the event loop's own thread it may call only what answers
    without waiting for anything, as everything does that lives in memory.

    The path is percent-encoded. Services are recognised by their credentials, S3's buckets also by the host.

    Raises:
        RuntimeError: it was called on the event loop's thread, and the API waits: use `ask`.
    """
    answered = ask(method, path, host=host, query=query, headers=headers, body=body)
    served = _served[0]
    if threading.get_ident() != served.thread:
        return asyncio.run_coroutine_threadsafe(answered, served.loop).result()
    try:
        # The API sets the account and the region of its request, which must not become those of the caller.
        contextvars.copy_context().run(answered.send, None)
    except StopIteration as ended:
        return ended.value
    answered.close()
    raise RuntimeError(f"{method} {path} does not answer at once: await ask() on the event loop's thread")


async def ask(
    method: str,
    path: str,
    *,
    host: str = "",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Call the API as `call` does, on the event loop, in a task whose account and region are the API's afterwards."""
    named = {"host": host or "localhost", "content-length": str(len(body)), **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()],
        "client": ("127.0.0.1", 0),
    }
    return await answer_of(_served[0].app, scope, body)


async def answer_of(app: App, scope: Mapping[str, Any], body: bytes) -> Answer:
    """Return an ASGI application's whole answer to a request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def credentials(service: str, account: str, region: str) -> dict[str, str]:
    """Return the header by which a request belongs to a service, an account and a region."""
    scope = f"{account}/20000101/{region}/{service}/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"}


def soon(function: Callable[..., Any], *arguments: Any) -> None:
    """Have a function called on the event loop's thread, before any request that comes from now on."""
    _served[0].loop.call_soon_threadsafe(function, *arguments)
