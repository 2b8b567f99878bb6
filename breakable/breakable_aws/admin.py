"""Tells and asks the embedded AWS what no AWS API can: through its own interface."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from breakable_aws import secret
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator


def put(emulator: Emulator, path: str, document: dict[str, Any]) -> None:
    """Put a document below `/_breakable/`; raise BreakableError if the emulator does not answer, or refuses."""
    status, body = answered(emulator, "PUT", path, document)
    if status >= 300:
        told = body.decode(errors="replace").strip()
        raise BreakableError(f"the embedded AWS refuses {path}: status {status}: {told[:300]}")


def answered(emulator: Emulator, method: str, path: str, document: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """Return the answer of `exchange`; what keeps it from coming is an error for the user."""
    try:
        return exchange(emulator.endpoint, emulator.secret, method, path, document, seconds=30)
    except (OSError, http.client.HTTPException) as error:
        raise no_answer(emulator, error) from error


def no_answer(emulator: Emulator, error: Exception) -> BreakableError:
    """Return the error of an embedded AWS that does not answer, or not what it should."""
    return BreakableError(f"the embedded AWS at {emulator.endpoint} does not answer ({error}): restart it")


def exchange(
    endpoint: str, secret_key: str, method: str, path: str, document: dict[str, Any] | None = None, *, seconds: float
) -> tuple[int, bytes]:
    """Return the status and the body that a request below `/_breakable/` gets; a document is sent as JSON."""
    url = urlsplit(endpoint)
    # Not urllib: it would send the request through a proxy named in the environment.
    connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=seconds)
    try:
        text = None if document is None else json.dumps(document)
        connection.request(method, f"/_breakable/{path}", text, secret.headers(secret_key))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
