"""One host's own way to a region: a gate on loopback that can be shut while those of other hosts are open."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from breakable_aws.gate import Behaviour, Gate

_PATIENCE = 10.0


class Relays:
    """All relays of a drill, served by one thread, for the length of a block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)
        self._relays: list[Gate] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def open(self, target: int) -> Gate:
        """Return a new relay to a port on loopback; it takes connections."""
        relay = Gate(target)
        self._relays.append(relay)
        self.restore(relay)
        return relay

    def cut(self, *relays: Gate) -> None:
        """Let relays refuse; when this returns, they do."""
        for relay in relays:
            self._await(relay.behave(Behaviour.REFUSE))

    def restore(self, *relays: Gate) -> None:
        """Let relays take connections again."""
        for relay in relays:
            self._await(relay.behave(Behaviour.PASS))

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _closed(self) -> None:
        for relay in self._relays:
            relay.close()
        # What was cut ends in the loop's next turns: the client's end first, then the one behind the relay.
        for _ in range(5):
            await asyncio.sleep(0)
