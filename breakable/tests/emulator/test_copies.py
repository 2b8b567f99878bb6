"""CopyObject from an object that is older than its bucket's versioning, and keeps the version id `null`."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded


@pytest.fixture
def bucket(embedded, unique):
    """A bucket that got versioning when it had an object."""
    s3, name = embedded.client("s3"), unique("old")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a b.txt", Body=b"old")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def copy(s3, bucket):
    """Copy the null version of the object onto itself; return the new version's id."""
    source = {"Bucket": bucket, "Key": "a b.txt", "VersionId": "null"}
    return s3.copy_object(Bucket=bucket, Key="a b.txt", CopySource=source)["VersionId"]


def test_the_null_version_is_copied_while_it_is_current_and_afterwards(embedded, bucket):
    s3 = embedded.client("s3")
    first = copy(s3, bucket)
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"new")
    second = copy(s3, bucket)
    bodies = [s3.get_object(Bucket=bucket, Key="a b.txt", VersionId=each)["Body"].read() for each in (first, second)]
    assert bodies == [b"old", b"old"]


def test_an_object_of_a_versioned_bucket_has_no_null_version(embedded, bucket):
    s3 = embedded.client("s3")
    s3.put_object(Bucket=bucket, Key="new.txt", Body=b"new")
    source = {"Bucket": bucket, "Key": "new.txt", "VersionId": "null"}
    with pytest.raises(ClientError, match="NoSuchVersion"):
        s3.copy_object(Bucket=bucket, Key="new.txt", CopySource=source)
