"""S3 replication: every destination, the same version id, a truthful status.

A write makes one transfer for each destination that its rules choose. A transfer names a version and reads it when it
is carried out, so whoever replaces `carry` can delay transfers, hold them back or lose them.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

from . import key_access
from .bucket_owner import in_account_of, owner_of
from .replication_role import refusal
from .replication_rules import (
    Rule,
    copies_objects_with_keys,
    destination_of,
    rules_for_delete_marker,
    rules_for_object,
    syncs_replicas,
)

_PLAN = "_replication"
_PENDING, _COMPLETED, _FAILED, _REPLICA = "PENDING", "COMPLETED", "FAILED", "REPLICA"


@dataclass(frozen=True)
class Transfer:
    """One version of one object on its way to one destination bucket."""

    source: str
    key: str
    version: str
    destination: str
    storage_class: str | None = None
    rule: str = ""


def carry_now(transfer: Transfer) -> str | None:
    """Carry a transfer out at once; return S3's reason if that failed.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html`.
    """
    with in_account_of(transfer.source):
        failure = _deliver(transfer)
        _settle(transfer, succeeded=failure is None)
    return failure


carry: Callable[[Transfer], object] = carry_now
"""Carries a transfer out, now or later. A fault layer puts its own function here."""

_outstanding: dict[tuple[str, str, str], set[str]] = {}
"""For each version that is not done, the destinations that do not have it yet."""


def outstanding() -> int:
    """Return the number of transfers that are not done."""
    return sum(len(destinations) for destinations in _outstanding.values())


def install() -> None:
    """Put this replication in the place of ministack's, which knows one destination and new version ids."""
    record_version = s3._record_object_version

    def record_and_send(bucket: str, key: str, prior: Any, record: dict[str, Any], data: Any) -> str | None:
        plan = record.pop(_PLAN, None)
        version: str | None = record_version(bucket, key, prior, record, data)
        if plan and version:
            tags, rules = plan
            if tags:
                # Ministack stores them only after this: a transfer that is carried at once would miss them.
                s3._object_tags[(bucket, key, version)] = tags
            _send([_transfer(bucket, key, version, rule) for rule in rules])
        return version

    replace(s3, "_maybe_replicate", plan_object)
    replace(s3, "_maybe_replicate_delete_marker", send_delete_marker)
    replace(s3, "_record_object_version", record_and_send)
    for name in ("_put_object_tagging", "_delete_object_tagging"):
        replace(s3, name, _followed_by_tags(getattr(s3, name)))


def plan_object(bucket: str, key: str, record: dict[str, Any], _data: Any, tags: dict[str, str] | None = None) -> None:
    """Note which rules cover a new object; it is sent as soon as it has its version id."""
    rules = rules_for_object(_active_rules(bucket), key, tags or {})
    if key_access.has_key(record):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
        rules = [rule for rule in rules if copies_objects_with_keys(rule)]
    if rules:
        record["replication_status"] = _PENDING
        record[_PLAN] = (dict(tags or {}), rules)


def send_delete_marker(bucket: str, key: str) -> None:
    """Send the delete marker that was just made, where the rules say so."""
    rules = rules_for_delete_marker(_active_rules(bucket), key)
    if rules:
        version = s3._object_versions[(bucket, key)][-1]["version_id"]
        _send([_transfer(bucket, key, version, rule) for rule in rules])


def size_of(transfer: Transfer) -> int:
    """Return how many bytes a transfer carries; a delete marker, and what is deleted by now, has none."""
    entry = entry_of(transfer)
    return int(entry.get("size") or 0) if entry else 0


def _transfer(bucket: str, key: str, version: str, rule: Rule) -> Transfer:
    storage_class = rule["Destination"].get("StorageClass")
    return Transfer(bucket, key, version, destination_of(rule), storage_class, rule.get("ID", ""))


def _active_rules(bucket: str) -> list[dict[str, Any]]:
    config = s3._bucket_replication.get(bucket)
    if not config or s3._bucket_versioning.get(bucket) != "Enabled":
        return []
    rules: list[dict[str, Any]] = config["Rules"]
    return rules


def _send(transfers: list[Transfer]) -> None:
    # All are noted before the first is carried: a version is COMPLETED only when every destination has it.
    for transfer in transfers:
        _outstanding.setdefault(_version_of(transfer), set()).add(transfer.destination)
    for transfer in transfers:
        carry(transfer)


def _deliver(transfer: Transfer) -> str | None:
    with in_account_of(transfer.destination):
        if transfer.destination not in s3._buckets:
            return "DstBucketNotFound"
        if s3._bucket_versioning.get(transfer.destination) != "Enabled":
            return "DstBucketUnversioned"
    entry = entry_of(transfer)
    if entry is None:
        # Deleted before its turn: there is nothing left to replicate.
        return None
    tags = s3._object_tags.get((transfer.source, transfer.key, transfer.version))
    failure = _refusal(transfer, entry, tagged=bool(tags))
    if failure:
        return failure
    replica = _replica_of(entry, transfer)
    if key_access.has_key(entry):
        failure = _reencrypt(transfer, replica)
        if failure:
            return failure
    with in_account_of(transfer.destination):
        _insert(transfer, s3._buckets[transfer.destination], replica)
        if tags:
            s3._object_tags[(transfer.destination, transfer.key, transfer.version)] = dict(tags)
    return None


def _refusal(transfer: Transfer, entry: dict[str, Any], *, tagged: bool) -> str | None:
    config = s3._bucket_replication.get(transfer.source)
    if config is None:
        return "AssumeRoleNotPermitted"
    rule = rule_of(transfer)
    kind = {
        "tagged": tagged,
        "delete_marker": bool(entry.get("is_delete_marker")),
        "owner_override": bool(rule and rule["Destination"].get("AccessControlTranslation")),
    }
    return refusal(config["Role"], transfer.source, transfer.destination, transfer.key, **kind)


def _reencrypt(transfer: Transfer, replica: dict[str, Any]) -> str | None:
    """Put the rule's key in the place of the source's; return why the role may not use them, if so."""
    role, rule = s3._bucket_replication[transfer.source]["Role"], rule_of(transfer)
    old = key_access.key_of(replica, transfer.source)
    if old is None or not key_access.role_may(role, "kms:Decrypt", old, transfer.source, transfer.key):
        return "SrcGetObjectNotPermitted"
    reference = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] if rule else ""
    new = key_access.find(reference, region="", account=owner_of(transfer.destination))
    if new is None:
        return "DstKmsKeyNotFound"
    # Decrypting is for the S3 Bucket Key of the destination (S3 User Guide, bucket-key).
    needed = ("kms:Encrypt", "kms:Decrypt")
    if not all(key_access.role_may(role, each, new, transfer.destination, transfer.key) for each in needed):
        return "DstPutObjectNotPermitted"
    replica.update(key_access.with_key(replica, new))
    return None


def _replica_of(entry: dict[str, Any], transfer: Transfer) -> dict[str, Any]:
    replica = copy.deepcopy(entry)
    if not entry.get("is_delete_marker"):
        replica["replication_status"] = _REPLICA
        replica["storage_class"] = transfer.storage_class or entry["storage_class"]
    return replica


def _insert(transfer: Transfer, destination: dict[str, Any], replica: dict[str, Any]) -> None:
    """Put a replica among the versions of its key by its creation time, which it shares with its source."""
    versions = s3._object_versions.setdefault((transfer.destination, transfer.key), [])
    s3._preserve_null_version(transfer.destination, transfer.key, versions, destination["objects"].get(transfer.key))
    versions[:] = [version for version in versions if version["version_id"] != transfer.version] + [replica]
    versions.sort(key=lambda version: version["last_modified"])
    for version in versions:
        version["is_latest"] = version is versions[-1]
    if versions[-1].get("is_delete_marker"):
        destination["objects"].pop(transfer.key, None)
    else:
        destination["objects"][transfer.key] = _current(versions[-1])


def _current(entry: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = s3._object_record_from_version(entry)
    return record | {"parts": entry.get("parts")}


def _settle(transfer: Transfer, *, succeeded: bool) -> None:
    """Note the outcome of a transfer and, when it was the last one, the outcome of its version."""
    waiting = _outstanding[_version_of(transfer)]
    waiting.discard(transfer.destination)
    if not waiting:
        del _outstanding[_version_of(transfer)]
    records = list(_records(transfer))
    failed = not succeeded or any(record.get("replication_status") == _FAILED for record in records)
    status = _FAILED if failed else _PENDING if waiting else _COMPLETED
    for record in records:
        record["replication_status"] = status


def _records(transfer: Transfer) -> list[dict[str, Any]]:
    """Return what holds the status of a transfer's source version: its entry and, if current, the object."""
    entry = entry_of(transfer)
    if entry is None or entry.get("is_delete_marker"):
        return []
    current = s3._buckets[transfer.source]["objects"].get(transfer.key)
    same = current is not None and current.get("version_id") == transfer.version
    return [entry, current] if same else [entry]


def _entry(bucket: str, key: str, version: str) -> dict[str, Any] | None:
    entries = s3._object_versions.get((bucket, key)) or []
    return next((entry for entry in entries if entry["version_id"] == version), None)


def entry_of(transfer: Transfer) -> dict[str, Any] | None:
    """Return the record of the version that a transfer carries, if it is still there."""
    return _entry(transfer.source, transfer.key, transfer.version)


def rule_of(transfer: Transfer) -> Rule | None:
    """Return the rule that a transfer is carried by, if it is still there."""
    return next((rule for rule in _active_rules(transfer.source) if rule.get("ID") == transfer.rule), None)


def _version_of(transfer: Transfer) -> tuple[str, str, str]:
    return transfer.source, transfer.key, transfer.version


def _followed_by_tags(change: Callable[..., Answer]) -> Callable[..., Answer]:
    """Wrap a change of an object's tags, which goes to every replica that the object has."""

    def changed(bucket: str, key: str, *arguments: Any) -> Answer:
        answer = change(bucket, key, *arguments)
        if answer[0] < 300:
            query = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
            _copy_tags(bucket, key, s3._resolve_subresource_version(query, s3._buckets[bucket], key))
        return answer

    return changed


def _copy_tags(bucket: str, key: str, version: str) -> None:
    entry = _entry(bucket, key, version)
    if entry is None or entry.get("replication_status") not in (_COMPLETED, _REPLICA):
        return
    tags = s3._object_tags.get((bucket, key, version)) or {}
    for rule in rules_for_object(_active_rules(bucket), key, tags):
        if entry["replication_status"] == _REPLICA and not _in_both_ways(rule, bucket):
            continue
        with in_account_of(destination_of(rule)):
            if _entry(destination_of(rule), key, version) is not None:
                s3._object_tags[(destination_of(rule), key, version)] = dict(tags)


def _in_both_ways(rule: Rule, bucket: str) -> bool:
    """Tell whether changes of replicas go on by a rule: it and a rule of the other bucket back must both say so.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html`.
    """
    with in_account_of(destination_of(rule)):
        others = [other for other in _active_rules(destination_of(rule)) if destination_of(other) == bucket]
    return syncs_replicas(rule) and any(syncs_replicas(other) for other in others)
