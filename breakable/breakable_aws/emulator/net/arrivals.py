"""Which gate a connection came through: told by the port that the gate connects from, so that TLS passes untouched."""

from collections.abc import Mapping
from typing import Any

from .places import Place

_places: dict[tuple[int, int], Place] = {}
"""Places by the two ports of a connection: the same local port may lead to another listener at the same time."""


def note(port: int, listener: int, place: Place) -> None:
    """Note that the connection from a local port to a listener's port comes through the gate of a place."""
    _places[port, listener] = place


def forget(port: int, listener: int) -> None:
    """Forget a connection that is closed."""
    _places.pop((port, listener), None)


def place_of(scope: Mapping[str, Any]) -> Place | None:
    """Return the place that an ASGI scope's client connected to; None for one that came straight to the listener."""
    client, server = scope.get("client"), scope.get("server")
    return _places.get((client[1], server[1])) if client and server else None
