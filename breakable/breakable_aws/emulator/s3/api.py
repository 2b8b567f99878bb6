"""S3's API as AWS has it: what ministack does otherwise, or not at all, is in front of it."""

from __future__ import annotations

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.iam import explicit_denies

from . import account_block, bucket_rules, listings, objects, replication, replication_configurations

_FROM_INSIDE_OUT = (
    listings,
    replication_configurations,
    replication,
    objects,
    bucket_rules,
    account_block,
    explicit_denies,
)


def install() -> None:
    """Put every part in front of those inside of it."""
    api = s3.answer
    for part in _FROM_INSIDE_OUT:
        api = part.in_front_of(api)
    s3.answer_by(api)
    s3.block_public_access_by(account_block.is_blocked)
