"""Calls of the API within its own process, from the event loop's thread and from others."""

import asyncio
import contextvars

import pytest

from breakable_aws.emulator.base import calls

caller = contextvars.ContextVar("caller", default="nobody")


async def echo(scope, receive, send):
    """Answer with what was asked; a path that begins with /slow waits first."""
    caller.set("the API")
    if scope["path"].startswith("/slow"):
        await asyncio.sleep(0)
    message = await receive()
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    text = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {headers['host']}"
    await send({"type": "http.response.start", "status": 201, "headers": [(b"X-Told", b"yes")]})
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b" " + message["body"]})


def called(path="/p", thread=False):
    """Call from the event loop's thread, or from another one."""

    async def run():
        calls.serve(echo)

        def act():
            return calls.call("PUT", path, host="h", query="a=b", body=b"text"), caller.get()

        return await asyncio.to_thread(act) if thread else act()

    return asyncio.run(run())


@pytest.mark.parametrize("thread", [False, True])
def test_a_call_is_answered_and_leaves_the_callers_context_alone(thread):
    assert called(thread=thread) == ((201, {"x-told": "yes"}, b"PUT /p?a=b h text"), "nobody")


def test_an_api_that_waits_is_called_from_another_thread_alone():
    assert called("/slow", thread=True)[0][2] == b"PUT /slow?a=b h text"
    with pytest.raises(RuntimeError, match="PUT /slow does not answer at once"):
        called("/slow")


def test_credentials_name_account_region_and_service():
    header = calls.credentials("sns", "123456789012", "eu-west-1")["authorization"]
    assert "Credential=123456789012/20000101/eu-west-1/sns/aws4_request," in header
