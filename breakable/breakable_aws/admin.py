"""Tells the embedded AWS what no AWS API can: through its own interface."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from breakable_aws import secret
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator


def put(emulator: Emulator, path: str, document: dict[str, Any]) -> None:
    """Put a document below `/_breakable/`.

    Raises:
        BreakableError: the emulator does not answer, or refuses.
    """
    url = urlsplit(emulator.endpoint)
    connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=30)
    headers = {"Content-Type": "application/json", **secret.headers(emulator.secret)}
    try:
        connection.request("PUT", f"/_breakable/{path}", json.dumps(document), headers)
        response = connection.getresponse()
        body = response.read().decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise BreakableError(
            f"the embedded AWS at {emulator.endpoint} does not answer ({error}): restart it"
        ) from error
    finally:
        connection.close()
    if response.status >= 300:
        raise BreakableError(f"the embedded AWS refuses {path}: status {response.status}: {body[:300]}")
