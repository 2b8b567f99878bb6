"""CopyObject that keeps a promise about its destination, as PutObject does.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html`.
"""

from __future__ import annotations

from ministack.services import s3

from .answers import Answer
from .hooks import replace


def install() -> None:
    """Put this into the place of what ministack does."""
    copy = s3._copy_object

    def copied(bucket: str, key: str, headers: dict[str, str]) -> Answer:
        destination = s3._buckets.get(bucket)
        refusal: Answer | None = None
        if destination is not None:
            refusal = s3._check_put_preconditions(headers, destination["objects"].get(key))
        answer: Answer = refusal or copy(bucket, key, headers)
        return answer

    replace(s3, "_copy_object", copied)
