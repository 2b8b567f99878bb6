"""What the rules never saw, or replicas lost, is brought to every replica of a deployed site."""

import contextlib
import csv
import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from s3_failover.errors import UserError
from s3_failover.operations import copying
from s3_failover.operations.backfill import direct, work
from s3_failover.operations.backfill.direct import InPlace
from s3_failover.operations.backfill.result import Engine
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.copying import CopyOutcome
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.verify import Scope, verify

pytestmark = pytest.mark.embedded

REGION = "us-west-2"
EVERYTHING = {
    "ContentType": "text/css; charset=utf-8",
    "CacheControl": "public, max-age=60",
    "ContentDisposition": "inline",
    "ContentLanguage": "de",
    "Metadata": {"build": "42"},
    "WebsiteRedirectLocation": "/elsewhere",
    "StorageClass": "STANDARD_IA",
    "ChecksumAlgorithm": "SHA256",
    "Tagging": "team=web&stage=a%20b",
}
STORED = ("ContentType", "CacheControl", "ContentDisposition", "ContentLanguage", "Metadata", "WebsiteRedirectLocation")


@pytest.fixture
def prefix(dns, request):
    """A prefix of this test's own, swept out of every bucket afterwards."""
    mine = f"backfill/{request.node.name}/"
    yield mine
    for region, bucket in dns.copies.items():
        client = dns.aws.client("s3", region)
        listed = client.list_object_versions(Bucket=bucket, Prefix=mine)
        found = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if objects:
            client.delete_objects(Bucket=bucket, Delete={"Objects": objects})


@contextlib.contextmanager
def rules_disabled(site):
    before = site.s3.get_bucket_replication(Bucket=site.primary)["ReplicationConfiguration"]
    rules = [rule | {"Status": "Disabled"} for rule in before["Rules"]]
    site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before | {"Rules": rules})
    try:
        yield
    finally:
        site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before)


@pytest.fixture
def unseen(dns, prefix):
    """Puts objects that the rules do not see."""

    def put(*names, body=b"content", **more):
        with rules_disabled(dns):
            for name in names:
                dns.s3.put_object(Bucket=dns.primary, Key=prefix + name, Body=body, **more)

    return put


@pytest.fixture
def scope(prefix):
    return Scope(prefix=prefix, settle=timedelta(0), sample=None)


def replicate(site, account, items):
    return direct.replicate(site, account, items, regions=site.replica_regions, seconds=120, say=lambda line: None)


@pytest.fixture
def repair(dns, account, scope):
    """Compares and copies; returns what was found and what was done."""

    def run():
        found = work.compare(dns.site, account, scope, Engine.DIRECT)
        return found, replicate(dns.site, account, found.items)

    return run


@pytest.fixture
def parity(dns, account, scope):
    def drift(**more):
        return [dict(each.drift) for each in verify(dns.site, account, replace(scope, **more)).replicas]

    return drift


def test_what_the_rules_never_saw_is_in_every_replica_with_all_that_is_stored_with_it(
    dns, unseen, repair, parity, prefix
):
    names = ("plain", "a b/grüße & π+~(1)?.txt", "𐀀")
    unseen(*names, **EVERYTHING)
    found, done = repair()
    assert found.fixed == {DriftKind.MISSING: 9}
    assert (done.succeeded, done.changed, done.failed) == (3, 0, [])
    assert parity() == [{}, {}, {}]
    for name in names:
        for region, bucket in dns.copies.items():
            head = dns.head(region, prefix + name, ChecksumMode="ENABLED")
            assert {field: head[field] for field in STORED} == {field: EVERYTHING[field] for field in STORED}
            assert (head["StorageClass"], "ChecksumSHA256" in head) == ("STANDARD_IA", True)
            tags = dns.aws.client("s3", region).get_object_tagging(Bucket=bucket, Key=prefix + name)["TagSet"]
            assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "web", "stage": "a b"}
            assert dns.read(region, prefix + name) == b"content"


def lost(client, where):
    client.delete_object(**where, VersionId=client.head_object(**where)["VersionId"])


DAMAGE = {
    DriftKind.MISSING: lost,
    DriftKind.UNDELETED: lambda client, where: client.delete_object(**where),
    DriftKind.CONTENT: lambda client, where: client.put_object(**where, Body=b"wrong"),
    DriftKind.SIZE: lambda client, where: client.put_object(**where, Body=b"longer than it was"),
    DriftKind.VERSION: lambda client, where: client.put_object(**where, Body=b"right"),
    DriftKind.METADATA: lambda client, where: client.put_object_tagging(
        **where, Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]}
    ),
}


def test_what_was_done_to_a_replica_is_fixed(dns, repair, parity, prefix):
    client, bucket = dns.aws.client("s3", REGION), dns.replicas[REGION]
    for kind, damage in DAMAGE.items():
        dns.put(prefix + kind, b"right", Tagging="team=web")
        damage(client, {"Bucket": bucket, "Key": prefix + kind})
    found, done = repair()
    assert found.fixed == dict.fromkeys(DAMAGE, 1)
    assert (done.succeeded, done.failed) == (len(DAMAGE), [])
    assert parity() == [{}, {}, {}]
    assert {dns.read(REGION, prefix + kind) for kind in DAMAGE} == {b"right"}


def test_nothing_is_deleted_at_a_replica(dns, repair, prefix):
    client, bucket = dns.aws.client("s3", REGION), dns.replicas[REGION]
    for name in ("stray", "gone"):
        client.put_object(Bucket=bucket, Key=prefix + name, Body=b"x")
    dns.s3.delete_object(Bucket=dns.primary, Key=f"{prefix}gone", VersionId="null")
    dns.put(f"{prefix}gone", b"x")
    with rules_disabled(dns):
        dns.s3.delete_object(Bucket=dns.primary, Key=f"{prefix}gone")
    found, done = repair()
    assert (found.left[DriftKind.EXTRA], found.left[DriftKind.DELETED], done.succeeded) == (1, 3, 0)
    assert dns.read(REGION, f"{prefix}stray") == dns.read(REGION, f"{prefix}gone") == b"x"


def test_large_objects_are_copied_in_parts(dns, unseen, repair, parity, prefix, monkeypatch):
    monkeypatch.setattr(copying, "LARGEST", 5 * 1024**2)
    monkeypatch.setattr(copying, "PART", 5 * 1024**2)
    body = os.urandom(11 * 1024**2)
    unseen("large", body=body, **EVERYTHING)
    assert repair()[1].succeeded == 1
    assert parity() == [{}, {}, {}]
    head = dns.head(REGION, f"{prefix}large")
    assert head["ETag"].endswith('-3"')
    assert {field: head[field] for field in STORED} == {field: EVERYTHING[field] for field in STORED}
    assert dns.read(REGION, f"{prefix}large") == body


class Meddled:
    """A client whose HeadObject is followed by another client's write."""

    def __init__(self, client, meddle):
        self._client, self._meddle = client, meddle

    def __getattr__(self, name):
        return getattr(self._client, name)

    def head_object(self, **where):
        head = self._client.head_object(**where)
        self._meddle(where["Key"])
        return head


@pytest.mark.parametrize("largest", [5 * 1000**3, 1])
def test_what_is_written_meanwhile_is_never_buried(dns, unseen, prefix, monkeypatch, largest):
    monkeypatch.setattr(copying, "LARGEST", largest)
    unseen("a")
    version = dns.head(dns.site.primary_region, f"{prefix}a")["VersionId"]
    client = Meddled(dns.s3, lambda key: dns.s3.put_object(Bucket=dns.primary, Key=key, Body=b"newer"))
    (done,) = InPlace(client, dns.primary).run([WorkItem(f"{prefix}a", version, 7)])
    assert done.outcome is CopyOutcome.CHANGED
    assert dns.read(dns.site.primary_region, f"{prefix}a") == b"newer"


def test_what_changed_since_the_comparison_is_left_alone(dns, unseen, repair, account, scope, prefix):
    unseen("rewritten", "deleted")
    found = work.compare(dns.site, account, scope, Engine.DIRECT)
    dns.put(f"{prefix}rewritten", b"newer")
    dns.s3.delete_object(Bucket=dns.primary, Key=f"{prefix}deleted")
    done = replicate(dns.site, account, found.items)
    assert (done.succeeded, done.changed, done.failed) == (0, 2, [])


def test_without_a_rule_nothing_is_begun(dns, account):
    with rules_disabled(dns), pytest.raises(UserError, match="no enabled replication rule to"):
        replicate(dns.site, account, WorkItems())


def test_the_table_of_verify_is_taken(dns, account, unseen, scope, prefix):
    unseen("a", 'b,\n"c"')
    table = io.StringIO()
    verify(dns.site, account, scope, table=table)
    found = work.read(dns.site, io.StringIO(table.getvalue(), newline=""), "drift.csv", scope, Engine.DIRECT)
    assert list(found.items) == list(work.compare(dns.site, account, scope, Engine.DIRECT).items)
    assert found.items.bytes == 14
    assert len(list(csv.reader(io.StringIO(table.getvalue())))) == 7


@pytest.fixture
def command(dns, prefix, tmp_path_factory, tmp_path):
    """Starts `s3-failover backfill` on the shared deployment."""
    config = tmp_path_factory.getbasetemp() / "sites0" / "failover.toml"
    home = Path(dns.aws.emulator.ca_file).parent
    options = ["--config", str(config), "--local", "--direct", "--settle", "0s", "--prefix", prefix]

    def start(*more):
        return subprocess.Popen(
            [sys.executable, "-c", "from s3_failover.cli import main; main()", "backfill", "shop", *options, *more],
            env={**os.environ, "S3_FAILOVER_HOME": str(home)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_after_a_kill_the_next_run_does_what_is_left(dns, unseen, command, parity, prefix):
    names = [f"{number:03}" for number in range(120)]
    unseen(*names)

    def versions():
        pages = dns.s3.get_paginator("list_object_versions").paginate(Bucket=dns.primary, Prefix=prefix)
        return sum(len(page.get("Versions", ())) for page in pages)

    first = command()
    while versions() < len(names) + 5:
        # In slices, stopped while it is looked at: it cannot get to its end in between, however slow this machine is.
        assert first.poll() is None, first.stderr.read()
        first.send_signal(signal.SIGCONT)
        time.sleep(0.05)
        first.send_signal(signal.SIGSTOP)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    copied = versions() - len(names)
    assert copied < len(names), "ended too late to say anything"
    output, errors = command().communicate()
    # What was under way when it was killed may have arrived after the count.
    assert " objects replicated, 0 failed, " in output, errors
    assert f"\n{len(names)} objects replicated" not in output
    assert versions() == 2 * len(names)
    assert parity(sample=0) == [{}, {}, {}]
