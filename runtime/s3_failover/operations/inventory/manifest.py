"""Manifests of S3 Inventory reports: the newest one of a bucket, checked.

Where they are and what they say: S3 User Guide, storage-inventory-location.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s3_failover.errors import UserError
from s3_failover.operations.refusals import explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORMATS = ("CSV", "Parquet", "ORC")

_MANIFEST = re.compile(r"(?P<configuration>.+)/(?P<begun>\d{4}-\d\d-\d\dT\d\d-\d\dZ)/manifest\.(json|checksum)")

_FIELDS = {
    "Key": "key",
    "VersionId": "version_id",
    "IsLatest": "is_latest",
    "IsDeleteMarker": "is_delete_marker",
    "Size": "size",
    "LastModifiedDate": "last_modified_date",
    "ETag": "e_tag",
    "StorageClass": "storage_class",
}
"""The columns that are read: as a CSV report names them, and as the others do."""

_ALWAYS = ("key", "size", "last_modified_date", "e_tag")
_OF_VERSIONS = ("version_id", "is_latest", "is_delete_marker")

_REMEDY = {
    "size": "the optional field Size",
    "last_modified_date": "the optional field LastModifiedDate",
    "e_tag": "the optional field ETag",
    **dict.fromkeys(_OF_VERSIONS, "all versions (IncludedObjectVersions: All)"),
}


@dataclass(frozen=True)
class DataFile:
    """One file of a report."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True)
class Manifest:
    """What a report says about itself."""

    key: str
    source: str
    """The bucket that the report is about."""
    created: datetime
    """When S3 began to look at that bucket."""
    format: str
    """One of `FORMATS`."""
    columns: tuple[str, ...]
    """All columns in their order, by the names in Parquet and ORC files where one is known."""
    files: tuple[DataFile, ...]


def newest(client: S3Client, location: str, *, source: str, versions: bool) -> tuple[str, Manifest]:
    """Return the bucket of the reports, and the manifest of the newest complete one about a bucket.

    The location is `s3://BUCKET/PREFIX`, where the prefix may be as long as one wants, and the client in that region.
    `source` is the bucket that the report must be about; `versions` is whether it must have the columns about versions.

    Raises:
        UserError: there is no such report, it is damaged, or lacks a column.
    """
    bucket, prefix = _split(location)
    key = _newest_key(client, bucket, prefix, location, source)
    with explained(f"read s3://{bucket}/{key}"):
        text = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        expected = client.get_object(Bucket=bucket, Key=key.removesuffix("json") + "checksum")["Body"].read()
    _check_digest(text, expected.decode("ascii", "replace").strip(), f"s3://{bucket}/{key}")
    manifest = _parsed(text, key, f"s3://{bucket}/{key}")
    _check_use(manifest, source, f"s3://{bucket}/{key}", versions=versions)
    return bucket, manifest


def _split(location: str) -> tuple[str, str]:
    found = re.fullmatch(r"s3://([^/]+)(?:/(.*))?", location)
    if not found:
        raise UserError(f"--inventory has {location!r}, expected REGION=s3://BUCKET/PREFIX of the inventory reports")
    return found[1], found[2] or ""


def _newest_key(client: S3Client, bucket: str, prefix: str, location: str, source: str) -> str:
    found: dict[str, dict[str, set[str]]] = {}
    with explained(f"look for inventory reports in {location}"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for each in page.get("Contents", ()):
                match = _MANIFEST.fullmatch(each["Key"])
                if match and match["configuration"].split("/")[-2:-1] == [source]:
                    reports = found.setdefault(match["configuration"], {})
                    reports.setdefault(match["begun"], set()).add(match[3])
    if len(found) > 1:
        raise UserError(f"{location} has reports of {len(found)} configurations, expected one of {', '.join(found)}")
    for configuration, reports in found.items():
        complete = [begun for begun, parts in reports.items() if parts == {"json", "checksum"}]
        if complete:
            return f"{configuration}/{max(complete)}/manifest.json"
    raise UserError(
        f"{location} has no complete inventory report of {source}, expected .../{source}/CONFIGURATION/DATE/"
        "manifest.json and manifest.checksum: the first report takes up to 48 hours"
    )


def _check_digest(content: bytes, expected: str, name: str) -> None:
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise UserError(f"{name} is damaged: its MD5 is {found}, expected {expected}: use another report")


def _parsed(text: bytes, key: str, name: str) -> Manifest:
    try:
        told: Any = json.loads(text)
        return Manifest(
            key=key,
            source=told["sourceBucket"],
            created=datetime.fromtimestamp(int(told["creationTimestamp"]) / 1000, UTC),
            format=told["fileFormat"],
            columns=_columns(told["fileSchema"], told["fileFormat"]),
            files=tuple(DataFile(each["key"], int(each["size"]), each["MD5checksum"]) for each in told["files"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{name} is no manifest of an inventory report: {error!r}") from error


def _columns(schema: str, file_format: str) -> tuple[str, ...]:
    """Return the columns of `Key, Size`, of `message s3.inventory { required binary key; }` or `struct<key:string>`."""
    if file_format == "CSV":
        return tuple(_FIELDS.get(name.strip(), name.strip()) for name in schema.split(","))
    if file_format == "ORC":
        return tuple(re.findall(r"(\w+):", schema))
    return tuple(re.findall(r"(?:required|optional)\s+\w+\s+(\w+)", schema))


def _check_use(manifest: Manifest, source: str, name: str, *, versions: bool) -> None:
    if manifest.source != source:
        raise UserError(f"{name} is about {manifest.source}, expected {source}")
    if manifest.format not in FORMATS:
        raise UserError(f"{name} is in {manifest.format}, expected {', '.join(FORMATS)}")
    needed = (*_ALWAYS, *(_OF_VERSIONS if versions else ()))
    missing = [column for column in needed if column not in manifest.columns]
    if missing:
        remedies = ", ".join(dict.fromkeys(_REMEDY[column] for column in missing if column in _REMEDY))
        raise UserError(
            f"{name} has the columns {', '.join(manifest.columns)}, expected {', '.join(missing)} too: add {remedies} "
            "to the inventory configuration and wait for the next report"
        )
