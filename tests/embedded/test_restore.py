"""What was deleted and overwritten on a deployed site is on both legs again, byte for byte, whatever interrupts it."""

import io
import os
import signal
import time
from datetime import UTC, datetime

import pytest

from s3_failover.operations import legs
from s3_failover.operations.listing import histories
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions
from s3_failover.operations.spread import spread

pytestmark = pytest.mark.embedded

MIB = 1024 * 1024


def quiet(line):
    pass


@pytest.fixture
def prefix(request):
    """What the keys of this test begin with."""
    return f"restore/{request.node.name}/"


def between():
    """Return a moment after all that was written and before all that will be: S3 has whole seconds."""
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    return moment


def restore(deployed, account, before, prefix, **options):
    restoration = Restoration(deployed.site, account, RestoreOptions(before=before, prefix=prefix, **options))
    plan = restoration.plan(say=quiet)
    return plan, restoration.run(plan, say=quiet)


def on_both_legs(deployed, account, keys):
    """Return what viewers get for each key, by leg."""
    return {
        leg.name: dict(spread(lambda key, leg=leg: (key, leg.get(key).body), keys))
        for leg in legs.legs(deployed.site, account)
    }


def test_what_was_deleted_and_overwritten_is_on_both_legs_again(hybrid, account, prefix):
    kept = {"ContentType": "text/css", "CacheControl": "no-cache", "Metadata": {"n": "1"}}
    hybrid.put(f"{prefix}a.css", b"a", Tagging="t=1", **kept)
    hybrid.wait_for_replicas(f"{prefix}b.txt", hybrid.put(f"{prefix}b.txt", b"b"))
    before = between()
    hybrid.s3.delete_object(Bucket=hybrid.primary, Key=f"{prefix}a.css")
    hybrid.put(f"{prefix}b.txt", b"wrong")
    hybrid.put(f"{prefix}new.txt", b"new")
    plan, done = restore(hybrid, account, before, prefix)
    assert (sorted(done.versions), plan.created) == ([f"{prefix}a.css", f"{prefix}b.txt"], 1)
    assert done.seen.proof == {"distribution": "", "secondary": ""}
    for region in hybrid.site.regions:
        head = hybrid.head(region, f"{prefix}a.css")
        assert {name: head[name] for name in kept} == kept
        assert hybrid.read(region, f"{prefix}b.txt") == b"b"
    tags = hybrid.s3.get_object_tagging(Bucket=hybrid.primary, Key=f"{prefix}a.css")["TagSet"]
    assert tags == [{"Key": "t", "Value": "1"}]
    plan, done = restore(hybrid, account, before, prefix, exact=True)
    assert (plan.changes, len(plan.done), plan.deletes) == ([], 2, [f"{prefix}new.txt"])


@pytest.fixture
def command(sites_file):
    """Starts the command on a site."""

    def start(deployed, *arguments):
        where = ["--site", deployed.site.name, "--config", str(sites_file), "--local"]
        return deployed.aws.command("restore", *arguments, *where)

    return start


@pytest.mark.long
@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_a_folder_comes_back_byte_for_byte_though_a_run_was_killed(mode, request, account, prefix, command):
    deployed = request.getfixturevalue(mode)
    content = {f"{prefix}{number:03}.bin": os.urandom(1 + 997 * number) for number in range(120)}
    content |= {f"{prefix}caf\u00e9 & more/index.html": b"<h1>page</h1>", f"{prefix}large.bin": os.urandom(11 * MIB)}
    for key, body in content.items():
        deployed.s3.upload_fileobj(io.BytesIO(body), deployed.primary, key)
    deployed.wait_for_replicas(key, deployed.head(deployed.site.primary_region, key)["VersionId"])
    etag = deployed.head(deployed.site.primary_region, key)["ETag"]
    assert etag.endswith('-2"')
    before = between()
    for key in list(content)[::2]:
        deployed.s3.delete_object(Bucket=deployed.primary, Key=key)
    for key in list(content)[1::2]:
        deployed.put(key, b"wrong")
    kill_in_the_middle(command(deployed, prefix, "--before", before.isoformat(), "--yes"), deployed, prefix)
    plan, done = restore(deployed, account, before, prefix)
    assert plan.done
    assert plan.changes
    assert len(plan.changes) + len(plan.done) == len(content)
    assert done.seen.proof == {"distribution": "", "secondary": ""}
    for found in on_both_legs(deployed, account, content).values():
        assert found == content
    assert {deployed.head(region, f"{prefix}large.bin")["ETag"] for region in deployed.site.regions} == {etag}


def kill_in_the_middle(process, deployed, prefix):
    """Kill a command when it has written a few versions."""

    def versions():
        return sum(map(len, histories(deployed.s3, deployed.primary, prefix=prefix)))

    first = versions()
    while versions() < first + 5:
        # In slices, stopped while it is looked at: it cannot get to its end in between, however slow this machine is.
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGKILL)
    process.communicate()
