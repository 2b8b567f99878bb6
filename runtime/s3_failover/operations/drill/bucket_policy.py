"""Puts a statement of the drill into a bucket's policy, and takes exactly that statement out again.

S3 has no conditional write for policies: the last write wins. So every write begins from the policy of that moment and
is read back afterwards; what another caller wrote in between stays.
"""

import json
import time
from typing import Any

from s3_failover.errors import UserError
from s3_failover.operations.refusals import found_or_none

LARGEST = 20 * 1024
"""Bytes that a bucket policy may have (S3 User Guide, bucket-policies)."""

TRIES = 5
"""How often a write is repeated that another caller's write has undone, or that S3 does not show yet."""

PAUSE = 1.0
"""Seconds before that: bucket configurations are consistent only in the end (S3 User Guide, Welcome)."""

Statement = dict[str, Any]
Document = dict[str, Any]


def with_statement(policy: Document | None, statement: Statement) -> Document:
    """Return a policy with a statement, in place of one of its Sid; raise UserError if S3 takes none of that size."""
    kept = _statements(policy, without=statement["Sid"])
    merged = {**(policy or {"Version": "2012-10-17"}), "Statement": [*kept, statement]}
    if (size := len(_text(merged))) > LARGEST:
        raise UserError(
            f"the bucket policy would have {size:,} bytes, expected at most {LARGEST:,}: shorten it before the drill"
        )
    return merged


def without(policy: Document | None, sid: str) -> Document | None:
    """Return a policy without the statement of that Sid; None if no statement is left."""
    kept = _statements(policy, without=sid)
    return {**policy, "Statement": kept} if policy and kept else None


def sid(statement: object) -> object:
    """Return the Sid of what may be a statement; None if it has none."""
    return statement.get("Sid") if isinstance(statement, dict) else None


def sids(policy: Document | None, prefix: str) -> list[str]:
    """Return the Sids of a policy that begin like this."""
    found = map(sid, _statements(policy))
    return [each for each in found if isinstance(each, str) and each.startswith(prefix)]


def has(policy: Document | None, sid: str) -> bool:
    """Tell whether a policy has a statement of that Sid."""
    return len(_statements(policy)) != len(_statements(policy, without=sid))


def read(client: Any, bucket: str) -> Document | None:
    """Return a bucket's policy; None if it has none, or if there is no such bucket."""
    absent = ("NoSuchBucketPolicy", "NoSuchBucket")
    found = found_or_none(lambda: client.get_bucket_policy(Bucket=bucket)["Policy"], *absent)
    document: Document | None = json.loads(found) if found else None
    return document


def put(client: Any, bucket: str, statement: Statement) -> None:
    """Put a statement into a bucket's policy; raise UserError if it gets too large, or others write it all the time."""
    for _ in range(TRIES):
        policy = read(client, bucket)
        if has(policy, statement["Sid"]):
            return
        _write(client, bucket, with_statement(policy, statement))
        if has(read(client, bucket), statement["Sid"]):
            return
        time.sleep(PAUSE)
    raise UserError(f"the policy of {bucket} is written by others all the time: find out by whom, and drill again")


def remove(client: Any, bucket: str, sid: str) -> bool:
    """Take a statement out of a policy; return whether it was there; raise UserError if others keep writing it."""
    for number in range(TRIES):
        policy = read(client, bucket)
        if not has(policy, sid):
            return number > 0
        if number:
            time.sleep(PAUSE)
        _write(client, bucket, without(policy, sid))
    raise UserError(f"the statement {sid} is in the policy of {bucket} again and again: see who writes it")


def _write(client: Any, bucket: str, policy: Document | None) -> None:
    if policy is None:
        client.delete_bucket_policy(Bucket=bucket)
    else:
        client.put_bucket_policy(Bucket=bucket, Policy=_text(policy))


def _text(policy: Document) -> str:
    return json.dumps(policy, separators=(",", ":"))


def _statements(policy: Document | None, *, without: str | None = None) -> list[Statement]:
    found = (policy or {}).get("Statement", [])
    statements: list[Statement] = [found] if isinstance(found, dict) else found
    return [each for each in statements if without is None or each.get("Sid") != without]
