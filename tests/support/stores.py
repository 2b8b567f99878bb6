"""An S3 of a dictionary: the few calls that tests without an embedded AWS make."""

# ruff: noqa: N803 - arguments as boto3 spells them

import io
from pathlib import Path

from botocore.exceptions import ClientError


class Store:
    """Objects of any bucket, by bucket and key."""

    def __init__(self):
        self.objects = {}

    def put_object(self, Bucket, Key, Body):
        self.objects[Bucket, Key] = Body

    def get_object(self, Bucket, Key):
        try:
            return {"Body": io.BytesIO(self.objects[Bucket, Key])}
        except KeyError:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": f"no {Key}"}}, "GetObject") from None

    def download_file(self, bucket, key, path):
        Path(path).write_bytes(self.get_object(bucket, key)["Body"].read())

    def get_paginator(self, operation):
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket, Prefix):
        yield {
            "Contents": [
                {"Key": key} for bucket, key in sorted(self.objects) if bucket == Bucket and key.startswith(Prefix)
            ]
        }
