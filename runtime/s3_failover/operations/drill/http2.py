"""Requests over one connection of HTTP/2, as browsers and newer HTTP libraries keep it."""

import ssl
import time
from collections.abc import Iterable
from urllib.parse import quote

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from s3_failover.operations.legs import LegAddress, LegAnswer, require_flow, why

ALPN = ["h2", "http/1.1"]
"""The protocols that a viewer of HTTP/2 offers, the first one preferred (RFC 7301)."""

_CHUNK = 65536


class Http2Connection:
    """An open connection that HTTP/2 was agreed on; requests come one after the other.

    `usable` is whether it takes another request: the server has neither closed it nor announced that with GOAWAY.
    """

    def __init__(self, leg: LegAddress, sock: ssl.SSLSocket) -> None:
        self._leg = leg
        self._sock = sock
        self._state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.usable = True
        self._state.initiate_connection()
        self._send()

    def get(self, key: str) -> LegAnswer:
        """Return what a viewer gets for a key; never raises because of the network."""
        begin = time.monotonic()
        try:
            status, headers, body = self._exchange(key)
        except (OSError, h2.exceptions.H2Error) as error:
            self.usable = False
            return LegAnswer(0, b"", {}, time.monotonic() - begin, why(error))
        return LegAnswer(status, body, headers, time.monotonic() - begin)

    def _exchange(self, key: str) -> tuple[int, dict[str, str], bytes]:
        stream = self._state.get_next_available_stream_id()
        asked = {":method": "GET", ":scheme": "https", ":authority": self._leg.hostname, ":path": f"/{quote(key)}"}
        self._state.send_headers(stream, list({**asked, "cache-control": "no-cache"}.items()), end_stream=True)
        self._send()
        answer = _Answer(stream)
        while not answer.ended:
            answer.take(self._received())
            answer.require_flow()
        return int(answer.headers.pop(":status")), answer.headers, bytes(answer.body)

    def _received(self) -> list[h2.events.Event]:
        data = self._sock.recv(_CHUNK)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        events = self._state.receive_data(data)
        for event in events:
            if isinstance(event, h2.events.DataReceived):
                self._state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.usable = False
        self._send()
        return events

    def _send(self) -> None:
        self._sock.sendall(self._state.data_to_send())


class _Answer:
    """What has come of the answer on one stream."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._begin = 0.0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.ended = False

    def take(self, events: Iterable[h2.events.Event]) -> None:
        """Add what a read brought; raise ConnectionResetError if the server ends the stream without an answer."""
        for event in events:
            if isinstance(event, h2.events.ConnectionTerminated) and (event.last_stream_id or 0) < self._stream:
                raise ConnectionResetError("the server closed the connection")
            if getattr(event, "stream_id", None) == self._stream:
                self._add(event)

    def require_flow(self) -> None:
        """Raise OSError for a body that drips."""
        if self.headers and not self.ended:
            require_flow(len(self.body), self._begin)

    def _add(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            self._begin = time.monotonic()
            self.headers = {str(name): str(value) for name, value in event.headers}
        elif isinstance(event, h2.events.DataReceived):
            self.body += event.data
        elif isinstance(event, h2.events.StreamEnded):
            self.ended = True
        elif isinstance(event, h2.events.StreamReset):
            raise ConnectionResetError("the server reset the stream")
