"""Closes a listener's connection as soon as its client has: hypercorn keeps it until the keep-alive time is over."""

from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Event, Updated

from . import connections


class PromptServer(TCPServer):  # type: ignore[misc]
    """One connection of hypercorn's, which waits for no more requests once the client has closed its side."""

    async def run(self) -> None:
        """Serve the connection, which can be cut meanwhile."""
        ends = (self.writer.get_extra_info("peername"), self.writer.get_extra_info("sockname"))
        connections.note(ends, self.writer.transport)
        try:
            await super().run()
        finally:
            connections.forget(ends)

    async def _read_data(self) -> None:
        await super()._read_data()
        # Hypercorn stops waiting only after everything else has ended, which includes the waiting.
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        """Send what the application says; nothing is waited for after an answer to a client that has gone."""
        await super().protocol_send(event)
        if isinstance(event, Updated) and self.reader.at_eof():
            await self.idle_task.stop()


def install() -> None:
    """Make hypercorn use it."""
    run.TCPServer = PromptServer
