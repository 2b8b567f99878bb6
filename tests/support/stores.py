"""An S3 of a dictionary: the few calls that tests without an embedded AWS make."""

# ruff: noqa: N803 - arguments as boto3 spells them

import hashlib
import io
from pathlib import Path

from botocore.exceptions import ClientError


class Store:
    """Objects of any bucket, by bucket and key."""

    class exceptions:  # noqa: N801
        class NoSuchKey(ClientError):  # noqa: N818
            pass

    def __init__(self):
        self.objects = {}

    def put_object(self, Bucket, Key, Body):
        self.objects[Bucket, Key] = Body

    def get_object(self, Bucket, Key):
        try:
            return {"Body": io.BytesIO(self.objects[Bucket, Key])}
        except KeyError:
            raise self.exceptions.NoSuchKey({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject") from None

    def download_file(self, bucket, key, path):
        Path(path).write_bytes(self.get_object(bucket, key)["Body"].read())

    def upload_file(self, path, bucket, key, ExtraArgs):
        self.put_object(bucket, key, Path(path).read_bytes())

    def head_object(self, Bucket, Key):
        return {"ETag": f'"{hashlib.md5(self.objects[Bucket, Key]).hexdigest()}"'}

    def get_paginator(self, operation):
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket, Prefix):
        yield {
            "Contents": [
                {"Key": key} for bucket, key in sorted(self.objects) if bucket == Bucket and key.startswith(Prefix)
            ]
        }
