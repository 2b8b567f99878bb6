"""A directory becomes a deployed site, whatever interrupts it."""

import signal
from dataclasses import replace
from itertools import product

import pytest
from embedded_aws import eventually
from schemas import as_declared

from breakable_aws import faults
from s3_failover.errors import UserError
from s3_failover.operations import content
from s3_failover.operations.changes import Reason
from s3_failover.operations.content import Rules
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.operations.spread import spread

pytestmark = pytest.mark.embedded


def quiet(line):
    pass


@pytest.fixture
def publication(hybrid, account):
    """Publishes to the site and leaves alone what other tests have there."""

    def made(**options):
        rules = Rules(cache_control=options.pop("cache_control", {}))
        return Publication(hybrid.site, account, PublishOptions(**{"rules": rules, "most_deletes": 1} | options))

    return made


@pytest.fixture
def directory(tmp_path, request, hybrid):
    """A directory whose files have a prefix of this test's own; its objects are deleted afterwards."""
    prefix = f"publish/{request.node.name}"
    (tmp_path / prefix).mkdir(parents=True)
    yield tmp_path / prefix, tmp_path
    listed = hybrid.s3.list_objects_v2(Bucket=hybrid.primary, Prefix=prefix).get("Contents", ())
    for each in listed:
        hybrid.s3.delete_object(Bucket=hybrid.primary, Key=each["Key"])


def publish(publication, root):
    return publication.run(publication.changes(root), say=quiet)


def reasons(changes):
    return {upload.file.path.name: upload.reason for upload in changes.uploads}


def test_what_is_published_is_on_both_legs_and_in_every_replica(publication, directory, hybrid):
    folder, root = directory
    (folder / "a.txt").write_text("hello")
    (folder / "b.html").write_text("<h1>hello</h1>")
    done = publish(publication(), root)
    assert done.proof == {"distribution": "", "secondary": ""}
    assert set(done.replicated) == set(hybrid.site.replica_regions)
    assert [upload.file.path.name for upload in done.changes.uploads] == ["a.txt", "b.html"]
    key = folder.relative_to(root).as_posix() + "/a.txt"
    assert hybrid.head(hybrid.site.replica_regions[0], key)["ContentType"] == "text/plain; charset=utf-8"


def test_pages_are_uploaded_after_what_they_refer_to(publication, directory):
    folder, root = directory
    (folder / "a.html").write_text("a page")
    (folder / "z.css").write_text("a style")
    changes = publication().changes(root)
    assert [upload.file.path.name for upload in changes.uploads] == ["z.css", "a.html"]


def test_nothing_is_uploaded_twice(publication, directory):
    folder, root = directory
    (folder / "a.txt").write_text("hello")
    publish(publication(), root)
    again = publication().changes(root)
    assert (again.uploads, again.unchanged) == ((), 1)


def test_what_changed_is_uploaded_and_why(publication, directory):
    folder, root = directory
    for name in ("same", "longer", "other"):
        (folder / name).write_text("1234")
    publish(publication(), root)
    (folder / "longer").write_text("12345")
    (folder / "other").write_text("4321")
    (folder / "new").write_text("1234")
    assert reasons(publication().changes(root)) == {
        "longer": Reason.CONTENT,
        "other": Reason.CONTENT,
        "new": Reason.NEW,
    }
    assert reasons(publication(cache_control={"*/same": "no-cache"}).changes(root))["same"] is Reason.HEADERS


def test_a_large_file_is_uploaded_in_parts_and_known_again(publication, directory, monkeypatch):
    monkeypatch.setattr(content, "PART", 5 * 1024 * 1024)
    folder, root = directory
    (folder / "large").write_bytes(b"x" * (11 * 1024 * 1024))
    done = publish(publication(), root)
    assert done.proof == {"distribution": "", "secondary": ""}
    assert publication().changes(root).uploads == ()


def test_objects_are_deleted_only_when_asked_for(publication, directory, hybrid):
    folder, root = directory
    for name in ("keep", "drop"):
        (folder / name).write_text("x")
    publish(publication(), root)
    (folder / "drop").unlink()
    assert publication().changes(root).deletes == ()
    deletes = publication(delete=True).changes(root).deletes
    assert folder.relative_to(root).as_posix() + "/drop" in deletes
    assert hybrid.site.health_key not in deletes


def test_what_is_deleted_is_waited_for_until_no_replica_has_it(publication, directory, hybrid):
    folder, root = directory
    (folder / "drop").write_text("x")
    publish(publication(), root)
    key = folder.relative_to(root).as_posix() + "/drop"
    changes = replace(publication().changes(root), deletes=(key,))
    faults.break_(hybrid.aws.emulator, "replication-pause")
    try:
        with pytest.raises(UserError, match=rf"1 object has not reached .*: {key}"):
            publication(replica_seconds=0.5).run(changes, say=quiet)
    finally:
        faults.heal(hybrid.aws.emulator)
    done = publication().run(changes, say=quiet)
    assert set(done.replicated) == set(hybrid.site.replica_regions)
    with pytest.raises(hybrid.s3.exceptions.ClientError):
        hybrid.head(hybrid.site.replica_regions[0], key)


def test_keys_that_xml_cannot_hold_are_deleted_in_every_copy(publication, directory, hybrid):
    folder, root = directory
    (folder / "keep.txt").write_text("x")
    publish(publication(), root)
    odd = tuple(
        f"{folder.relative_to(root).as_posix()}/{name}" for name in ("bell\x07", "esc\x1b[2J", "noncharacter\ufffe")
    )
    for key in odd:
        hybrid.put(key, b"of an older tool")
    publisher = publication(delete=True)
    changes = publisher.changes(root)
    assert set(odd) <= set(changes.deletes)
    done = publisher.run(replace(changes, deletes=odd), say=quiet)
    assert set(done.replicated) == set(hybrid.site.replica_regions)
    for region, key in product(hybrid.copies, odd):
        with pytest.raises(hybrid.s3.exceptions.ClientError, match="Not Found"):
            hybrid.head(region, key)


def test_deleting_most_of_the_site_is_refused(publication, directory):
    folder, root = directory
    (folder / "only").write_text("x")
    (folder / "other").write_text("x")
    publish(publication(), root)
    (folder / "other").unlink()
    with pytest.raises(UserError, match="is it the right directory"):
        publication(delete=True, most_deletes=0).changes(root)


def test_what_an_interrupted_run_left_cached_is_dropped_by_the_next(publication, directory):
    folder, root = directory
    (folder / "first").write_text("x")
    publish(publication(), root)
    (folder / "second").write_text("x")
    first = publication()
    # Uploaded, and ended before the CDN was told.
    list(spread(first._upload, first.changes(root).uploads))
    assert publication().changes(root).uploads == ()
    done = publish(publication(), root)
    assert any(path.endswith("/second") or path == "/*" for path in done.invalidated)


def test_the_health_object_is_not_published(publication, directory, hybrid):
    _, root = directory
    path = root / hybrid.site.health_key
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(UserError, match=r"the health object of sites.docs: the deployment makes it"):
        publication().changes(root)


def test_interrupted_while_it_waits_it_says_so_and_the_next_run_does_the_rest(directory, hybrid, sites_file):
    folder, root = directory
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"{number}")
    arguments = ("publish", str(root), "--site", "docs", "--config", str(sites_file), "--local")
    faults.break_(hybrid.aws.emulator, "replication-pause")
    try:
        with hybrid.aws.command(*arguments) as running:
            next(line for line in running.stderr if "0 of 20 replicated" in line)
            running.send_signal(signal.SIGINT)
            printed, told = running.communicate(timeout=60)
    finally:
        faults.heal(hybrid.aws.emulator)
    assert (running.returncode, printed) == (130, "")
    assert "Traceback" not in told
    # What was on its way arrives now.
    for region in hybrid.replicas:
        for number in range(20):
            key = f"{folder.relative_to(root)}/{number}.txt"
            eventually(lambda r=region, k=key: hybrid.head(r, k), seconds=60)
    with hybrid.aws.command(*arguments, "--json") as again:
        document = as_declared("publish", again.communicate(timeout=60)[0])
    assert (again.returncode, document["uploads"], document["unchanged"]) == (0, [], 20), document
    assert document["invalidated"]


def test_while_the_control_planes_are_down_everything_arrives_and_the_next_run_pays(directory, hybrid, sites_file):
    folder, root = directory
    (folder / "news.txt").write_text("we know")
    key = f"{folder.relative_to(root)}/news.txt"
    arguments = ("publish", str(root), "--site", "docs", "--config", str(sites_file), "--local", "--json")
    faults.break_(hybrid.aws.emulator, "control-planes-down")
    try:
        with hybrid.aws.command(*arguments) as owing:
            owed = as_declared("publish", owing.communicate(timeout=300)[0])
    finally:
        faults.heal(hybrid.aws.emulator)
    assert (owing.returncode, owed["invalidated"]) == (4, []), owed
    assert owed["owed"].startswith("not invalidated: ")
    assert owed["proof"] == {"secondary": ""}
    assert hybrid.read(hybrid.site.replica_regions[0], key) == b"we know"
    with hybrid.aws.command(*arguments) as paying:
        paid = as_declared("publish", paying.communicate(timeout=300)[0])
    assert (paying.returncode, paid["uploads"], paid["owed"]) == (0, [], ""), paid
    assert f"/{key}" in paid["invalidated"] or paid["invalidated"] == ["/*"]


class EnoughError(Exception):
    """Ends a wait that has said what the test is about."""


def test_while_nothing_arrives_it_says_why_and_what_is_on_its_way_is_not_missing(publication, directory, hybrid):
    folder, root = directory
    (folder / "a.txt").write_text("x")
    said = []

    def say(line):
        said.append(line)
        if "nothing has arrived in" in line:
            raise EnoughError

    faults.break_(hybrid.aws.emulator, "replication-pause")
    try:
        late = publication(quiet_seconds=0.1)
        with pytest.raises(EnoughError):
            late.run(late.changes(root), say=say)
        changes = publication().changes(root)
    finally:
        faults.heal(hybrid.aws.emulator)
    assert [line for line in said if "replicated" in line] == [
        f"  {region}: 0 of 1 replicated" for region in hybrid.replicas
    ]
    assert "no health check of the primary or the distribution is known to be unhealthy" in said[-1]
    key = f"{folder.relative_to(root)}/a.txt"
    assert (changes.lacking.keys, changes.lacking.coming) == ({}, {region: [key] for region in hybrid.replicas})


def test_what_somebody_made_of_an_object_is_set_right(publication, directory, hybrid):
    folder, root = directory
    (folder / "a.css").write_text("a style")
    publish(publication(), root)
    key = f"{folder.relative_to(root)}/a.css"
    where = {"Bucket": hybrid.primary, "Key": key}
    hybrid.s3.copy_object(
        **where, CopySource=where, MetadataDirective="REPLACE", ContentType="text/css", ContentEncoding="gzip"
    )
    assert reasons(publication().changes(root)) == {"a.css": Reason.HEADERS}
    publish(publication(), root)
    assert "ContentEncoding" not in hybrid.s3.head_object(**where)
    assert publication().changes(root).uploads == ()
