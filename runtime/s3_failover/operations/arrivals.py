"""Tells whether an object that a replica lacks is still on its way, by the replication status that S3 has for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.operations.attributes import Copy
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown

_UNDERWAY = frozenset({"PENDING", "REPLICA"})
"""Statuses of what S3 still copies, or has copied from elsewhere (S3 User Guide, replication-status)."""


@dataclass(frozen=True)
class Arrivals:
    """Tells what is on its way from a source to a replica."""

    source: Copy
    replica: Copy
    versions: bool = True
    """Whether S3 replicates, and says of each version whether it is done; a function that copies does not."""
    settled: datetime | None = None
    """Without versions, what was written after this moment may be on its way; None if nothing may."""

    def is_due(self, key: str) -> bool:
        """Tell whether a key is on its way, or has arrived or changed since it was listed."""
        # In this order: what the source calls copied is in the replica by then.
        ours = head(self.source, key)
        if ours is None:
            return True
        theirs = head(self.replica, key)
        return _is_due(ours, theirs) if self.versions else self._may_be(ours, theirs)

    def _may_be(self, ours: Mapping[str, Any], theirs: Mapping[str, Any] | None) -> bool:
        is_young = self.settled is not None and ours["LastModified"] > self.settled
        return is_young or (theirs is not None and is_copy(ours, theirs))


def _is_due(ours: Mapping[str, Any], theirs: Mapping[str, Any] | None) -> bool:
    if ours.get("ReplicationStatus") in _UNDERWAY:
        return True
    if theirs is None:
        return False
    # Later there: written after the source was asked, and replicated already.
    is_newer = theirs["LastModified"] > ours["LastModified"] and theirs.get("ReplicationStatus") in _UNDERWAY
    return is_newer or theirs.get("VersionId") == ours.get("VersionId")


def is_copy(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Tell by two answers to HEAD whether the second object is a copy of the first where nothing keeps versions."""
    # The function that copies there keeps ETags, those of uploads in parts too.
    alike = (ours["ContentLength"], ours["ETag"]) == (theirs["ContentLength"], theirs["ETag"])
    return bool(alike and theirs["LastModified"] >= ours["LastModified"])


def head(copy: Copy, key: str, version: str | None = None) -> Mapping[str, Any] | None:
    """Return what S3 says of an object, or of one of its versions; None if it is not there."""
    with explained(f"look for {shown(key)} in {copy.bucket}"):
        where: Any = {"Bucket": copy.bucket, "Key": key} | ({} if version is None else {"VersionId": version})
        try:
            return copy.client.head_object(**where)
        except ClientError as error:
            if code(error) == "400":
                require_signed_in(copy.client, **where)
            elif code(error) not in {"404", "NoSuchVersion"}:
                raise
            return None
