"""Every gate of the local internet: opened at the first request for the place behind it, and kept."""

from collections.abc import Callable

from breakable_aws.gate import Behaviour, Gate

from . import arrivals
from .listeners import BoundListeners, port_of
from .places import API, Endpoint, Place


class Gates:
    """The gates in front of the listeners of one emulator.

    `behaviour_of` tells what the gate of a place does at present.
    """

    def __init__(self, listeners: BoundListeners, behaviour_of: Callable[[Place], Behaviour]) -> None:
        self._listeners, self._behaviour_of = listeners, behaviour_of
        self._gates: dict[Place, Gate] = {}

    async def port_to(self, place: Place) -> int:
        """Return the port that leads to a place, always the same one."""
        if place not in self._gates:
            listener = self._listener_port(place)
            self._gates[place] = Gate(
                listener,
                arrived=lambda port: arrivals.note(port, listener, place),
                left=lambda port: arrivals.forget(port, listener),
            )
        gate = self._gates[place]
        await gate.behave(self._behaviour_of(place))
        return gate.port

    async def adjust(self) -> None:
        """Let every gate do what it should by now."""
        for place, gate in list(self._gates.items()):
            await gate.behave(self._behaviour_of(place))

    def _listener_port(self, place: Place) -> int:
        if place.scheme == API:
            return port_of(self._listeners.api)
        if place.endpoint is Endpoint.API_GATEWAY:
            return port_of(self._listeners.api_gateway)
        pair = self._listeners.cloudfront if place.endpoint is Endpoint.CLOUDFRONT else self._listeners.s3
        return pair.ports()[place.scheme]
