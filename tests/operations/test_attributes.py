"""What no listing shows; on deployed sites: tests/embedded/test_verify.py."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from s3_failover.operations.attributes import Attributes, Copy
from s3_failover.operations.listing import Entry
from s3_failover.operations.parity import Kind

SETTLED = datetime(2026, 11, 21, tzinfo=UTC)


def copy(**head):
    client = SimpleNamespace(head_object=lambda **_: head, get_object_tagging=lambda **_: {"TagSet": []})
    return Copy(client, "bucket")


def test_an_object_with_a_customers_key_does_not_end_the_comparison():
    def refuse(**_):
        raise ClientError({"Error": {"Code": "400", "Message": "Bad Request"}}, "HeadObject")

    attributes = Attributes(Copy(SimpleNamespace(head_object=refuse), "bucket"), copy())
    assert list(attributes.drifts([Entry("a", "v1", 1, "", SETTLED)])) == []


@pytest.mark.parametrize(
    ("head", "seconds", "expected"),
    [
        ({"CacheControl": "no-cache"}, -1, (Kind.METADATA, False)),
        ({"CacheControl": "no-cache"}, 1, (Kind.METADATA, True)),
        ({"ReplicationStatus": "FAILED"}, 1, (Kind.FAILED, False)),
    ],
)
def test_other_headers_may_be_on_their_way_and_a_failure_is_final(head, seconds, expected):
    attributes = Attributes(copy(**head), copy(), versions=False, settled=SETTLED)
    (drift,) = attributes.drifts([Entry("a", "null", 1, "", SETTLED + timedelta(seconds=seconds))])
    assert (drift.kind, drift.recent) == expected
