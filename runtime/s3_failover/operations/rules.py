"""The replication rules of a bucket, as far as they decide what becomes of a new version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from s3_failover.errors import UserError
from s3_failover.operations.refusals import explained, found_or_none

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def enabled(client: S3Client, bucket: str) -> list[Any]:
    """Return the enabled replication rules of a bucket."""
    with explained(f"read the replication rules of {bucket}"):
        found = found_or_none(
            lambda: client.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"],
            "ReplicationConfigurationNotFoundError",
        )
    return [rule for rule in found or () if rule["Status"] == "Enabled"]


def require(rules: Iterable[Any], bucket: str, replicas: Iterable[str]) -> None:
    """Raise UserError where no rule leads from a bucket to one of these."""
    reached = {rule["Destination"]["Bucket"].split(":::")[-1] for rule in rules}
    if missing := [replica for replica in replicas if replica not in reached]:
        raise UserError(
            f"{bucket} has no enabled replication rule to {', '.join(missing)}: nothing would be copied there; "
            "deploy the site, or see what `s3-failover doctor` says"
        )


def carry_keyed(rules: Iterable[Any]) -> bool:
    """Return whether a rule carries what is encrypted with a KMS key."""
    return any(
        rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"
        for rule in rules
    )
