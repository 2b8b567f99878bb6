"""S3 replication: every destination, the same version id, a truthful status.

A write that the API has answered makes one transfer for each destination that its rules choose. A transfer names a
version and reads it when it is carried out, so a replacement of `carry` can delay transfers, hold them back or lose
them.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html`.
"""

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.s3 import Api, Record, S3Request, in_account_of

from . import key_access, replication_configurations
from .bucket_documents import children, text_of
from .replication_configurations import active_rules
from .replication_role import refusal
from .replication_rules import (
    Rule,
    copies_objects_with_keys,
    destination_of,
    rules_for_delete_marker,
    rules_for_object,
    syncs_replicas,
)

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


def settle(transfer: Transfer) -> None:
    """Say that a transfer is done, which it may not be."""
    with in_account_of(transfer.source):
        _settle(transfer, succeeded=True)


def deliver(transfer: Transfer) -> None:
    """Carry a transfer out that was said to be done before."""
    with in_account_of(transfer.source):
        _deliver(transfer)


carry: Callable[[Transfer], object] = carry_now
"""Carries a transfer out, now or later. A fault layer puts its own function here."""

_outstanding: dict[tuple[str, str, str], set[str]] = {}
"""For each version that is not done, the destinations that do not have it yet."""


def outstanding() -> int:
    """Return the number of transfers that are not done."""
    return sum(len(destinations) for destinations in _outstanding.values())


def in_front_of(api: Api) -> Api:
    """Return the API whose writes are replicated."""

    def answered(request: S3Request) -> Answer:
        answer = api(request)
        if request.method not in ("GET", "HEAD") and answer[0] < 400 and replication_configurations.of(request.bucket):
            _follow(request, answer)
        return answer

    return answered


def _follow(request: S3Request, answer: Answer) -> None:
    """Send on what a request has written, if rules say so."""
    bucket, key, version = request.bucket, request.key, answer[1].get("x-amz-version-id")
    if request.writes_object and version:
        _send_object(bucket, key or s3.key_of(bucket, version), version)
    elif key and "tagging" in request.query:
        _copy_tags(bucket, key, version)
    elif request.method == "DELETE" and "x-amz-delete-marker" in answer[1] and not request.parameter("versionId"):
        _send_delete_markers(bucket, key, 1)
    elif request.deletes_many:
        for key, count in _markers_made(request, answer).items():
            _send_delete_markers(bucket, key, count)


def _send_object(bucket: str, key: str, version: str) -> None:
    entry = s3.version(bucket, key, version)
    if entry is None or entry.get("replication_status"):
        # The upload was completed before, and this is the same answer again.
        return
    rules = rules_for_object(active_rules(bucket), key, s3.tags_of(bucket, key, version))
    if key_access.has_key(entry):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
        rules = [rule for rule in rules if copies_objects_with_keys(rule)]
    transfers = [_transfer(bucket, key, version, rule) for rule in rules]
    for record in _records(transfers[0]) if transfers else ():
        record["replication_status"] = _PENDING
    _send(transfers)


def _send_delete_markers(bucket: str, key: str, count: int) -> None:
    """Send the delete markers that were made last, where the rules say so."""
    rules = rules_for_delete_marker(active_rules(bucket), key)
    for marker in s3.versions(bucket, key)[-count:] if rules else ():
        _send([_transfer(bucket, key, marker["version_id"], rule) for rule in rules])


def _markers_made(request: S3Request, answer: Answer) -> Counter[str]:
    """Return how many delete markers DeleteObjects has made by key: one for each object that names no version."""
    asked, refused = (
        Counter(text_of(item, "Key") for item in children(s3.parsed(body), name) if not text_of(item, "VersionId"))
        for body, name in ((request.body, "Object"), (answer[2], "Error"))
    )
    return asked - refused


def size_of(transfer: Transfer) -> int:
    """Return how many bytes a transfer carries; a delete marker, and what is deleted by now, has none."""
    entry = entry_of(transfer)
    return int(entry.get("size") or 0) if entry else 0


def _transfer(bucket: str, key: str, version: str, rule: Rule) -> Transfer:
    storage_class = rule["Destination"].get("StorageClass")
    return Transfer(bucket, key, version, destination_of(rule), storage_class, rule.get("ID", ""))


def _send(transfers: list[Transfer]) -> None:
    # All are noted before the first is carried: a version is COMPLETED only when every destination has it.
    for transfer in transfers:
        _outstanding.setdefault(_version_of(transfer), set()).add(transfer.destination)
    for transfer in transfers:
        carry(transfer)


def _deliver(transfer: Transfer) -> str | None:
    with in_account_of(transfer.destination):
        if not s3.is_here(transfer.destination):
            return "DstBucketNotFound"
        if not s3.is_versioned(transfer.destination):
            return "DstBucketUnversioned"
    entry = entry_of(transfer)
    # One that was deleted before its turn leaves nothing to replicate.
    return _deliver_entry(transfer, entry) if entry else None


def _deliver_entry(transfer: Transfer, entry: Record) -> str | None:
    configuration = replication_configurations.of(transfer.source)
    if configuration is None:
        return "AssumeRoleNotPermitted"
    tags = s3.tags_of(transfer.source, transfer.key, transfer.version)
    failure = _refusal(transfer, configuration.role, entry, tagged=bool(tags))
    replica = _replica_of(entry, transfer)
    if failure is None and key_access.has_key(entry):
        failure = _reencrypt(transfer, configuration.role, replica)
    if failure:
        return failure
    with in_account_of(transfer.destination):
        _insert(transfer, replica)
        if tags:
            s3.put_tags(transfer.destination, transfer.key, transfer.version, tags)
    return None


def _refusal(transfer: Transfer, role: str, entry: Record, *, tagged: bool) -> str | None:
    rule = rule_of(transfer)
    kind = {
        "tagged": tagged,
        "delete_marker": bool(entry.get("is_delete_marker")),
        "owner_override": bool(rule and rule["Destination"].get("AccessControlTranslation")),
    }
    return refusal(role, transfer.source, transfer.destination, transfer.key, **kind)


def _reencrypt(transfer: Transfer, role: str, replica: Record) -> str | None:
    """Put the rule's key in the place of the source's; return why the role may not use them, if so."""
    rule = rule_of(transfer)
    old = key_access.key_of(replica, transfer.source)
    if old is None or not key_access.role_may(role, "kms:Decrypt", old, transfer.source, transfer.key):
        return "SrcGetObjectNotPermitted"
    reference = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] if rule else ""
    new = key_access.find(reference, region="", account=s3.owner_of(transfer.destination))
    if new is None:
        return "DstKmsKeyNotFound"
    # Decrypting is for the S3 Bucket Key of the destination (S3 User Guide, bucket-key).
    needed = ("kms:Encrypt", "kms:Decrypt")
    if not all(key_access.role_may(role, each, new, transfer.destination, transfer.key) for each in needed):
        return "DstPutObjectNotPermitted"
    replica.update(key_access.with_key(replica, new))
    return None


def _replica_of(entry: Record, transfer: Transfer) -> Record:
    replica = copy.deepcopy(entry)
    if not entry.get("is_delete_marker"):
        replica["replication_status"] = _REPLICA
        replica["storage_class"] = transfer.storage_class or entry["storage_class"]
    return replica


def _insert(transfer: Transfer, replica: Record) -> None:
    """Put a replica among the versions of its key by its creation time, which it shares with its source."""

    def arranged(versions: list[Record]) -> list[Record]:
        others = [version for version in versions if version["version_id"] != transfer.version]
        return sorted([*others, replica], key=lambda version: str(version["last_modified"]))

    s3.put_versions(transfer.destination, transfer.key, arranged)


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


def _records(transfer: Transfer) -> list[Record]:
    """Return what holds the status of a transfer's source version: its entry and, if current, the object."""
    entry = entry_of(transfer)
    if entry is None or entry.get("is_delete_marker"):
        return []
    current = s3.current(transfer.source, transfer.key)
    return [entry, current] if current and current.get("version_id") == transfer.version else [entry]


def entry_of(transfer: Transfer) -> Record | None:
    """Return the record of the version that a transfer carries, if it is still there."""
    return s3.version(transfer.source, transfer.key, transfer.version)


def rule_of(transfer: Transfer) -> Rule | None:
    """Return the rule that a transfer is carried by, if it is still there."""
    return next((rule for rule in active_rules(transfer.source) if rule.get("ID") == transfer.rule), None)


def _version_of(transfer: Transfer) -> tuple[str, str, str]:
    return transfer.source, transfer.key, transfer.version


def _copy_tags(bucket: str, key: str, version: str | None) -> None:
    """Copy the tags of a version, which have changed, to every replica that it has."""
    entry = s3.version(bucket, key, version)
    if entry is None or entry.get("replication_status") not in (_COMPLETED, _REPLICA):
        return
    tags = s3.tags_of(bucket, key, version)
    for rule in rules_for_object(active_rules(bucket), key, tags):
        if entry["replication_status"] == _REPLICA and not _in_both_ways(rule, bucket):
            continue
        with in_account_of(destination_of(rule)):
            if s3.version(destination_of(rule), key, version) is not None:
                s3.put_tags(destination_of(rule), key, version, tags)


def _in_both_ways(rule: Rule, bucket: str) -> bool:
    """Tell whether changes of replicas go on by a rule: it and a rule of the other bucket back must both say so.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html`.
    """
    with in_account_of(destination_of(rule)):
        others = [other for other in active_rules(destination_of(rule)) if destination_of(other) == bucket]
    return syncs_replicas(rule) and any(syncs_replicas(other) for other in others)
