"""Reading a body inside the attempt: whole, verified, and with more time only for as long as bytes arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import IncompleteReadError

from s3_failover.client import checksums
from s3_failover.client.answer import Answer

CHUNK = 256 * 1024
"""Bytes read at once: what a download keeps in memory."""


class BodyReader:
    """Reads bodies, and compares them with the checksums that S3 sent.

    Args:
        min_throughput: bytes that buy an attempt one more second.
        require_checksum: whether a body that cannot be compared is refused.
    """

    def __init__(self, min_throughput: int, *, require_checksum: bool = False) -> None:
        self._min_throughput = min_throughput
        self._required = require_checksum

    def chunks(self, answer: Answer) -> Iterator[bytes]:
        """Yield the body of an answer; what was yielded before an error is not to be used.

        Raises:
            botocore.exceptions.BotoCoreError: the body ended early, stalled, is not what S3 stored, or cannot be
                compared although it must be.
        """
        guard, body = answer.guard, _delimited(answer.response)
        comparison = self._comparison(answer)
        # A read returns when all of its bytes are there, and only then do they buy time.
        size = min(CHUNK, self._min_throughput)
        while chunk := body.read(size):
            guard.bytes_read += len(chunk)
            guard.extend(len(chunk) / self._min_throughput)
            comparison.update(chunk)
            yield chunk
        self._finish(comparison, answer)

    def whole(self, answer: Answer) -> bytes:
        """Return the body of an answer; small ones in one read.

        Raises:
            botocore.exceptions.BotoCoreError: as `chunks`.
        """
        if answer.response.get("ContentLength", CHUNK + 1) > min(CHUNK, self._min_throughput):
            return b"".join(self.chunks(answer))
        body = _delimited(answer.response)
        comparison = self._comparison(answer)
        data: bytes = body.read()
        answer.guard.bytes_read = len(data)
        comparison.update(data)
        self._finish(comparison, answer)
        return data

    def _comparison(self, answer: Answer) -> checksums.Comparison:
        found = checksums.comparison(answer.response, answer.part_size)
        if self._required and type(found) is checksums.Comparison:
            raise checksums.NotComparableError(reason="S3 sent no checksum with the object")
        return found

    def _finish(self, comparison: checksums.Comparison, answer: Answer) -> None:
        comparison.finish()
        if self._required and comparison.algorithm is None:
            raise checksums.NotComparableError(reason="the sizes of the object's parts cannot be had, or differ")
        answer.guard.checksum = comparison.algorithm


def _delimited(response: dict[str, Any]) -> Any:
    """Return the body, if its end can be told from a connection that broke: S3 always says how long it is."""
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    if "content-length" not in headers and "transfer-encoding" not in headers:
        raise IncompleteReadError(actual_bytes=0, expected_bytes=-1)
    return response["Body"]
