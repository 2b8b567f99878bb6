"""What no listing shows; on deployed sites: tests/embedded/test_verify.py."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError

from s3_failover.cli import verify as cli
from s3_failover.errors import UserError
from s3_failover.operations import verify
from s3_failover.operations.attributes import Attributes, Copy
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.parity import DriftKind, Tally
from s3_failover.operations.verify import Parity

MODEL = boto3.client("s3", region_name="eu-west-1").meta.service_model
SETTLED = datetime(2026, 11, 21, tzinfo=UTC)
TIERED = {"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}


def copy(**head):
    client = SimpleNamespace(head_object=lambda **_: head, get_object_tagging=lambda **_: {"TagSet": []})
    return Copy(client, "bucket")


def refusing(code):
    """Return a bucket that answers 400 to HEAD, and says why to GET."""

    def refuse(operation, code):
        raise ClientError({"Error": {"Code": code, "Message": "Bad Request"}}, operation)

    client = SimpleNamespace(
        head_object=lambda **_: refuse("HeadObject", "400"), get_object=lambda **_: refuse("GetObject", code)
    )
    return Copy(client, "bucket")


def test_an_object_with_a_customers_key_does_not_end_the_comparison():
    attributes, entry = Attributes(refusing("InvalidRequest"), copy()), ListedObject("a", "v1", 1, "", SETTLED)
    assert list(attributes.drifts([entry])) == [entry]


def test_objects_that_could_not_be_looked_at_are_counted_apart():
    entry, tally = ListedObject("a", "v1", 1, "", SETTLED), Tally(compared=2, same=2)
    for source in (refusing("InvalidRequest"), copy()):
        assert list(verify._closer(Attributes(source, copy()), [entry], tally)) == []
    assert (tally.looked_at, tally.unseen, tally.same) == (1, 1, 2)
    parity = Parity(region="eu-central-1", bucket="bucket", held=True, shown=(), **vars(tally))
    assert any(line.startswith("          1  compared by the listings alone: ") for line in cli._lines(parity))
    assert parity.model_dump(by_alias=True)["not_looked_at"] == 1


def test_objects_are_not_the_same_because_the_credentials_have_expired():
    attributes = Attributes(copy(), refusing("ExpiredToken"))
    with pytest.raises(UserError, match="the credentials have expired"):
        list(attributes.drifts([ListedObject("a", "v1", 1, "", SETTLED)]))


@pytest.mark.parametrize(
    ("head", "seconds", "expected"),
    [
        ({"CacheControl": "no-cache"}, -1, (DriftKind.METADATA, False)),
        ({"CacheControl": "no-cache"}, 1, (DriftKind.METADATA, True)),
        ({"ExpiresString": "never"}, -1, (DriftKind.METADATA, False)),
        ({"ReplicationStatus": "FAILED"}, 1, (DriftKind.FAILED, False)),
        (TIERED, 1, (DriftKind.SOURCE_ARCHIVED, False)),
        (TIERED | {"CacheControl": "no-cache"}, -1, (DriftKind.METADATA, False)),
    ],
)
def test_other_headers_may_be_on_their_way_and_a_failure_is_final(head, seconds, expected):
    attributes = Attributes(copy(**head), copy(), versions=False, settled=SETTLED)
    (drift,) = attributes.drifts([ListedObject("a", "null", 1, "", SETTLED + timedelta(seconds=seconds))])
    assert (drift.kind, drift.recent) == expected


@pytest.mark.parametrize("algorithm", MODEL.shape_for("ChecksumAlgorithm").enum)
def test_checksums_differ_whichever_algorithm_s3_has(algorithm):
    name = f"Checksum{algorithm}"
    assert name in MODEL.operation_model("HeadObject").output_shape.members
    attributes = Attributes(copy(**{name: "a"}), copy(**{name: "b"}))
    (drift,) = attributes.drifts([ListedObject("a", "v1", 1, "", SETTLED)])
    assert (drift.kind, drift.detail) == (DriftKind.METADATA, f"{name} 'a', replica 'b'")


@pytest.mark.parametrize(("ours", "kinds"), [({}, [DriftKind.ARCHIVED]), (TIERED, [DriftKind.SOURCE_ARCHIVED])])
def test_a_replica_is_archived_only_where_the_source_is_not(ours, kinds):
    attributes = Attributes(copy(**ours), copy(**TIERED))
    assert [drift.kind for drift in attributes.drifts([ListedObject("a", "v1", 1, "", SETTLED)])] == kinds


def test_what_was_noted_when_it_was_listed_is_not_noted_again():
    attributes = Attributes(copy(StorageClass="GLACIER"), copy())
    assert list(attributes.drifts([ListedObject("a", "v1", 1, "", SETTLED, "GLACIER")])) == []
