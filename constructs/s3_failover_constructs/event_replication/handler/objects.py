"""One object and its copy: what they are, and how the one becomes like the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from . import parts

ATTEMPTS = 10
"""How often a copy is written before a key that keeps changing is left to the next delivery of its message."""

HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "WebsiteRedirectLocation",
)
"""The headers that S3 keeps with an object and sends to its readers, as boto3 names them."""

_GONE = ("NoSuchKey", "404")
_MOVED = (*_GONE, "PreconditionFailed", "412", "ConditionalRequestConflict", "NoSuchUpload")


class EncryptedError(Exception):
    """The source is encrypted with a KMS key: its ETag tells nothing, and no copy would ever seem equal."""


class UnsettledError(Exception):
    """The source kept changing under the copy."""


@dataclass(frozen=True)
class Bucket:
    """A bucket and the client of its region."""

    name: str
    s3: Any


@dataclass(frozen=True)
class Pair:
    """A key in the source and the same key in one copy."""

    source: Bucket
    copy: Bucket
    key: str


@dataclass(frozen=True)
class State:
    """Everything about an object that its copy must share.

    With SSE-S3 the ETag is made of the content, and of the parts that it came in: equal ETags, equal bytes (S3 API,
    Object). The storage class is passed on and not compared: lifecycle rules may move either side.
    """

    etag: str
    size: int
    headers: dict[str, Any]
    tags: dict[str, str]
    storage_class: str = field(compare=False)
    encryption: str = field(compare=False)


def read(bucket: Bucket, key: str) -> State | None:
    """Return the present object, None if there is none.

    The tags come first because a HEAD cannot tell a missing object from a missing bucket; a principal that may list the
    bucket learns which of them is missing, and a bucket that is gone must not empty its copies.
    """
    target = {"Bucket": bucket.name, "Key": key}
    try:
        tags = bucket.s3.get_object_tagging(**target)["TagSet"]
        head = bucket.s3.head_object(**target)
    except ClientError as error:
        if _code(error) in _GONE:
            return None
        raise
    return State(
        etag=head["ETag"],
        size=head["ContentLength"],
        headers={name: head[name] for name in HEADERS if head.get(name)},
        tags={tag["Key"]: tag["Value"] for tag in tags},
        storage_class=head.get("StorageClass", "STANDARD"),
        encryption=head.get("ServerSideEncryption", "AES256"),
    )


def converge(pair: Pair, seconds_left: Callable[[], float]) -> None:
    """Make the copy of a key like its source, whatever others do to either meanwhile.

    An invocation that wrote ends only after it has seen both sides equal. So the one that writes last, even something
    stale, sees the difference and corrects it; one that is ended in between has not acknowledged its message.

    Raises:
        EncryptedError: the source is encrypted with a KMS key.
        UnsettledError: the source changed under every attempt.
        parts.OutOfTimeError: the next invocation must go on.
    """
    for _ in range(ATTEMPTS):
        want, have = read(pair.source, pair.key), read(pair.copy, pair.key)
        if want == have:
            return
        if want is not None and want.encryption != "AES256":
            raise EncryptedError(f"{pair.key} has {want.encryption}, expected SSE-S3: upload it without a KMS key")
        try:
            _write(pair, want, have, seconds_left)
        except ClientError as error:
            if _code(error) not in _MOVED:
                raise
    raise UnsettledError(f"{pair.key} changed under each of {ATTEMPTS} attempts to copy it to {pair.copy.name}")


def _write(pair: Pair, want: State | None, have: State | None, seconds_left: Callable[[], float]) -> None:
    s3, target = pair.copy.s3, {"Bucket": pair.copy.name, "Key": pair.key}
    if want is None:
        assert have is not None
        s3.delete_object(**target, IfMatch=have.etag)
    elif have is not None and _differ_in_tags_alone(want, have):
        tags = [{"Key": name, "Value": value} for name, value in want.tags.items()]
        s3.put_object_tagging(**target, Tagging={"TagSet": tags})
    elif parts.count(want.etag):
        parts.transfer(pair, want, seconds_left)
    else:
        s3.copy_object(
            **target,
            CopySource={"Bucket": pair.source.name, "Key": pair.key},
            CopySourceIfMatch=want.etag,
            MetadataDirective="COPY",
            TaggingDirective="COPY",
            StorageClass=want.storage_class,
            **_not_copied_by_s3(want),
        )


def _differ_in_tags_alone(want: State, have: State) -> bool:
    return (want.etag, want.size, want.headers) == (have.etag, have.size, have.headers)


def _not_copied_by_s3(want: State) -> dict[str, str]:
    """Return the one header that CopyObject leaves behind (S3 API, CopyObject, x-amz-website-redirect-location)."""
    location = want.headers.get("WebsiteRedirectLocation")
    return {"WebsiteRedirectLocation": location} if location else {}


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
