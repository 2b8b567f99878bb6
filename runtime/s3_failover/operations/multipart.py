"""Completes a multipart upload whose parts are sent side by side, or leaves nothing behind that costs money."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOTHING: Mapping[str, Any] = {}


def in_parts(
    client: S3Client,
    options: Mapping[str, Any],
    send: Callable[[Mapping[str, Any]], Sequence[Future[Any]]],
    completing: Mapping[str, Any] = NOTHING,
) -> str:
    """Create an object from parts and return its version id, `null` in a bucket without versioning.

    Args:
        client: S3 in the bucket's region.
        options: the arguments of CreateMultipartUpload.
        send: begins to send the parts, given bucket, key and upload id; each result is a part as
            CompleteMultipartUpload takes it.
        completing: further arguments of CompleteMultipartUpload.

    Raises:
        Exception: the first error of a part or of S3; the upload is aborted, and the object is as it was.
    """
    where: Any = {name: options[name] for name in ("Bucket", "Key")}
    created: Any = options
    where["UploadId"] = client.create_multipart_upload(**created)["UploadId"]
    sent = send(where)
    try:
        parts: Any = {"Parts": [each.result() for each in sent]}
        done: Any = client.complete_multipart_upload(**where, MultipartUpload=parts, **completing)
    except BaseException:
        for each in sent:
            each.cancel()
        # What is under way would leave a part behind that costs money.
        for each in sent:
            with contextlib.suppress(BaseException):
                each.result()
        # The first error says why; the lifecycle rule removes what this one leaves.
        with contextlib.suppress(BotoCoreError, ClientError):
            client.abort_multipart_upload(**where)
        raise
    return str(done.get("VersionId", "null"))
