"""Sends files to a bucket: exactly the bytes whose digest was taken, or nothing."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3_failover.errors import UserError
from s3_failover.operations.changes import Upload
from s3_failover.operations.multipart import in_parts
from s3_failover.operations.refusals import explained
from s3_failover.operations.shown import shown

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PARTS_AT_ONCE = 8
"""Parts that are in memory and on their way, of all files together."""


@dataclass(frozen=True)
class Uploader:
    """Sends files to a bucket."""

    client: S3Client
    bucket: str
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(PARTS_AT_ONCE), repr=False)

    def send(self, upload: Upload) -> str:
        """Upload a file and return the object's version id, `null` in a bucket without versioning.

        S3 compares what arrives with the digest, too (S3 User Guide, checking-object-integrity).

        Raises:
            UserError: the file is not what it was when its digest was taken, or S3 refuses; the object is as it was.
        """
        file = upload.file
        with explained(f"upload {shown(file.path)} to {self.bucket}"):
            try:
                return self._in_parts(upload) if file.in_parts else self._whole(upload)
            except OSError as error:
                raise UserError(f"{shown(file.path)} cannot be read: {error.strerror or error}") from error

    def _whole(self, upload: Upload) -> str:
        file = upload.file
        with file.open() as stream:
            body = _same(upload, stream.read(file.size + 1), 0)
        where: Any = {"Bucket": self.bucket, "Key": file.key, **file.headers}
        answer = self.client.put_object(**where, Body=body, ChecksumSHA256=upload.digest.parts[0])
        return answer.get("VersionId", "null")

    def _in_parts(self, upload: Upload) -> str:
        options = {"Bucket": self.bucket, "Key": upload.file.key, **upload.file.headers, "ChecksumAlgorithm": "SHA256"}
        count = len(upload.digest.parts)
        return in_parts(
            self.client,
            options,
            lambda where: [self._pool.submit(self._part, upload, where, at) for at in range(count)],
        )

    def _part(self, upload: Upload, where: Any, at: int) -> Any:
        with upload.file.open() as stream:
            stream.seek(at * upload.file.part)
            body = _same(upload, stream.read(upload.file.part), at)
        named: Any = {"PartNumber": at + 1, "ChecksumSHA256": upload.digest.parts[at]}
        return {**named, "ETag": self.client.upload_part(**where, **named, Body=body)["ETag"]}


def _same(upload: Upload, body: bytes, at: int) -> bytes:
    if base64.b64encode(hashlib.sha256(body).digest()).decode() != upload.digest.parts[at]:
        raise UserError(
            f"{shown(upload.file.path)} changed while it was published: it was not uploaded; "
            "run it again when nothing writes there"
        )
    return body
