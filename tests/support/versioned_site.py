"""The copies of a site whose buckets keep versions, imitated: what is written to one is replicated to the others."""

# ruff: noqa: N803 - arguments as boto3 spells them

import hashlib
import io
import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from botocore.exceptions import ClientError

MORNING = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
"""When the first object is written."""


def refused(operation, code, status=400):
    told = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    raise ClientError(told, operation)


@dataclass(frozen=True)
class Version:
    """A version; without a body it is a delete marker."""

    id: str
    body: bytes | None
    at: datetime
    headers: dict = field(default_factory=dict)
    parts: tuple = ()

    @property
    def etag(self):
        if self.headers.get("ServerSideEncryption") == "aws:kms":
            return f'"{hashlib.md5(self.id.encode(), usedforsecurity=False).hexdigest()}"'
        sums = [hashlib.md5(part, usedforsecurity=False) for part in self.parts or [self.body]]
        if not self.parts:
            return f'"{sums[0].hexdigest()}"'
        together = hashlib.md5(b"".join(each.digest() for each in sums), usedforsecurity=False).hexdigest()
        return f'"{together}-{len(sums)}"'


class VersionedSite:
    """The copies by region, the first is the primary's; `arrives` is whether replication works."""

    def __init__(self, *regions):
        self.copies = {region: {} for region in regions}
        self.arrives, self.clock, self.ids = True, MORNING, itertools.count(1)
        self.versioning, self.rules, self.carries_keyed = "Enabled", True, True
        self.refuses, self.meddle = {}, None
        self.calls, self.invalidations, self.waiting = [], [], []

    # What people and pipelines do.

    def put(self, key, body, **headers):
        return self._write(next(iter(self.copies)), key, body, headers)

    def upload(self, key, *parts, **headers):
        return self._write(next(iter(self.copies)), key, b"".join(parts), headers, parts)

    def delete(self, *keys):
        for key in keys:
            self._write(next(iter(self.copies)), key, None, {})

    def expire(self, key, version):
        for copy in self.copies.values():
            copy[key] = [each for each in copy[key] if each.id != version]

    @contextmanager
    def later(self, **ago):
        """What is done in this block is done so much later."""
        self.clock += timedelta(**ago)
        yield
        self.clock += timedelta(minutes=1)

    def shown(self, region):
        """Return what viewers of a copy get, by key."""
        latest = {key: versions[0] for key, versions in self.copies[region].items() if versions}
        return {key: version.body for key, version in latest.items() if version.body is not None}

    def latest(self, key, region=None):
        return self.copies[region or next(iter(self.copies))][key][0]

    def connect(self):
        self.arrives = True
        for region, key, version in self.waiting:
            self.copies[region].setdefault(key, []).insert(0, version)
        self.waiting.clear()

    def _write(self, region, key, body, headers, parts=()):
        version = Version(f"v{next(self.ids)}", body, self.clock, dict(headers), tuple(parts))
        self.copies[region].setdefault(key, []).insert(0, version)
        for other in self.copies:
            if other != region:
                self.waiting.append((other, key, version))
        if self.arrives:
            self.connect()
        return version.id

    # What boto3 calls.

    def client(self, service, region):
        if service in {"cloudformation", "cloudfront"}:
            return self._control_plane()
        return SimpleNamespace(
            **{
                name.removeprefix("s3_"): self._guarded(name.removeprefix("s3_"), region, getattr(self, name))
                for name in dir(self)
                if name.startswith("s3_")
            },
            meta=SimpleNamespace(events=SimpleNamespace(register=lambda *_, **__: None)),
        )

    def _guarded(self, name, region, call):
        def guarded(*positional, **given):
            self.calls.append((name, given.get("Key")))
            refusal = self.refuses.get(name) or self.refuses.get((name, region)) or self.refuses.get(given.get("Key"))
            if refusal:
                refused(name, refusal, 503 if refusal == "ServiceUnavailable" else 403)
            return call(region, *positional, **given)

        return guarded

    def _control_plane(self):
        def guarded(name, call):
            return self._guarded(name, "us-east-1", lambda _region, **given: call(**given))

        outputs = [{"OutputKey": "DistributionId", "OutputValue": "E1"}]
        stacks = {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}
        done = {"Invalidation": {"Id": "I1", "Status": "Completed"}}

        def create(InvalidationBatch, **_):
            self.invalidations.append(InvalidationBatch["Paths"]["Items"])
            return done

        return SimpleNamespace(
            describe_stacks=guarded("describe_stacks", lambda **_: stacks),
            create_invalidation=guarded("create_invalidation", create),
            get_invalidation=guarded("get_invalidation", lambda **_: done),
        )

    def _found(self, operation, region, key, version=None):
        versions = self.copies[region].get(key, [])
        found = next((each for each in versions if each.id == version), None) if version else (versions or [None])[0]
        if found is None or found.body is None:
            refused(operation, "404" if operation == "HeadObject" else "NoSuchKey", 404)
        return found

    def s3_get_paginator(self, region, operation):
        assert operation == "list_object_versions"
        return SimpleNamespace(paginate=lambda **where: self._pages(region, **where))

    def _pages(self, region, Prefix="", **_):
        for key in sorted(self.copies[region]):
            if key.startswith(Prefix):
                # One entry a page: what belongs together lies apart.
                for number, each in enumerate(self.copies[region][key]):
                    yield self._page(key, each, is_latest=not number)

    def _page(self, key, version, *, is_latest):
        entry = {"Key": key, "VersionId": version.id, "LastModified": version.at, "IsLatest": is_latest}
        if version.body is None:
            return {"DeleteMarkers": [entry]}
        stored = version.headers.get("StorageClass", "STANDARD")
        told = {"Size": len(version.body), "ETag": version.etag, "StorageClass": stored}
        return {"Versions": [entry | told]}

    def s3_list_object_versions(self, region, **_):
        return {}

    def s3_get_bucket_versioning(self, region, **_):
        return {"Status": self.versioning} if self.versioning else {}

    def s3_get_bucket_replication(self, region, **_):
        kinds = ("primary-123456789012-eu-west-1", "replica-123456789012-eu-central-1")
        names = ["shop.example.com", *(f"shop-example-com-{kind}" for kind in kinds)] if self.rules else []
        keyed = {"SseKmsEncryptedObjects": {"Status": "Enabled"}} if self.carries_keyed else {}
        rules = [
            {"Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{name}"}, "SourceSelectionCriteria": keyed}
            for name in names
        ]
        return {"ReplicationConfiguration": {"Rules": rules}}

    def s3_head_object(self, region, Key, VersionId=None, PartNumber=None, **_):
        found = self._found("HeadObject", region, Key, VersionId)
        size = len(found.parts[PartNumber - 1] if PartNumber else found.body)
        told = {"ETag": found.etag, "ContentLength": size, "VersionId": found.id, "LastModified": found.at}
        return told | found.headers

    def s3_get_object(self, region, Key, VersionId=None, **_):
        found = self._found("GetObject", region, Key, VersionId)
        return {"Body": io.BytesIO(found.body), "VersionId": found.id} | found.headers

    def s3_get_object_tagging(self, region, Key, **_):
        return {"TagSet": []}

    def s3_copy_object(self, region, Bucket, Key, CopySource, IfMatch=None, IfNoneMatch=None, **given):
        assert (given.pop("MetadataDirective"), given.pop("TaggingDirective")) == ("REPLACE", "COPY")
        source = self._found("CopyObject", region, Key, CopySource["VersionId"])
        self._require("CopyObject", region, Key, IfMatch, IfNoneMatch)
        return {"VersionId": self._write(region, Key, source.body, given)}

    def _require(self, operation, region, key, etag, none):
        if self.meddle:
            self.meddle(key)
        now = (self.copies[region].get(key) or [None])[0]
        exists = now is not None and now.body is not None
        if (none and exists) or (etag and (not exists or now.etag != etag)):
            refused(operation, "PreconditionFailed", 412)

    def s3_create_multipart_upload(self, region, Bucket, Key, **given):
        return {"UploadId": repr(given)}

    def s3_upload_part_copy(self, region, Key, CopySource, CopySourceRange, **_):
        begin, end = map(int, CopySourceRange.removeprefix("bytes=").split("-"))
        part = self._found("UploadPartCopy", region, Key, CopySource["VersionId"]).body[begin : end + 1]
        return {"CopyPartResult": {"ETag": repr(part)}}

    def s3_complete_multipart_upload(self, region, Key, MultipartUpload, IfMatch=None, IfNoneMatch=None, **_):
        self._require("CompleteMultipartUpload", region, Key, IfMatch, IfNoneMatch)
        parts = [eval(each["ETag"]) for each in MultipartUpload["Parts"]]
        return {"VersionId": self._write(region, Key, b"".join(parts), {}, parts)}

    def s3_abort_multipart_upload(self, region, **_):
        return {}

    def s3_delete_objects(self, region, Delete, **_):
        for each in Delete["Objects"]:
            self._write(region, each["Key"], None, {})
        return {}


def dated(site, key, **changes):
    """Change the latest version of a key on every copy, as to give it another time."""
    for copy in site.copies.values():
        copy[key][0] = replace(copy[key][0], **changes)
