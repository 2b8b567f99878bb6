"""Parity of a deployed site: every way in which a replica can differ is found, and nothing else."""

import csv
import io
from datetime import UTC, datetime, timedelta

import inventory_reports
import pytest

from breakable_aws import faults
from s3_failover.config import StackRole
from s3_failover.errors import UserError
from s3_failover.operations.inventory.report import InventoryReport
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.verify import SHOWN, Scope, verify

pytestmark = pytest.mark.embedded

REGION = "us-west-2"
AT_ONCE = timedelta(0)


@pytest.fixture
def prefix(dns, request):
    """A prefix of this test's own, swept out of every bucket afterwards."""
    mine = f"verify/{request.node.name}/"
    yield mine
    for region, bucket in dns.copies.items():
        client = dns.aws.client("s3", region)
        listed = client.list_object_versions(Bucket=bucket, Prefix=mine)
        for each in [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]:
            client.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


@pytest.fixture
def compare(dns, account, prefix):
    def run(**options):
        (parity,) = verify(
            dns.site, account, Scope(regions=(REGION,), prefix=prefix, **{"settle": AT_ONCE} | options)
        ).replicas
        return parity

    return run


@pytest.fixture
def replica(dns):
    """Changes the replica behind the primary's back."""
    return dns.aws.client("s3", REGION), dns.replicas[REGION]


def test_every_replica_holds_what_was_published(dns, account, prefix):
    for key in ("a b/grüße & π+~(1).txt", "empty", "𐀀", "\uffee"):
        dns.put(prefix + key, b"" if key == "empty" else key.encode(), Metadata={"n": "1"}, Tagging="team=web")
    found = verify(dns.site, account, Scope(prefix=prefix, settle=AT_ONCE)).replicas
    assert [parity.region for parity in found] == list(dns.site.replica_regions)
    assert all(parity.held for parity in found)
    assert {(parity.compared, parity.looked_at) for parity in found} == {(4, 4)}


def missing(client, where):
    version = client.head_object(**where)["VersionId"]
    client.delete_object(**where, VersionId=version)


DAMAGE = {
    DriftKind.MISSING: missing,
    DriftKind.UNDELETED: lambda client, where: client.delete_object(**where),
    DriftKind.CONTENT: lambda client, where: client.put_object(**where, Body=b"wrong"),
    DriftKind.SIZE: lambda client, where: client.put_object(**where, Body=b"longer than it was"),
    DriftKind.VERSION: lambda client, where: client.put_object(**where, Body=b"right"),
    DriftKind.METADATA: lambda client, where: client.put_object_tagging(
        **where, Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]}
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_replica_that_was_changed_behind_our_back_is_found_out(dns, compare, replica, prefix, kind):
    dns.put(f"{prefix}sound", b"right")
    dns.put(f"{prefix}damaged", b"right")
    client, bucket = replica
    DAMAGE[kind](client, {"Bucket": bucket, "Key": f"{prefix}damaged"})
    parity = compare()
    assert [(drift.key, drift.kind) for drift in parity.shown] == [(f"{prefix}damaged", kind)]
    assert (parity.compared, parity.same) == (2, 1)
    assert not parity.held


def test_what_only_the_replica_has_is_found_out(compare, replica, prefix):
    client, bucket = replica
    client.put_object(Bucket=bucket, Key=f"{prefix}stray", Body=b"x")
    assert [drift.kind for drift in compare().shown] == [DriftKind.EXTRA]


def test_a_delete_that_was_replicated_is_parity(dns, compare, prefix):
    dns.put(f"{prefix}gone", b"x")
    dns.s3.delete_object(Bucket=dns.primary, Key=f"{prefix}gone")
    parity = compare()
    assert (parity.held, parity.compared) == (True, 0)


def test_what_is_young_and_not_copied_yet_is_on_its_way(dns, compare, prefix):
    paused = faults.break_(dns.aws.emulator, "replication-pause")
    try:
        dns.s3.put_object(Bucket=dns.primary, Key=f"{prefix}new", Body=b"x")
        young, old = compare(settle=timedelta(hours=1)), compare()
    finally:
        faults.heal(dns.aws.emulator, paused.id)
    assert (young.held, young.recent) == (True, 1)
    assert old.drift == {DriftKind.MISSING: 1}


@pytest.mark.parametrize("kind", [DriftKind.MISSING, DriftKind.UNDELETED, DriftKind.SIZE, DriftKind.CONTENT])
def test_what_is_young_and_was_lost_at_the_replica_is_not_on_its_way(dns, compare, replica, prefix, kind):
    dns.put(f"{prefix}lost", b"right")
    DAMAGE[kind](replica[0], {"Bucket": replica[1], "Key": f"{prefix}lost"})
    parity = compare(settle=timedelta(hours=1))
    assert (parity.drift, parity.recent) == ({kind: 1}, 0)


def test_what_a_replica_lacks_counts_however_old_it_is(dns, compare, replica, prefix):
    dns.put(f"{prefix}lost", b"x")
    dns.put(f"{prefix}tagged", b"x")
    missing(replica[0], {"Bucket": replica[1], "Key": f"{prefix}lost"})
    later = datetime.now(UTC) + timedelta(hours=1)
    assert compare(since=later).drift == {DriftKind.MISSING: 1}
    assert compare(since=later, always=frozenset()).held


def test_tags_of_every_object_are_compared_when_asked_for(dns, compare, replica, prefix):
    for number in range(5):
        dns.put(f"{prefix}{number}", b"x")
    client, bucket = replica
    DAMAGE[DriftKind.METADATA](client, {"Bucket": bucket, "Key": f"{prefix}3"})
    assert compare(sample=0).held
    assert compare(sample=None).drift == {DriftKind.METADATA: 1}


def test_a_table_has_every_difference_and_a_report_the_first(dns, account, replica, prefix):
    client, bucket = replica
    for number in range(SHOWN + 5):
        client.put_object(Bucket=bucket, Key=f"{prefix}{number:02}", Body=b"x")
    table = io.StringIO()
    (parity,) = verify(dns.site, account, Scope((REGION,), prefix, settle=AT_ONCE), table=table).replicas
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert len(parity.shown) == SHOWN
    assert [row["key"] for row in rows] == [f"{prefix}{number:02}" for number in range(SHOWN + 5)]
    assert {row["kind"] for row in rows} == {"extra"}


def test_a_site_that_is_not_deployed_is_said_to_be_so(dns, account):
    elsewhere = dns.site.model_copy(update={"hostname": "nowhere.example.com"})
    with pytest.raises(UserError, match=r"there is no bucket .*: is the site deployed"):
        verify(elsewhere, account, Scope())


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_inventory_reports_tell_the_same_as_listings(dns, account, compare, replica, prefix, form):
    for key in ("sound", "a b/grüße & π+~(1).txt", "damaged", "gone"):
        dns.put(prefix + key, b"right")
    dns.s3.delete_object(Bucket=dns.primary, Key=f"{prefix}gone")
    client, bucket = replica
    DAMAGE[DriftKind.SIZE](client, {"Bucket": bucket, "Key": f"{prefix}damaged"})
    DAMAGE[DriftKind.UNDELETED](client, {"Bucket": bucket, "Key": f"{prefix}a b/grüße & π+~(1).txt"})
    listed = compare()
    reports = {}
    for region, name in ((dns.site.primary_region, dns.primary), (REGION, bucket)):
        s3, where = dns.aws.client("s3", region), logs_of(dns, account, region)
        lines = inventory_reports.of_bucket(s3, name, prefix)
        place = inventory_reports.write(s3, where, name, lines, form=form, prefix=prefix + form)
        reports[region] = InventoryReport(s3, place, source=name, versions=True, say=lambda line: None)
    assert told(compare(reports=reports)) == told(listed)
    assert {drift.kind for drift in listed.shown} == {DriftKind.SIZE, DriftKind.UNDELETED}


def logs_of(dns, account, region):
    role = StackRole.PRIMARY if region == dns.site.primary_region else dns.site.replica_role(region)
    return dns.site.names(account.id).access_logs(role, region)


def told(parity):
    return [(drift.key, drift.kind, drift.detail) for drift in parity.shown]


def test_what_is_younger_than_its_report_is_not_judged(dns, account, compare, replica, prefix):
    dns.put(f"{prefix}new", b"x")
    missing(replica[0], {"Bucket": replica[1], "Key": f"{prefix}new"})
    s3, where = dns.s3, logs_of(dns, account, dns.site.primary_region)
    lines = inventory_reports.of_bucket(s3, dns.primary, prefix)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    place = inventory_reports.write(s3, where, dns.primary, lines, created=hour_ago, prefix=prefix)
    old = InventoryReport(s3, place, source=dns.primary, versions=True, say=lambda line: None)
    parity = compare(reports={dns.site.primary_region: old})
    assert (parity.held, parity.recent) == (True, 1)
