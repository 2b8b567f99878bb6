"""The embedded AWS's own interface, as the data plane uses it."""

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import quote

from breakable_aws import admin
from breakable_aws.clock import EmbeddedClock


class Admin:
    """Talks to the `/_breakable/` endpoints of the embedded AWS."""

    def __init__(self, endpoint: str, secret_key: str) -> None:
        self._endpoint = endpoint
        self._secret = secret_key
        self._ports: dict[tuple[str, str], int] = {}

    def clock(self) -> EmbeddedClock:
        """Return the clock of the embedded AWS; raise OSError if it does not answer."""
        _, status = self._call("GET", "status")
        return EmbeddedClock(started=float(status["started"]), speed=float(status["speed"]))

    async def find(self, name: str, scheme: str) -> int:
        """Return the port where a name answers; sockets never move, so it is asked once.

        Raises:
            OSError: nothing lives at that name.
        """
        key = (name, scheme)
        if key not in self._ports:
            path = f"resolve?name={quote(name)}&scheme={scheme}"
            code, found = await asyncio.to_thread(self._call, "GET", path)
            if code != 200:
                raise OSError(f"nothing answers at {scheme}://{name}")
            self._ports[key] = int(found["port"])
        return self._ports[key]

    def outside(self) -> dict[str, str]:
        """Return the CNAMEs of hostnames whose DNS is not on Route 53; raise OSError if nothing answers."""
        _, told = self._call("GET", "outside/cnames")
        cnames: dict[str, str] = told["cnames"]
        return cnames

    def lost(self) -> tuple[str, ...]:
        """Return the domains whose names DNS does not have; raise OSError if nothing answers."""
        _, told = self._call("GET", "lost-names")
        return tuple(told["domains"])

    def report(self, identifier: str, status: dict[str, Any]) -> None:
        """Tell what a health check's state is; raise OSError if the embedded AWS does not answer."""
        self._call("PUT", f"health-checks/{quote(identifier)}/status", status)

    def status(self, identifier: str) -> dict[str, Any]:
        """Return the last report of a health check's state, or an empty one; raise OSError if nothing answers."""
        _, told = self._call("GET", f"health-checks/{quote(identifier)}/status")
        return told

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        try:
            status, answer = admin.exchange(self._endpoint, self._secret, method, path, body, seconds=10)
            return status, json.loads(answer or b"{}")
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"the embedded AWS does not answer: {error}") from error
