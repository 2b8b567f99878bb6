"""What S3's events and reads need beyond ministack: events for tags, and the sizes of parts.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace


def install() -> None:
    """Put this into the place of what ministack does."""
    for name, event in (
        ("_put_object_tagging", "s3:ObjectTagging:Put"),
        ("_delete_object_tagging", "s3:ObjectTagging:Delete"),
    ):
        replace(s3, name, _told(getattr(s3, name), event))
    replace(s3, "_head_object", _with_parts(s3._head_object))


def _told(change: Callable[..., Answer], event: str) -> Callable[..., Answer]:
    def changed(bucket: str, key: str, *arguments: Any) -> Answer:
        answer = change(bucket, key, *arguments)
        if answer[0] < 300:
            s3._fire_s3_event_async(bucket, key, event)
        return answer

    return changed


def _with_parts(head: Callable[..., Answer]) -> Callable[..., Answer]:
    """Wrap HeadObject, which tells the size of one part as GetObject does, without the bytes.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html`, partNumber.
    """

    def headed(bucket: str, key: str, headers: dict[str, str], query_params: Any = None, *rest: Any) -> Answer:
        if query_params and s3._qp(query_params, "partNumber"):
            status, answer_headers, _ = s3._get_object(bucket, key, headers, query_params)
            return status, answer_headers, b""
        return head(bucket, key, headers, query_params, *rest)

    return headed
