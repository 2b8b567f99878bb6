"""How bodies are read: in pieces that buy time, and compared where S3 sent a checksum."""

import base64
import hashlib
import io
import math

import pytest
from botocore.exceptions import FlexibleChecksumError, IncompleteReadError

from s3_failover.client.errors import NotComparableError
from s3_failover.client.net.guard import Guard
from s3_failover.client.net.outcomes import CHUNK, Answer, BodyReader

BODY = bytes(range(250)) * 4


class Body(io.BytesIO):
    """A body that notes how much was asked for at once."""

    def __init__(self, content):
        super().__init__(content)
        self.asked = []

    def read(self, size=None):
        self.asked.append(size)
        return super().read(size)


def answer(body=BODY, *, length=..., guard=None, headers=None, part_size=None):
    """An answer of S3 with a body; without its length if that is None."""
    length = len(body) if length is ... else length
    sent = {"content-length": str(length)} if length is not None else {"transfer-encoding": "chunked"}
    response = {
        "Body": Body(body),
        "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": sent if headers is None else headers},
    }
    if length is not None:
        response["ContentLength"] = length
    return Answer(response, guard or Guard(math.inf), part_size or (lambda _: None))


def checksum(*parts):
    digests = [hashlib.sha256(part).digest() for part in parts]
    whole = digests[0] if len(parts) == 1 else hashlib.sha256(b"".join(digests)).digest()
    number = "" if len(parts) == 1 else f"-{len(parts)}"
    return {"content-length": "1000", "x-amz-checksum-sha256": base64.b64encode(whole).decode() + number}


READ = {
    "whole": lambda reader, answer: reader.whole(answer),
    "in chunks": lambda reader, answer: b"".join(reader.chunks(answer)),
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize("length", [1000, None])
def test_a_body_is_read_to_its_end_and_counted(read, length):
    guard = Guard(math.inf)
    found = answer(length=length, guard=guard)
    assert read(BodyReader(100_000), found) == BODY
    assert guard.bytes_read == 1000
    assert guard.checksum is None


def test_a_small_body_is_read_at_once():
    for size in (999, 1000):
        found = answer(BODY[:size])
        BodyReader(1000).whole(found)
        assert found.response["Body"].asked == [None]


@pytest.mark.parametrize("length", [1001, None])
def test_a_body_that_is_larger_than_a_second_is_worth_is_read_in_pieces(length):
    found = answer(bytes(1001), length=length)
    assert BodyReader(1000).whole(found) == bytes(1001)
    assert found.response["Body"].asked == [1000, 1000, 1000]


def test_a_piece_is_no_larger_than_what_a_download_keeps_in_memory():
    found = answer(bytes(CHUNK + 1))
    assert [len(chunk) for chunk in BodyReader(CHUNK * 4).chunks(found)] == [CHUNK, 1]
    found = answer(bytes(CHUNK))
    BodyReader(CHUNK * 4).whole(found)
    assert found.response["Body"].asked == [None]


def test_each_piece_buys_the_time_of_its_bytes():
    guard = Guard(100.0)
    pieces = BodyReader(500).chunks(answer(BODY[:750], guard=guard))
    next(pieces)
    assert (guard.limit, guard.bytes_read) == (101.0, 500)
    next(pieces)
    assert (guard.limit, guard.bytes_read) == (101.5, 750)


@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize("headers", [{"content-length": "1000"}, {"transfer-encoding": "chunked"}])
def test_a_body_whose_end_is_known_is_read(read, headers):
    assert read(BodyReader(100_000), answer(headers=headers)) == BODY


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_a_body_whose_end_cannot_be_told_from_a_broken_connection_is_refused(read):
    with pytest.raises(IncompleteReadError, match="0 read, but total bytes expected is -1"):
        read(BodyReader(100_000), answer(headers={}))


@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize("size", [300, 100_000])
def test_a_body_is_compared_with_what_s3_sent(read, is_required, size):
    guard = Guard(math.inf)
    reader = BodyReader(size, require_checksum=is_required)
    assert read(reader, answer(headers=checksum(BODY), guard=guard)) == BODY
    assert guard.checksum == "SHA256"
    with pytest.raises(FlexibleChecksumError):
        read(reader, answer(headers=checksum(BODY[::-1])))


@pytest.mark.parametrize("size", [300, 100_000])
@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_a_body_without_a_checksum_is_refused_where_one_is_required(read, size):
    with pytest.raises(NotComparableError, match="S3 sent no checksum"):
        read(BodyReader(size, require_checksum=True), answer())


@pytest.mark.parametrize("size", [300, 100_000])
@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_a_body_of_parts_whose_sizes_are_unknown_is_compared_with_nothing(read, size):
    guard, headers = Guard(math.inf), checksum(BODY[:400], BODY[400:])
    assert read(BodyReader(size), answer(headers=headers, guard=guard)) == BODY
    assert guard.checksum is None
    with pytest.raises(NotComparableError, match="sizes of the object's parts"):
        read(BodyReader(size, require_checksum=True), answer(headers=headers))
