"""An S3 that breaks on demand: one port per region on 127.0.0.1, in a process of its own.

    with FaultServer.running(regions=3) as server:
        server.put("greeting.wav", b"...")
        server.regions[0].fault("stall")
        server.regions[0].counts.requests

It speaks path-style GET and HEAD with keep-alive, ranges, conditions, versions and checksums. The process takes orders on
its standard input and ends with it. Needs the standard library alone, and trustme for TLS.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import hashlib
import json
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

FAULTS = {
    "refuse": "nobody listens",
    "syn_blackhole": "connections are never accepted nor refused",
    "hang": "the request is read and never answered",
    "reset_accept": "connections are reset as soon as they are there",
    "reset": "connections are reset when the request has been read",
    "reset_body": "reset in the middle of the body",
    "truncate": "closed in the middle of the body",
    "cut_headers": "closed in the middle of the headers",
    "stall": "half of the body, and nothing more",
    "drip": "the body comes a byte at a time",
    "drip_headers": "the headers come a byte at a time",
    "corrupt": "the body is not what the checksum says",
    "status": "an error answer (status, code)",
    "answer": "an answer of any kind (status, headers: all of them, body)",
    "headers": "the right answer with other headers (remove: their names, add: as text), and parts (part_sizes)",
    "bandwidth": "the body comes at so many bytes a second (rate)",
    "slow": "the answer comes late (seconds, probability, otherwise: seconds of the others)",
    "close_reused": "a connection is closed on its second request, before any byte",
    "reset_reused": "a connection is reset on its second request, before any byte",
    "chunked": "the body comes in chunks, without a length",
    "no_length": "the body ends with the connection",
}
LAST_MODIFIED = "Sat, 21 Nov 2026 00:00:00 GMT"
VERSION = "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"
PATTERN = bytes(range(256)) * 4096


@dataclass
class Counts:
    """What a region has seen since it was reset."""

    connections: int = 0
    requests: int = 0
    open: int = 0
    most_at_once: int = 0


class Region:
    """One region, as the tests see it."""

    def __init__(self, server: FaultServer, index: int, port: int, scheme: str) -> None:
        self._server, self._index, self.port = server, index, port
        self.endpoint = f"{scheme}://{'localhost' if scheme == 'https' else '127.0.0.1'}:{port}"

    def fault(self, kind: str, *, times: int | None = None, **options: object) -> None:
        """Break it, for all requests or for the next `times`."""
        if kind not in FAULTS:
            msg = f"got the fault {kind!r}, expected one of {', '.join(FAULTS)}"
            raise ValueError(msg)
        self._server.order("fault", region=self._index, kind=kind, times=times, options=options)

    def heal(self) -> None:
        """Make it whole."""
        self._server.order("heal", region=self._index)

    @property
    def counts(self) -> Counts:
        """What it has seen."""
        return Counts(**self._server.order("counts", region=self._index))

    @property
    def asked(self) -> list[dict[str, str]]:
        """Method, key and headers of each request, oldest first."""
        return self._server.order("asked", region=self._index)


class FaultServer:
    """All regions of one process."""

    def __init__(self, process: subprocess.Popen[str], ready: dict) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.ca_file = ready["ca_file"]
        scheme = "https" if self.ca_file else "http"
        self.regions = [Region(self, index, port, scheme) for index, port in enumerate(ready["ports"])]

    @classmethod
    @contextlib.contextmanager
    def running(cls, regions: int = 3, *, tls: str | None = None, cpu: int | None = None):
        """Run one while the block runs; `tls` is good, wrong_host or expired."""
        command = [sys.executable, str(Path(__file__)), str(regions), tls or ""]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            ready = json.loads(process.stdout.readline())
            if cpu is not None and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(process.pid, {cpu})
            yield cls(process, ready)
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait(timeout=60)

    def put(self, key: str, body: bytes | int) -> None:
        """Store an object in all regions: bytes, or how many of a pattern."""
        content = body if isinstance(body, int) else base64.b64encode(body).decode()
        self.order("put", key=key, body=content)

    def reset(self) -> None:
        """Heal all regions and forget what they have seen; objects stay."""
        self.order("reset")

    def order(self, order: str, **arguments: object):
        """Give an order to the process, and return its answer."""
        with self._lock:
            self._process.stdin.write(json.dumps({"order": order, **arguments}) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


# What follows runs in the process of its own.


class Content:
    """An object: bytes, or a pattern of any length that is never held."""

    def __init__(self, body: bytes | int) -> None:
        self.data = body if isinstance(body, bytes) else None
        self.size = len(body) if isinstance(body, bytes) else body
        crc, left = 0, self.size
        if self.data is not None:
            crc = zlib.crc32(self.data)
        while self.data is None and left:
            crc = zlib.crc32(PATTERN[:left], crc)
            left -= min(left, len(PATTERN))
        self.crc32 = base64.b64encode(crc.to_bytes(4, "big")).decode()
        self.etag = f'"{hashlib.md5(str((self.size, crc)).encode(), usedforsecurity=False).hexdigest()}"'

    def pieces(self, begin: int, end: int):
        if self.data is not None:
            yield self.data[begin:end]
            return
        while begin < end:
            offset = begin % len(PATTERN)
            piece = PATTERN[offset : offset + min(end - begin, len(PATTERN) - offset)]
            yield piece
            begin += len(piece)


class Place:
    """One region's listener, faults and counts."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        self.port = 0
        self.server: asyncio.Server | None = None
        self.hole: list[socket.socket] = []
        self.connections: set[Connection] = set()
        self.forget()
        self.kind, self.times, self.options = "", None, {}

    def forget(self) -> None:
        self.counts = Counts(open=len(self.connections))
        self.asked: list[dict[str, str]] = []
        self.running = 0

    async def listen(self) -> None:
        if self.server is None:
            self.server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self), "127.0.0.1", self.port, ssl=self.tls, backlog=512, reuse_address=True
            )
            self.port = self.server.sockets[0].getsockname()[1]

    async def deafen(self) -> None:
        if self.server:
            self.server.close()
            self.server = None
        for connection in list(self.connections):
            connection.reset()
        await asyncio.sleep(0)

    def swallow(self) -> None:
        """Listen with a full backlog: who connects gets no answer."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(0)
        self.hole = [listener]
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))
            self.hole.append(filler)

    async def break_(self, kind: str, times: int | None, options: dict) -> None:
        await self.heal()
        self.kind, self.times, self.options = kind, times, options
        if kind in ("refuse", "syn_blackhole"):
            await self.deafen()
        if kind == "syn_blackhole":
            self.swallow()
        if kind == "reset_accept":
            for connection in list(self.connections):
                connection.reset()

    async def heal(self) -> None:
        self.kind, self.times, self.options = "", None, {}
        for one in self.hole:
            one.close()
        self.hole = []
        await self.listen()

    def take(self) -> tuple[str, dict]:
        """Return the fault of the next request."""
        kind, options = self.kind, self.options
        if kind and self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.kind = ""
        return kind, options


class Connection(asyncio.Protocol):
    def __init__(self, place: Place) -> None:
        self.place, self.buffer, self.served = place, b"", 0
        self.task: asyncio.Task | None = None
        self.room = asyncio.Event()
        self.room.set()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.place.connections.add(self)
        self.place.counts.connections += 1
        self.place.counts.open += 1
        if self.place.kind == "reset_accept":
            self.place.take()
            self.reset()

    def connection_lost(self, _error) -> None:
        self.place.connections.discard(self)
        self.place.counts.open -= 1
        if self.task:
            self.task.cancel()
        self.room.set()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def reset(self) -> None:
        raw = self.transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.task and b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.request(head.decode("latin-1"))

    def request(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        key = path.partition("?")[0].split("/", 2)[2]
        counts = self.place.counts
        counts.requests += 1
        self.place.running += 1
        counts.most_at_once = max(counts.most_at_once, self.place.running)
        if len(self.place.asked) < 500:
            self.place.asked.append({"method": method, "key": key, "path": path, **headers})
        self.served += 1
        kind, options = self.place.take()
        if not kind:
            self.answer(*answer_to(method, key, headers, path))
        else:
            self.task = asyncio.get_running_loop().create_task(self.fail(kind, options, method, key, headers, path))
            self.task.add_done_callback(self.done)

    def done(self, task: asyncio.Task) -> None:
        self.task = None
        if not task.cancelled():
            task.exception()
            self.data_received(b"")

    def answer(self, head: bytes, content: Content | None, begin: int, end: int) -> None:
        self.place.running -= 1
        if content is None or begin >= end:
            self.transport.write(head)
        elif content.data is not None:
            self.transport.write(head + content.data[begin:end])
        else:
            self.transport.write(head)
            self.task = asyncio.get_running_loop().create_task(self.pour(content, begin, end))
            self.task.add_done_callback(self.done)

    async def pour(self, content: Content, begin: int, end: int) -> None:
        for piece in content.pieces(begin, end):
            await self.room.wait()
            self.transport.write(piece)

    async def fail(self, kind: str, options: dict, method: str, key: str, headers: dict, path: str) -> None:
        head, content, begin, end = answer_to(method, key, headers, path)
        body = b"".join(content.pieces(begin, end)) if content and kind not in ("slow", "status") else b""
        half = body[: len(body) // 2]
        write, pause = self.transport.write, options.get("seconds", 0.05)
        if kind == "hang":
            await asyncio.sleep(3600)
        elif kind in ("reset", "reset_accept"):
            self.reset()
        elif kind in ("close_reused", "reset_reused"):
            if self.served == 1:
                write(head + body)
            elif kind == "close_reused":
                self.transport.close()
            else:
                self.reset()
        elif kind in ("reset_body", "truncate", "stall"):
            write(head + half)
            await asyncio.sleep(3600 if kind == "stall" else 0.02)
            self.reset() if kind == "reset_body" else self.transport.close()
        elif kind == "cut_headers":
            write(head[: int(len(head) * options.get("part", 0.5))])
            self.transport.close()
        elif kind in ("drip", "drip_headers"):
            dripped = body if kind == "drip" else head + body
            write(head if kind == "drip" else b"")
            for byte in dripped:
                write(bytes([byte]))
                await asyncio.sleep(pause)
        elif kind == "corrupt":
            write(head + bytes(byte ^ 0xFF for byte in body))
        elif kind == "status":
            write(error(options["status"], options.get("code", ""), method, options.get("headers", "")))
        elif kind == "answer":
            text = options.get("body", "").encode()
            first = f"HTTP/1.1 {options['status']} As asked\r\n{options.get('headers', '')}"
            length = "" if options["status"] in (204, 304) else f"Content-Length: {len(text)}\r\n"
            write(f"{first}{length}\r\n".encode() + (b"" if method == "HEAD" else text))
        elif kind == "headers":
            lines = [line for line in head.split(b"\r\n") if not named(line, options.get("remove", []))]
            if part := re.search(r"partNumber=(\d+)", path):
                size = options["part_sizes"][int(part[1]) - 1]
                lines = [b"HTTP/1.1 206 Part", *(line for line in lines[1:] if not named(line, ["content-length"]))]
                lines.insert(1, b"Content-Length: %d" % size)
            write(b"\r\n".join([*lines[:-2], *options.get("add", "").encode().splitlines(), b"", b""]) + body)
        elif kind == "bandwidth":
            write(head)
            step = max(int(options["rate"] / 20), 1)
            for at in range(0, len(body), step):
                await self.room.wait()
                write(body[at : at + step])
                await asyncio.sleep(0.05)
        elif kind == "slow":
            late = random.random() < options.get("probability", 1)
            await asyncio.sleep(pause if late else options.get("otherwise", 0))
            self.answer(head, content, begin, end)
            self.place.running += 1
            if self.task is not asyncio.current_task():
                await self.task
        elif kind == "chunked":
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (half, body[len(half) :]) if part)
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
            write(b"\r\n".join([*lines[:-2], b"Transfer-Encoding: chunked", b"", b""]) + chunks + b"0\r\n\r\n")
        elif kind == "no_length":
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
            write(b"\r\n".join([*lines[:-2], b"Connection: close", b"", b""]) + body)
            self.transport.close()
        self.place.running -= 1


def named(line: bytes, names: list[str]) -> bool:
    """Whether a line is a header of one of these names."""
    return line.partition(b":")[0].decode().lower() in names


OBJECTS: dict[str, Content] = {}


def answer_to(method: str, key: str, headers: dict, path: str) -> tuple[bytes, Content | None, int, int]:
    """Return head, content, and which part of it is the body."""
    content = OBJECTS.get(key)
    if content is None:
        return error(404, "NoSuchKey", method), None, 0, 0
    if "versionId=" in path and f"versionId={VERSION}" not in path:
        return error(404, "NoSuchVersion", method), None, 0, 0
    if headers.get("if-none-match") == content.etag:
        return (
            f"HTTP/1.1 304 Not Modified\r\nx-amz-request-id: REQUEST1\r\nETag: {content.etag}\r\n\r\n".encode(),
            None,
            0,
            0,
        )
    if headers.get("if-match", content.etag) != content.etag:
        return error(412, "PreconditionFailed", method), None, 0, 0
    begin, end, extra, status = 0, content.size, "", "200 OK"
    wanted = headers.get("range")
    if wanted:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin = int(first) if first else content.size - int(last)
        end = min(int(last) + 1, content.size) if first and last else content.size
        if begin >= content.size:
            return error(416, "InvalidRange", method), None, 0, 0
        status, extra = "206 Partial Content", f"Content-Range: bytes {begin}-{end - 1}/{content.size}\r\n"
    elif headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        extra = f"x-amz-checksum-crc32: {content.crc32}\r\nx-amz-checksum-type: FULL_OBJECT\r\n"
    head = (
        f"HTTP/1.1 {status}\r\nx-amz-id-2: host-id\r\nx-amz-request-id: REQUEST1\r\nLast-Modified: {LAST_MODIFIED}\r\n"
        f"ETag: {content.etag}\r\nx-amz-version-id: {VERSION}\r\nAccept-Ranges: bytes\r\n"
        f"Content-Type: application/octet-stream\r\n{extra}Content-Length: {end - begin}\r\nServer: AmazonS3\r\n\r\n"
    ).encode()
    return head, content if method == "GET" else None, begin, end


def error(status: int, code: str, method: str, headers: str = "") -> bytes:
    """Return an error as S3 gives it; without a code, as something before S3 does."""
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>as asked for</Message></Error>' if code else "no"
    content = "application/xml" if code else "text/plain"
    head = (
        f"HTTP/1.1 {status} Fault\r\nx-amz-request-id: REQUEST1\r\nx-amz-id-2: host-id\r\nContent-Type: {content}\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + (body if method != "HEAD" else "")).encode()


async def obey(places: list[Place], order: dict) -> object:
    place = places[order.get("region", 0)]
    if order["order"] == "fault":
        await place.break_(order["kind"], order["times"], order["options"])
    elif order["order"] == "heal":
        await place.heal()
    elif order["order"] == "counts":
        return vars(place.counts)
    elif order["order"] == "asked":
        return place.asked
    elif order["order"] == "put":
        body = order["body"]
        OBJECTS[order["key"]] = Content(body if isinstance(body, int) else base64.b64decode(body))
    elif order["order"] == "reset":
        for each in places:
            for connection in list(each.connections):
                connection.transport.abort()
            await each.heal()
        await asyncio.sleep(0)
        for each in places:
            each.forget()
    return None


def tls_context(kind: str, folder: Path) -> tuple[ssl.SSLContext, str]:
    import trustme  # noqa: PLC0415 - only where TLS is asked for

    authority = trustme.CA()
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) if kind == "expired" else None
    name = "elsewhere.example.com" if kind == "wrong_host" else "localhost"
    certificate = authority.issue_cert(name, not_after=past)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return context, str(file)


def say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def serve(count: int, tls: str) -> None:
    loop = asyncio.get_running_loop()
    # A client that resets or speaks no TLS is what is tested.
    loop.set_exception_handler(lambda _loop, _context: None)
    with tempfile.TemporaryDirectory() as folder:
        context, ca_file = tls_context(tls, Path(folder)) if tls else (None, "")
        places = [Place(context) for _ in range(count)]
        for place in places:
            await place.listen()
        say({"ports": [place.port for place in places], "ca_file": ca_file})
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            say(await obey(places, json.loads(line)))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
