"""Reading a body inside the attempt: whole, verified, and with more time only for as long as bytes arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import IncompleteReadError

from s3_failover.client.guard import Guard

CHUNK = 256 * 1024
"""Bytes read at once: what a download keeps in memory."""


def chunks(response: dict[str, Any], guard: Guard, min_throughput: int) -> Iterator[bytes]:
    """Yield the body of a response.

    botocore compares length and checksum at the end, and raises then; what was yielded before is not to be used.

    Raises:
        botocore.exceptions.BotoCoreError: the body ended early, stalled, or is not what S3 stored.
    """
    body = _delimited(response)
    # A read returns when all of its bytes are there, and only then do they buy time.
    size = min(CHUNK, min_throughput)
    while chunk := body.read(size):
        guard.bytes_read += len(chunk)
        guard.extend(len(chunk) / min_throughput)
        yield chunk


def whole(response: dict[str, Any], guard: Guard, min_throughput: int) -> bytes:
    """Return the body of a response; small ones in one read.

    Raises:
        botocore.exceptions.BotoCoreError: as `chunks`.
    """
    if response.get("ContentLength", CHUNK + 1) > min(CHUNK, min_throughput):
        return b"".join(chunks(response, guard, min_throughput))
    data: bytes = _delimited(response).read()
    guard.bytes_read = len(data)
    return data


def _delimited(response: dict[str, Any]) -> Any:
    """Return the body, if its end can be told from a connection that broke: S3 always says how long it is."""
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    if "content-length" not in headers and "transfer-encoding" not in headers:
        raise IncompleteReadError(actual_bytes=0, expected_bytes=-1)
    return response["Body"]
