"""Copies in place: what an object is given again, and what becomes of one that cannot be copied."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import boto3
import pytest
from botocore.exceptions import ClientError
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations import copying
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import direct
from s3_failover.operations.backfill.direct import InPlace
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.copying import CopyOutcome

HEAD = {"VersionId": "v1", "ETag": '"e"', "ContentLength": 3, "LastModified": "then", "AcceptRanges": "bytes"}
TB = 1000**4
MODEL = boto3.client("s3", region_name="eu-west-1").meta.service_model


class Client:
    """Answers HeadObject, and refuses or takes CopyObject."""

    def __init__(self, *, refuses=None, **head):
        self._head, self._refuses, self.requests = HEAD | head, refuses, []

    def head_object(self, **where):
        return self._head

    def copy_object(self, **request):
        self.requests.append(request)
        if self._refuses:
            raise ClientError({"Error": {"Code": self._refuses, "Message": "no"}}, "CopyObject")
        return {"VersionId": "v2"}


def run(client):
    (done,) = InPlace(client, "primary").run([WorkItem("a", "v1", 3)])
    return done


def test_a_copy_is_of_that_version_and_onto_that_content_alone():
    client = Client(ContentType="text/css", Metadata={"n": "1"}, Expires="later")
    assert run(client) == ("a", CopyOutcome.COPIED, "v2", 3)
    assert client.requests == [
        {
            "Bucket": "primary",
            "Key": "a",
            "CopySource": {"Bucket": "primary", "Key": "a", "VersionId": "v1"},
            "MetadataDirective": "REPLACE",
            "TaggingDirective": "COPY",
            "IfMatch": '"e"',
            "ContentType": "text/css",
            "Metadata": {"n": "1"},
            "Expires": "later",
        }
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ({"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
        (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "BucketKeyEnabled": True},
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "BucketKeyEnabled": True},
        ),
        ({"ChecksumSHA256": "x", "ChecksumType": "FULL_OBJECT"}, {"ChecksumAlgorithm": "SHA256"}),
        ({"StorageClass": "STANDARD_IA"}, {"StorageClass": "STANDARD_IA"}),
        ({"ObjectLockLegalHoldStatus": "ON"}, {"ObjectLockLegalHoldStatus": "ON"}),
    ],
)
def test_encryption_checksum_storage_class_and_locks_are_given_again(head, expected):
    client = Client(**head)
    run(client)
    assert expected.items() <= client.requests[0].items()


@pytest.mark.parametrize("algorithm", MODEL.shape_for("ChecksumAlgorithm").enum)
def test_a_copy_keeps_the_kind_of_checksum_whichever_s3_has(algorithm):
    client = Client(**{f"Checksum{algorithm}": "x"})
    run(client)
    assert client.requests[0]["ChecksumAlgorithm"] == algorithm


@pytest.mark.parametrize(("days", "kept"), [(1, True), (-1, False)])
def test_a_retention_that_is_over_is_not_given_again(days, kept):
    until = datetime.now(UTC) + timedelta(days=days)
    client = Client(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    run(client)
    assert ("ObjectLockMode" in client.requests[0], "ObjectLockRetainUntilDate" in client.requests[0]) == (kept, kept)


def test_what_no_rule_would_carry_gets_no_new_version():
    client = Client(ServerSideEncryption="aws:kms")
    (done,) = InPlace(client, "primary", keyed=False).run([WorkItem("a", "v1", 3)])
    assert (done.outcome, client.requests) == (CopyOutcome.UNRULED, [])


class Site(Client):
    """A primary with these rules, whose new versions have this replication status."""

    def __init__(self, *, rules, status=None, **head):
        super().__init__(**head)
        self._rules, self._status, self.read = rules, status, 0

    def get_bucket_replication(self, **where):
        self.read += 1
        return {"ReplicationConfiguration": {"Rules": self._rules}}

    def head_object(self, **where):
        return self._head | ({"ReplicationStatus": self._status} if self._status and "VersionId" in where else {})


RULE = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::shop.example.com"}}
KEYED = RULE | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}}


def replicated(client):
    account, items = Account("123456789012", lambda service, region: client), WorkItems()
    items.add(WorkItem("a", "v1", 3))
    return direct.replicate(site(), account, items, regions=["eu-central-1"], seconds=3600, say=lambda line: None)


def test_what_is_encrypted_with_a_key_and_no_rule_carries_is_told_at_once_and_left():
    client = Site(rules=[RULE], ServerSideEncryption="aws:kms")
    (failure,) = replicated(client).failed
    assert (failure.count, failure.example, client.requests) == (1, "a", [])
    assert "encrypted with a KMS key, which no replication rule carries" in failure.reason


@pytest.mark.parametrize(
    ("status", "reason"), [(None, "no replication rule selects it"), ("FAILED", "replication FAILED")]
)
def test_a_new_version_that_will_never_arrive_is_not_waited_for(status, reason):
    client = Site(rules=[KEYED], status=status, ServerSideEncryption="aws:kms")
    found = replicated(client)
    assert (found.succeeded, [each.count for each in found.failed]) == (0, [1])
    assert found.failed[0].reason.startswith(reason)


def test_what_is_encrypted_with_a_key_is_copied_where_a_rule_carries_it():
    found = replicated(Site(rules=[RULE, KEYED], status="COMPLETED", ServerSideEncryption="aws:kms"))
    assert (found.succeeded, found.failed) == (1, [])


def test_the_rules_are_read_once_and_a_disabled_one_carries_nothing():
    client = Site(rules=[RULE, KEYED | {"Status": "Disabled"}], status="COMPLETED")
    assert (replicated(client).succeeded, client.read) == (1, 1)
    keyed = Site(rules=[RULE, KEYED | {"Status": "Disabled"}], ServerSideEncryption="aws:kms")
    assert "encrypted with a KMS key" in replicated(keyed).failed[0].reason
    disabled = Site(rules=[RULE | {"Status": "Disabled"}])
    with pytest.raises(UserError, match=r"has no enabled replication rule to shop\.example\.com: nothing would"):
        replicated(disabled)
    assert disabled.requests == []


def test_another_version_is_not_touched():
    client = Client(VersionId="v9")
    assert (run(client).outcome, client.requests) == (CopyOutcome.CHANGED, [])


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ("PreconditionFailed", CopyOutcome.CHANGED),
        ("ConditionalRequestConflict", CopyOutcome.CHANGED),
        ("NoSuchVersion", CopyOutcome.CHANGED),
        ("InvalidObjectState", CopyOutcome.ARCHIVED),
    ],
)
def test_what_is_the_objects_own_fault_ends_nothing(refusal, outcome):
    assert run(Client(refuses=refusal)).outcome is outcome


class Headless(Client):
    """Answers 400 to HEAD, and says why to GET."""

    def head_object(self, **where):
        raise ClientError({"Error": {"Code": "400", "Message": "Bad Request"}}, "HeadObject")

    def get_object(self, **where):
        raise ClientError({"Error": {"Code": self._refuses, "Message": "no"}}, "GetObject")


def test_an_object_with_a_customers_key_is_left_and_expired_credentials_end_it():
    assert run(Headless(refuses="InvalidRequest")).outcome is CopyOutcome.ARCHIVED
    with pytest.raises(UserError, match="the credentials have expired"):
        run(Headless(refuses="ExpiredToken"))


def test_what_concerns_all_objects_ends_it_and_says_why():
    with pytest.raises(UserError, match=r"cannot copy a onto itself in primary: access is denied .*s3:PutObject"):
        run(Client(refuses="AccessDenied"))


class LargeClient(Client):
    """Takes a copy in parts."""

    def create_multipart_upload(self, **request):
        self.requests.append(request)
        return {"UploadId": "u"}

    def get_object_tagging(self, **where):
        return {"TagSet": [{"Key": "a b", "Value": "c&d"}]}

    def upload_part_copy(self, **request):
        return {"CopyPartResult": {"ETag": '"p"'}}

    def complete_multipart_upload(self, **request):
        self.requests.append(request)
        return {"VersionId": "v2"}


@pytest.mark.parametrize(
    ("algorithm", "expected"), [("CRC32", "FULL_OBJECT"), ("SHA256", None), ("CRC64NVME", None), (None, None)]
)
def test_in_parts_a_checksum_is_of_a_kind_that_s3_makes_of_parts(algorithm, expected):
    sums = {f"Checksum{algorithm}": "x", "ChecksumType": "FULL_OBJECT"} if algorithm else {}
    client = LargeClient(ContentLength=copying.LARGEST + 1, **sums)
    assert run(client).outcome is CopyOutcome.COPIED
    made, completed = client.requests
    assert [made.get("ChecksumAlgorithm"), made.get("ChecksumType")] == [algorithm, expected]
    assert completed.get("ChecksumType") == expected
    assert (made["Tagging"], completed["IfMatch"]) == ("a+b=c%26d", '"e"')


@pytest.mark.parametrize("size", [copying.LARGEST + 1, 5 * TB, 50 * TB])
def test_parts_cover_an_object_and_are_no_more_than_s3_allows(size):
    parts = list(copying.ranges(size))
    assert [number for number, _, _ in parts] == list(range(1, len(parts) + 1))
    assert (parts[0][1], parts[-1][2]) == (0, size - 1)
    assert all(before[2] + 1 == after[1] for before, after in pairwise(parts))
    assert len(parts) <= 10_000
    assert max(end - begin + 1 for _, begin, end in parts) <= 5 * 1024**3
