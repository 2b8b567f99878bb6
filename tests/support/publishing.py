"""Buckets and legs that a publication sees, imitated."""

# ruff: noqa: N803 - arguments as boto3 spells them

import hashlib
from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

from botocore.exceptions import ClientError

from s3_failover.operations import legs

WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
X = f'"{hashlib.md5(b"x", usedforsecurity=False).hexdigest()}"'
MD5, OTHER_MD5, PARTS = f'"{"a" * 32}"', f'"{"b" * 32}"', f'"{"c" * 32}-2"'


class Bucket:
    """A versioned bucket that gives what is written to another, unless that is cut off, and a CDN in front of them.

    `region` is that of the bucket that is written.
    """

    def __init__(self, region="eu-west-1"):
        self.region = region
        self.held, self.replica, self.connected, self.dropped = {}, {}, True, []
        self.pending, self.refuses = set(), False
        self.stored, self.unreadable = {}, False
        self.away, self.hangs, self.denied = set(), None, set()
        self.clock = WRITTEN

    def client(self, service, region):
        client = MagicMock()
        held = self.held if region == self.region else self.replica
        client.get_paginator().paginate = lambda **_: self.pages(held)
        client.put_object = lambda Key, **_: {"VersionId": self.write(Key, f"{Key}-1")}
        client.delete_objects = lambda Delete, **_: [self.write(each["Key"], None) for each in Delete["Objects"]] and {}
        client.head_object = lambda Key, **where: self.head(Key, held)
        client.list_invalidations.return_value = {
            "InvalidationList": {"Items": [{"Id": str(i), "CreateTime": at} for i, at in enumerate(self.dropped)]}
        }
        client.get_invalidation = lambda Id, **_: {
            "Invalidation": {
                "Status": "Completed",
                "CreateTime": self.dropped[int(Id)],
                "InvalidationBatch": {"CallerReference": "s3-failover-publish-1"},
            }
        }
        client.create_invalidation = self.drop
        client.get_object = lambda **_: refused("GetObject", "InvalidRequest", 400)
        client.describe_stacks.return_value = {
            "Stacks": [
                {
                    "StackStatus": "CREATE_COMPLETE",
                    "Outputs": [{"OutputKey": "DistributionId", "OutputValue": "E1"}],
                }
            ]
        }
        for name in ("describe_stacks", "list_invalidations", "get_invalidation", "create_invalidation"):
            setattr(client, name, self.guarded(name, getattr(client, name)))
        return client

    def guarded(self, name, call):
        def guard(**arguments):
            if self.hangs:
                self.hangs.wait()
            if name in self.denied:
                refused(name, "AccessDenied", 403)
            if name in self.away:
                refused(name, "ServiceUnavailable", 503)
            return call(**arguments)

        return guard

    def pages(self, held):
        if self.refuses and held is self.replica:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectVersions")
        versions = [
            {"Key": key, "VersionId": version, "Size": 1, "ETag": X, "LastModified": at, "IsLatest": True}
            for key, (version, at) in sorted(held.items())
            if version
        ]
        markers = [
            {"Key": key, "VersionId": "marker", "LastModified": at, "IsLatest": True}
            for key, (version, at) in sorted(held.items())
            if not version
        ]
        return [{"Versions": versions, "DeleteMarkers": markers}]

    def write(self, key, version):
        self.clock += timedelta(minutes=1)
        self.held[key] = (version, self.clock)
        if self.connected:
            self.replica[key] = self.held[key]
        else:
            self.pending.add(key)
        return version

    def connect(self):
        self.connected = True
        self.replica.update(self.held)
        self.pending.clear()

    def drop(self, **_):
        self.clock += timedelta(minutes=1)
        self.dropped.append(self.clock)
        return {"Invalidation": {"Id": str(len(self.dropped) - 1)}}

    def head(self, key, held):
        version, at = held.get(key, (None, None))
        if version is None:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        status = "REPLICA" if held is self.replica else "PENDING" if key in self.pending else "COMPLETED"
        if self.unreadable and held is self.held:
            refused("HeadObject", "400", 400)
        told = {"ContentType": "text/plain; charset=utf-8", "VersionId": version, "LastModified": at}
        return told | {"ReplicationStatus": status} | self.stored


def refused(operation, code, status):
    told = {"Error": {"Code": code, "Message": "temporarily unavailable"}}
    raise ClientError(told | {"ResponseMetadata": {"HTTPStatusCode": status}}, operation)


class Leg:
    name, address, port, tls = "secondary", "secondary.example.com", 80, None

    def __init__(self, read):
        self._read = read

    def get(self, key):
        self._read.append(key)
        return legs.LegAnswer(200, b"x", {}, 0)
