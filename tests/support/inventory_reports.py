"""S3 Inventory reports, as S3 writes them, of entries that are made up or of buckets as they are."""

import gzip
import hashlib
import io
import json
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pyarrow
from pyarrow import orc, parquet

from s3_failover.operations import listing

FIELDS = {
    "bucket": "Bucket",
    "key": "Key",
    "version_id": "VersionId",
    "is_latest": "IsLatest",
    "is_delete_marker": "IsDeleteMarker",
    "size": "Size",
    "last_modified_date": "LastModifiedDate",
    "e_tag": "ETag",
    "storage_class": "StorageClass",
}
PARQUET_TYPES = {"is_latest": "boolean", "is_delete_marker": "boolean", "size": "int64", "last_modified_date": "int64"}
COLUMNS = tuple(FIELDS)
CURRENT = ("bucket", "key", "size", "last_modified_date", "e_tag")


def rows(bucket, entries):
    """Return the lines of a report, each entry preceded by an older version of its key."""
    found = []
    for entry in entries:
        old = {"version_id": "old", "is_latest": False, "is_delete_marker": False, "size": 9, "e_tag": "0" * 32}
        new = {
            "version_id": "" if entry.version_id == "null" else entry.version_id,
            "is_latest": True,
            "is_delete_marker": entry.deleted,
            "size": None if entry.deleted else entry.size,
            "e_tag": None if entry.deleted else entry.etag.strip('"'),
        }
        stored = {"last_modified_date": entry.modified, "storage_class": entry.archive or "STANDARD"}
        common = {"bucket": bucket, "key": entry.key, **stored}
        found += [common | old, common | new]
    return found


def write(s3, reports, bucket, lines, *, form="CSV", columns=COLUMNS, created=None, files=2, prefix="inventory"):
    """Put a report into a bucket, its lines in no order and in several files; return where it is."""
    created = created or datetime.now(UTC)
    lines = lines[::-1]
    base = f"{prefix}/{bucket}/daily"
    listed = []
    for number in range(files):
        content = _content(lines[number::files], form, columns)
        key = f"{base}/data/{created:%H%M%S}-{number}.{form.lower()}"
        s3.put_object(Bucket=reports, Key=key, Body=content)
        listed.append({"key": key, "size": len(content), "MD5checksum": md5(content)})
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": f"arn:aws:s3:::{reports}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(created.timestamp() * 1000)),
        "fileFormat": form,
        "fileSchema": _schema(form, columns),
        "files": listed,
    }
    text = json.dumps(manifest).encode()
    place = f"{base}/{created:%Y-%m-%dT%H-%MZ}"
    s3.put_object(Bucket=reports, Key=f"{place}/manifest.json", Body=text)
    s3.put_object(Bucket=reports, Key=f"{place}/manifest.checksum", Body=md5(text).encode())
    return f"s3://{reports}/{prefix}/"


def of_bucket(s3, bucket, prefix):
    """Return the lines of a report of a bucket as it is."""
    return rows(bucket, [entry for page in listing.entries(s3, bucket, prefix=prefix) for entry in page])


def md5(content):
    return hashlib.md5(content).hexdigest()


def _content(lines, form, columns):
    if form == "CSV":
        return gzip.compress("".join(_csv_line(line, columns) for line in lines).encode())
    schema = pyarrow.schema([(column, _type(column)) for column in columns])
    table = pyarrow.Table.from_pylist([{column: line.get(column) for column in columns} for line in lines], schema)
    stream = io.BytesIO()
    (parquet if form == "Parquet" else orc).write_table(table, stream)
    return stream.getvalue()


def _csv_line(line, columns):
    def text(column):
        value = line.get(column)
        if value is None:
            return ""
        if column == "key":
            return quote_plus(value, safe="/")
        if column == "last_modified_date":
            return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return str(value).lower() if isinstance(value, bool) else str(value)

    return ",".join(f'"{text(column)}"' for column in columns) + "\n"


def _type(column):
    kinds = {
        "is_latest": pyarrow.bool_(),
        "is_delete_marker": pyarrow.bool_(),
        "size": pyarrow.int64(),
        "last_modified_date": pyarrow.timestamp("ms", tz="UTC"),
    }
    return kinds.get(column, pyarrow.string())


def _schema(form, columns):
    if form == "CSV":
        return ", ".join(FIELDS[column] for column in columns)
    if form == "ORC":
        return f"struct<{','.join(f'{column}:string' for column in columns)}>"
    fields = (f"optional {PARQUET_TYPES.get(column, 'binary')} {column}" for column in columns)
    return f"message s3.inventory {{  {';  '.join(fields)};}}"
