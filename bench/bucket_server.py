"""A small S3 for `bench/operations.py`, in a process of its own, which prints its port and serves until it is ended.

It keeps what is put, with its versions, and lists it, without signatures or permissions. A bucket whose name begins
with `keys-N` lists N generated keys and keeps nothing of them; `NAME.example.com`, a replica, holds at once what
`NAME-primary` does. `GET /?deleted=NAME&keys=N` makes a bucket of N objects that are an hour old, and deletes them.
`GET /?counts` answers how many requests of each method there were since the last such question, and `GET /?delay=0.05`
makes every answer take that long from then on.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
_OWNER = "<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>"
_COMMON = (
    "<Key>{key}</Key><LastModified>{modified}</LastModified><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size>"
    "<StorageClass>STANDARD</StorageClass>"
)
_VERSION = f"<Version>{_COMMON}{_OWNER}<VersionId>{{version}}</VersionId><IsLatest>{{latest}}</IsLatest></Version>"
_MARKER = (
    f"<DeleteMarker><Key>{{key}}</Key><LastModified>{{modified}}</LastModified>{_OWNER}<VersionId>{{version}}</VersionId>"
    "<IsLatest>{latest}</IsLatest></DeleteMarker>"
)
_CONTENTS = f"<Contents>{_COMMON}</Contents>"
_DOCUMENTS = {
    "versioning": "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    "replication": "<ReplicationConfiguration><Rule><Status>Enabled</Status><Destination>"
    "<Bucket>arn:aws:s3:::{}</Bucket></Destination></Rule></ReplicationConfiguration>",
}
_KEPT_HEADERS = ("content-type", "cache-control", "x-amz-checksum-sha256")


@dataclass(frozen=True)
class Stored:
    """A version of an object; a delete marker has no body, and what is generated has none either."""

    key: str
    version: str
    etag: str
    size: int
    headers: dict[str, str]
    modified: str = "2026-01-01T00:00:00.000Z"
    body: bytes | None = None


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    bucket: str
    key: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class Buckets:
    """All buckets, and who asked for what."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.delay = 0.0
        self._held: dict[str, dict[str, list[Stored]]] = {}

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        if not request.bucket:
            return self._order(request)
        self.counts[request.method] += 1
        if request.key:
            return self._object(request)
        told = {"content-type": "application/xml"}
        for what, document in _DOCUMENTS.items():
            if what in request.query:
                return 200, told, document.format(request.bucket.replace("-primary", ".example.com")).encode()
        return 200, told, self._listed(request, _VERSION if "versions" in request.query else _CONTENTS)

    def _order(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        if "delay" in request.query:
            self.delay = float(request.query["delay"][0])
        if "deleted" in request.query:
            self._fill(request.query["deleted"][0], int(request.query["keys"][0]))
        counts, self.counts = self.counts, Counter()
        return 200, {}, json.dumps(counts).encode()

    def _fill(self, bucket: str, keys: int) -> None:
        for number in range(keys):
            key = f"chapter-{number % 50}/page-{number:06}.html"
            self._put(bucket, key, f"page {number}".encode() * 20, {"content-type": "text/html"}, ago=3600)
            self._held[bucket][key].insert(0, Stored(key, "marker", "", -1, {}, dated()))

    def _put(self, bucket: str, key: str, body: bytes, headers: dict[str, str], ago: float = 0) -> None:
        held = self._held.setdefault(bucket, {}).setdefault(key, [])
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        held.insert(0, Stored(key, f"v{len(held)}-{key}", etag, len(body), headers, dated(ago), body))

    def _object(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        held = self._held.setdefault(request.bucket, {})
        kept = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
        if request.method == "PUT" and "x-amz-copy-source" in request.headers:
            return self._copied(request, kept)
        if request.method == "PUT":
            self._put(request.bucket, request.key, request.body, kept)
        version = request.query.get("versionId", [None])[0]
        found = (each for each in held.get(request.key, ()) if version in {None, each.version})
        stored = next(found, None)
        if stored is None or stored.size < 0:
            return 404, {}, b""
        size = {"content-length": str(stored.size)} if request.method == "HEAD" else {}
        told = {"etag": f'"{stored.etag}"', "x-amz-version-id": stored.version, **stored.headers, **size}
        body = stored.body if request.method == "GET" and stored.body is not None else b""
        return 200, told | {"last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, body

    def _copied(self, request: Request, kept: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        path, _, version = unquote(request.headers["x-amz-copy-source"]).partition("?versionId=")
        bucket, _, key = path.partition("/")
        (source,) = (each for each in self._held[bucket][key] if each.version == version)
        self._put(request.bucket, request.key, source.body or b"", kept)
        made = self._held[request.bucket][request.key][0]
        told = f"<ETag>&quot;{made.etag}&quot;</ETag><LastModified>{made.modified}</LastModified>"
        body = f"<CopyObjectResult>{told}</CopyObjectResult>"
        return 200, {"x-amz-version-id": made.version, "content-type": "application/xml"}, body.encode()

    def _listed(self, request: Request, form: str) -> bytes:
        after = (request.query.get("key-marker") or request.query.get("continuation-token") or [""])[0]
        page: list[Stored] = []
        more = False
        for versions in self._after(request.bucket, after):
            more = len(page) >= PAGE
            if more:
                break
            page += versions if form is _VERSION else [each for each in versions[:1] if each.size >= 0]
        last = quote(page[-1].key) if page else ""
        truncated = (
            f"<IsTruncated>true</IsTruncated><NextKeyMarker>{last}</NextKeyMarker>"
            f"<NextVersionIdMarker>{page[-1].version}</NextVersionIdMarker>"
            f"<NextContinuationToken>{last}</NextContinuationToken>"
            if more
            else "<IsTruncated>false</IsTruncated>"
        )
        rows = "".join(_row(form, each, is_latest=each.key != before) for before, each in _with_last_key(page))
        head = f"<Name>{request.bucket}</Name><EncodingType>url</EncodingType><MaxKeys>{PAGE}</MaxKeys>"
        return f"<?xml version='1.0'?><ListResult>{head}{truncated}{rows}</ListResult>".encode()

    def _after(self, bucket: str, after: str) -> Iterator[list[Stored]]:
        """Yield the versions of each key, the newest first."""
        if generated_keys := re.match(r"keys-(\d+)", bucket):
            first = int(after.rpartition("-")[2]) + 1 if after else 0
            return ([generated(number)] for number in range(first, int(generated_keys[1])))
        held = self._held.get(bucket, {})
        return (held[key] for key in sorted(held) if key > after)


def _with_last_key(page: list[Stored]) -> Iterator[tuple[str, Stored]]:
    return zip(["", *(each.key for each in page)], page, strict=False)


def _row(form: str, stored: Stored, *, is_latest: bool) -> str:
    values = vars(stored) | {"key": escape(quote(stored.key)), "latest": str(is_latest).lower()}
    return (_MARKER if stored.size < 0 else form).format(**values)


def dated(ago: float = 0) -> str:
    """Return the time so many seconds ago, as S3 lists it."""
    return f"{datetime.now(UTC) - timedelta(seconds=ago):%Y-%m-%dT%H:%M:%S.000Z}"


def generated(number: int) -> Stored:
    """Return an object that is nowhere but in listings."""
    return Stored(f"content/of/a/site-{number:09}", f"3sL4kqtJlcpXroDTDmJ{number:013}", f"{number:032x}", number, {})


async def serve(buckets: Buckets, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            request = await read(reader, writer)
            status, headers, body = buckets.answer(request)
            if request.bucket:
                await asyncio.sleep(buckets.delay)
            lines = {"content-length": str(len(body)), **headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + body)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    """Return the next request of a connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split()
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines if each)}
    if "expect" in headers:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    if "aws-chunked" in headers.get("content-encoding", ""):
        body = b"".join(_unchunked(body))
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path.lstrip("/")).partition("/")
    bucket = bucket.replace(".example.com", "-primary")
    return Request(method, bucket, key, parse_qs(parts.query, keep_blank_values=True), headers, body)


def _unchunked(body: bytes) -> Iterator[bytes]:
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            return
        yield body[:size]
        body = body[size + 2 :]


async def main() -> None:
    """Serve until ended."""
    buckets = Buckets()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(buckets, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
