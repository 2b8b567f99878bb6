"""Which gate a connection came through: told by the port that the gate connects from, so that TLS passes untouched."""

from __future__ import annotations

from .places import Place

_places: dict[int, Place] = {}


def note(port: int, place: Place) -> None:
    """Note that the connection from a local port comes through the gate of a place."""
    _places[port] = place


def forget(port: int) -> None:
    """Forget a connection that is closed."""
    _places.pop(port, None)


def place_of(port: int | None) -> Place | None:
    """Return the place that a client with this port connected to; None for one that came straight to the listener."""
    return None if port is None else _places.get(port)
