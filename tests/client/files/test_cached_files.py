"""Cached files: what they hold is what was asked, and callers that have one do not wait for an S3 that is away."""

import contextlib
import errno
import itertools
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import botocore.session
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError
from downloads import contents, together

from s3_failover import (
    AllRegionsFailed,
    ChecksumMissing,
    DeadlineExceeded,
    InvalidConfiguration,
    LocalFault,
    ObjectNotFound,
    Region,
    RequestFailed,
    RetryBudget,
    RetryBudgetExhausted,
    Timeouts,
)
from s3_failover.client import locks
from s3_failover.client.files import cache, replacement, single_flight
from s3_failover.client.files.cache import CachedFile, Wanted
from s3_failover.client.files.single_flight import KnownOutage

BODY = bytes(range(256)) * 4
VERSION = "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"
HANGING = Timeouts(connect=60, read=60, attempt=60, deadline=600)
"""Waits of a minute: what takes less did not wait for S3."""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A temporary directory of the test's own: no outage of another test is remembered."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


@pytest.fixture
def target(tmp_path):
    directory = tmp_path / "cache"
    directory.mkdir()
    return directory / "file"


@pytest.fixture
def cached(client, target):
    """A file that was downloaded, and is too old for every ttl that counts."""
    client.cached_file("key", target)
    age(target)
    return target


def age(target, seconds=1000):
    """Make a file and its record older."""
    when = int(time.time()) - seconds
    os.utime(target, (when, when))
    record = cache.path_of(target)
    record.write_text(json.dumps(json.loads(record.read_text()) | {"modified": when}))


def requests(server):
    return sum(region.counts.requests for region in server.regions)


def break_all(server, kind, **options):
    for region in server.regions:
        region.fault(kind, **options)


class TestWhatAFileHolds:
    def test_is_downloaded_once_and_noted_beside_it(self, server, client, target):
        for _ in range(3):
            assert client.cached_file("key", target).read_bytes() == BODY
        assert requests(server) == 1
        assert sorted(contents(target.parent)) == [".file.s3-failover.json", "file"]

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("key", {}), ("other", {})),
            (("key", {}), ("key", {"Range": "bytes=0-9"})),
            (("key", {"Range": "bytes=0-9"}), ("key", {"Range": "bytes=10-19"})),
            (("key", {"Range": "bytes=0-9"}), ("key", {})),
            (("key", {}), ("key", {"VersionId": VERSION})),
            (("key", {"VersionId": VERSION}), ("key", {})),
            (("key", {}), ("key", {"PartNumber": 1})),
        ],
    )
    def test_is_replaced_when_something_else_is_wanted(self, server, client, target, first, second):
        server.put("other", b"other")
        for key, parameters in (first, second, first):
            got = client.cached_file(key, target, **parameters).read_bytes()
            assert got == client.get_object(key, **parameters).body
        assert requests(server) == 6

    def test_is_another_object_in_other_buckets(self, server, make_client, regions, target):
        make_client().cached_file("key", target)
        elsewhere = [Region(each.name, bucket=f"x-{each.bucket}", endpoint_url=each.endpoint_url) for each in regions]
        make_client(elsewhere).cached_file("key", target)
        assert requests(server) == 2

    def test_stays_when_a_region_comes_or_goes(self, server, make_client, regions, target):
        make_client(regions[:2]).cached_file("key", target)
        make_client(regions).cached_file("key", target)
        assert requests(server) == 1

    @pytest.mark.parametrize("rubbish", [b"", b"rubbish"])
    def test_is_not_what_something_else_wrote(self, client, target, rubbish):
        client.cached_file("key", target)
        target.write_bytes(rubbish)
        assert client.cached_file("key", target).read_bytes() == BODY

    def test_is_not_known_without_a_record(self, server, client, target):
        target.write_bytes(b"put there")
        assert client.cached_file("key", target).read_bytes() == BODY

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": 1}', "\x00"])
    def test_is_not_known_by_a_record_that_cannot_be_read(self, client, target, text):
        client.cached_file("key", target)
        cache.path_of(target).write_text(text)
        cache._records._known.clear()
        assert client.cached_file("key", target).read_bytes() == BODY

    def test_is_known_to_other_processes(self, server, client, target):
        client.cached_file("key", target)
        cache._records._known.clear()
        client.cached_file("key", target)
        assert requests(server) == 1

    def test_is_known_in_this_process_where_it_cannot_be_noted(self, server, client, target, monkeypatch, caplog):
        def refused(*_):
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(cache, "Replacement", refused)
        for _ in range(2):
            client.cached_file("key", target)
        assert requests(server) == 1
        assert "cannot be noted" in caplog.text

    def test_was_compared_where_that_is_required(self, server, make_client, target):
        break_all(server, "headers", remove=["x-amz-checksum-crc32"])
        make_client().cached_file("key", target)
        with pytest.raises(ChecksumMissing):
            make_client(require_checksum=True).cached_file("key", target, stale_if_error=True)

    def test_is_right_for_each_of_two_threads_that_want_different_things(self, client, target):
        client.cached_file("key", target)
        wanted = [("bytes=0-9", BODY[:10]), ("bytes=10-29", BODY[10:30])] * 4

        def read(number):
            range_, expected = wanted[number]
            found = client.cached_file("key", target.with_name(f"{number % 2}"), Range=range_)
            return found.read_bytes() == expected

        assert together(8, read) == [True] * 8

    def test_a_name_may_be_as_long_as_the_file_system_allows(self, server, client, target):
        long = target.with_name("ä" * 127)
        for _ in range(2):
            assert client.cached_file("key", long).read_bytes() == BODY
        assert requests(server) == 1


def test_one_thread_downloads_for_all(server, client, target):
    server.regions[0].fault("slow", seconds=0.3)
    assert together(20, lambda _: client.cached_file("key", target).read_bytes()) == [BODY] * 20
    assert requests(server) == 1


def test_a_file_that_is_too_old_is_downloaded_again(server, client, cached):
    server.put("key", b"new")
    try:
        assert client.cached_file("key", cached, ttl=2000).read_bytes() == BODY
        assert client.cached_file("key", cached, ttl=500, stale_if_error=True).read_bytes() == b"new"
    finally:
        server.put("key", BODY)


@pytest.mark.parametrize("ttl", [-1, float("nan")])
def test_a_ttl_is_not_negative(client, target, ttl):
    with pytest.raises(InvalidConfiguration, match="ttl is"):
        client.cached_file("key", target, ttl=ttl)


FAILURES = [
    ("refuse", {}),
    ("reset", {}),
    ("truncate", {}),
    ("corrupt", {}),
    ("answer", {"status": 200, "body": "<html>"}),
    ("status", {"status": 500, "code": "InternalError"}),
    ("status", {"status": 503, "code": "SlowDown"}),
    ("status", {"status": 403, "code": "AccessDenied"}),
    ("status", {"status": 404, "code": "NoSuchBucket"}),
    ("status", {"status": 403, "code": "InvalidObjectState"}),
    ("status", {"status": 400, "code": "KMS.DisabledException"}),
    ("status", {"status": 400, "code": "ExpiredToken"}),
    ("status", {"status": 400, "code": "InvalidRequest"}),
]


class TestAnOldFile:
    """Is served with stale_if_error=True whenever a new one cannot be had."""

    @pytest.mark.parametrize(("kind", "options"), FAILURES)
    def test_is_served_when_s3_fails(self, server, client, cached, caplog, kind, options):
        break_all(server, kind, **options)
        assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY
        assert "serving" in caplog.text

    def test_is_not_served_without_being_asked_for(self, server, client, cached):
        break_all(server, "refuse")
        with pytest.raises(AllRegionsFailed):
            client.cached_file("key", cached, ttl=1)

    def test_is_not_served_when_there_is_no_such_object(self, server, client, cached):
        break_all(server, "status", status=404, code="NoSuchKey")
        with pytest.raises(ObjectNotFound):
            client.cached_file("key", cached, ttl=1, stale_if_error=True)

    def test_is_served_when_the_new_one_cannot_be_written(self, client, cached, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(replacement.os, "write", full)
        assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY

    def test_is_served_without_credentials(self, make_client, cached):
        import datetime  # noqa: PLC0415

        import boto3  # noqa: PLC0415

        def refresh():
            raise RuntimeError("STS is down")

        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=5)
        session = botocore.session.get_session()
        session._credentials = RefreshableCredentials("a", "b", "c", past, refresh, "assume-role")
        client = make_client(session=boto3.Session(botocore_session=session))
        assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY
        with pytest.raises(LocalFault):
            client.cached_file("key", cached, ttl=1)

    def test_of_another_version_or_key_is_not_served(self, server, client, cached):
        break_all(server, "refuse")
        for parameters in ({"VersionId": VERSION}, {"Range": "bytes=0-9"}):
            with pytest.raises(AllRegionsFailed):
                client.cached_file("key", cached, ttl=1, stale_if_error=True, **parameters)
        with pytest.raises(AllRegionsFailed):
            client.cached_file("other", cached, ttl=1, stale_if_error=True)

    def test_that_something_else_put_there_is_served_until_there_is_a_new_one(self, server, client, target):
        target.write_bytes(b"put there")
        server.regions[0].fault("refuse")
        break_all(server, "refuse")
        assert client.cached_file("key", target, stale_if_error=True).read_bytes() == b"put there"
        with pytest.raises(AllRegionsFailed):
            client.cached_file("key", target, stale_if_error=True, VersionId=VERSION)

    def test_that_something_else_put_in_the_place_of_a_download_is_served(self, server, client, cached):
        cached.write_bytes(b"put there")
        break_all(server, "refuse")
        assert client.cached_file("key", cached, stale_if_error=True).read_bytes() == b"put there"
        for parameters in ({"VersionId": VERSION}, {"Range": "bytes=0-9"}):
            with pytest.raises(AllRegionsFailed):
                client.cached_file("key", cached, stale_if_error=True, **parameters)
        with pytest.raises(AllRegionsFailed):
            client.cached_file("other", cached, stale_if_error=True)

    def test_of_another_download_that_was_not_noted_is_not_served(self, server, client, cached, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(cache.Records, "write", lambda *_: None)
            server.put("other", b"other")
            assert client.cached_file("other", cached).read_bytes() == b"other"
        break_all(server, "refuse")
        for key in ("key", "other"):
            with pytest.raises(AllRegionsFailed):
                client.cached_file(key, cached, ttl=1, stale_if_error=True)

    def test_is_served_while_another_one_cannot_be_had(self, server, client, cached):
        break_all(server, "refuse")
        with pytest.raises(AllRegionsFailed):
            client.cached_file("other", cached)
        assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY

    def test_is_served_when_a_closed_client_is_not_the_reason(self, client, cached):
        client.close()
        with pytest.raises(Exception, match="the client is closed"):
            client.cached_file("key", cached, ttl=1, stale_if_error=True)


class TestNobodyWaits:
    """With an old file at hand, for regions that hang or for another process; a wait would take a minute."""

    @pytest.mark.parametrize("kind", ["hang", "syn_blackhole", "stall", "drip_headers"])
    def test_for_regions_that_do_not_answer(self, server, make_client, cached, kind):
        break_all(server, kind, **({"seconds": 30} if kind == "drip_headers" else {}))
        with make_client(timeouts=HANGING) as client:
            begin = time.monotonic()
            assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY
            assert time.monotonic() - begin < 20

    def test_in_any_of_eight_processes(self, server, make_client, cached):
        break_all(server, "hang")
        client = make_client(timeouts=HANGING)

        def read():
            return client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY

        begin = time.monotonic()
        children = [_child(read) for _ in range(8)]
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
        assert time.monotonic() - begin < 40

    def test_for_a_process_that_downloads(self, server, client, cached):
        with locks.holding(cache._real(cached), time.monotonic() + 10):
            begin = time.monotonic()
            found = client.cached_file("key", cached, ttl=1, stale_if_error=True, deadline=60)
            assert time.monotonic() - begin < 20
        assert found.read_bytes() == BODY
        assert requests(server) == 1

    def test_once_the_host_knows_of_an_outage(self, server, make_client, cached):
        client = make_client()
        break_all(server, "refuse")
        client.cached_file("key", cached, ttl=1, stale_if_error=True)
        asked = server.regions[0].counts.requests
        break_all(server, "status", status=500)
        for _ in range(5):
            client.cached_file("key", cached, ttl=1, stale_if_error=True)
        assert server.regions[0].counts.requests == asked

    def test_and_a_file_that_is_not_there_is_asked_for_all_the_same(self, server, client, cached, monkeypatch):
        # However slow this computer is.
        monkeypatch.setattr(single_flight, "PATIENCE", 60)
        break_all(server, "refuse")
        client.cached_file("key", cached, ttl=1, stale_if_error=True)
        for region in server.regions:
            region.heal()
        assert client.cached_file("key", cached.with_name("new"), stale_if_error=True).read_bytes() == BODY
        # That was an answer: the outage is over for every process.
        server.put("key", b"new")
        try:
            assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == b"new"
        finally:
            server.put("key", BODY)

    def test_but_all_wait_while_bytes_arrive(self, server, make_client, cached, monkeypatch):
        moves = []
        monkeypatch.setattr(single_flight, "PATIENCE", 60)
        monkeypatch.setattr(single_flight.Revalidation, "_moved", lambda _: moves.append(1))
        monkeypatch.setattr("s3_failover.client.net.outcomes.CHUNK", 16)
        server.put("key", BODY[:320])
        try:
            server.regions[0].fault("bandwidth", rate=400)
            client = make_client(timeouts=Timeouts(connect=5, read=20, attempt=20, deadline=60, min_throughput=16))
            assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY[:320]
            assert len(moves) == 20
        finally:
            server.put("key", BODY)

    def test_and_what_comes_later_is_there_the_next_time(self, server, make_client, cached):
        server.put("key", b"new")
        try:
            break_all(server, "slow", seconds=1.5)
            client = make_client(timeouts=HANGING)
            assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY
            end = time.monotonic() + 60
            while cached.read_bytes() == BODY and time.monotonic() < end:
                time.sleep(0.02)
            assert client.cached_file("key", cached, ttl=100).read_bytes() == b"new"
        finally:
            server.put("key", BODY)

    def test_where_no_thread_can_be_had(self, server, client, cached, threads_that_fail):
        threads_that_fail("s3-failover-cache")
        break_all(server, "refuse")
        assert client.cached_file("key", cached, ttl=1, stale_if_error=True).read_bytes() == BODY


def _child(work):
    """Fork a child that exits with 0 if the work is done well; returns its process id."""
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            code = 0 if work() else 2
        os._exit(code)
    return child


class TestAnOutage:
    @pytest.fixture
    def outage(self, regions):
        return KnownOutage(regions)

    def test_is_remembered_by_all_clients_of_the_same_regions_for_some_seconds(self, outage, regions, monkeypatch):
        assert not outage.is_remembered
        outage.remember()
        assert KnownOutage(reversed(regions)).is_remembered
        assert not KnownOutage(regions[:2]).is_remembered
        now = time.time()
        monkeypatch.setattr(single_flight.time, "time", lambda: now + single_flight.OUTAGE_SECONDS + 1)
        assert not outage.is_remembered

    def test_that_is_over_is_forgotten(self, outage):
        outage.remember()
        outage.forget()
        outage.forget()
        assert not outage.is_remembered

    def test_is_not_believed_by_a_link(self, outage, temporary):
        (temporary / "fresh").touch()
        outage._path.symlink_to(temporary / "fresh")
        assert not outage.is_remembered
        outage.remember()
        assert not outage.is_remembered

    def test_that_cannot_be_noted_harms_nothing(self, outage, temporary):
        temporary.rmdir()
        outage.remember()
        assert not outage.is_remembered

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("refuse", {}),
            ("reset", {}),
            ("truncate", {}),
            ("answer", {"status": 200, "body": "<html>"}),
            ("status", {"status": 500, "code": "InternalError"}),
        ],
    )
    def test_is_that_every_region_fails(self, server, client, target, outage, kind, options):
        break_all(server, kind, **options)
        with pytest.raises(AllRegionsFailed):
            client.cached_file("key", target)
        assert outage.is_remembered

    def test_is_not_that_one_region_answers(self, server, client, target, outage):
        break_all(server, "refuse")
        server.regions[2].fault("status", status=403, code="AccessDenied")
        with pytest.raises(AllRegionsFailed):
            client.cached_file("key", target)
        assert not outage.is_remembered

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("corrupt", {}),
            ("status", {"status": 503, "code": "SlowDown"}),
            ("status", {"status": 403, "code": "AccessDenied"}),
            ("status", {"status": 404, "code": "NoSuchKey"}),
            ("status", {"status": 403, "code": "InvalidObjectState"}),
            ("status", {"status": 400, "code": "ExpiredToken"}),
            ("status", {"status": 400, "code": "InvalidRequest"}),
        ],
    )
    def test_is_nothing_else_that_all_regions_say(self, server, client, target, outage, kind, options):
        break_all(server, kind, **options)
        with pytest.raises((RequestFailed, ClientError)):
            client.cached_file("key", target)
        assert not outage.is_remembered

    @pytest.mark.parametrize("stale_if_error", [False, True])
    def test_is_not_that_a_deadline_was_too_short(self, server, make_client, cached, outage, stale_if_error):
        break_all(server, "hang")
        expected = contextlib.nullcontext() if stale_if_error else pytest.raises(DeadlineExceeded)
        with make_client(timeouts=HANGING) as client, expected:
            client.cached_file("key", cached, ttl=1, stale_if_error=stale_if_error, deadline=0.05)
        assert not outage.is_remembered

    def test_is_not_that_nothing_arrives_at_once(self, server, make_client, cached, outage, caplog):
        break_all(server, "hang")
        with make_client(timeouts=HANGING) as client:
            client.cached_file("key", cached, ttl=1, stale_if_error=True)
            assert not outage.is_remembered
        assert "nothing of a new one arrived in 0.3 s" in caplog.text

    def test_is_not_that_a_retry_budget_is_spent(self, server, make_client, target, outage):
        break_all(server, "refuse")
        client = make_client(retry_budget=RetryBudget(token_ratio=1e-9, max_tokens=1))
        client._retry_tokens.spend()
        with pytest.raises(RetryBudgetExhausted):
            client.cached_file("key", target)
        assert not outage.is_remembered

    def test_is_not_what_a_wrong_parameter_is(self, client, cached, regions):
        with pytest.raises(LocalFault):
            client.cached_file("key", cached.with_name("new"), VersionID="wrong spelling")
        assert not KnownOutage(regions).is_remembered


class TestARevalidation:
    def test_that_moves_is_waited_for(self, monkeypatch):
        now, looks = [0.0], itertools.count(1)
        monkeypatch.setattr(single_flight, "time", SimpleNamespace(monotonic=lambda: now[0]))
        running = single_flight.Revalidation()

        def look(_):
            now[0] += single_flight.PATIENCE / 2
            running._moved()
            if next(looks) == 20:
                running._done.set()

        monkeypatch.setattr(running._done, "wait", look)
        assert running.wait(time.monotonic() + 60)

    def test_that_has_not_moved_for_a_while_is_not_waited_for(self, monkeypatch):
        running = single_flight.Revalidation()
        running._moved_at -= single_flight.PATIENCE
        monkeypatch.setattr(running._done, "wait", None)
        assert not running.wait(time.monotonic() + 60)

    def test_is_one_for_all_who_ask(self):
        all_of_them, release, begun = single_flight.Revalidations(), threading.Event(), []

        def work(_):
            begun.append(1)
            release.wait(60)

        found = {all_of_them.begin("name", work) for _ in range(5)}
        release.set()
        assert len(found) == len(begun) == 1
        assert found.pop().wait(time.monotonic() + 60)

    def test_is_begun_anew_in_a_forked_child(self):
        all_of_them, release = single_flight.Revalidations(), threading.Event()
        first = all_of_them.begin("name", lambda _: release.wait(60))
        all_of_them.after_fork()
        assert all_of_them.begin("name", lambda _: release.wait(60)) is not first
        release.set()


def test_a_deadline_holds_without_an_old_file(server, make_client, target):
    break_all(server, "hang")
    with pytest.raises(DeadlineExceeded):
        make_client(timeouts=HANGING).cached_file("key", target, stale_if_error=True, deadline=0.3)


def test_errors_of_the_answer_are_the_callers(server, client, target):
    break_all(server, "status", status=400, code="InvalidRequest")
    with pytest.raises(ClientError):
        client.cached_file("key", target, stale_if_error=True)


def test_a_download_that_fails_over_is_noted_too(server, client, target):
    server.regions[0].fault("refuse")
    client.cached_file("key", target)
    client.cached_file("key", target)
    assert requests(server) == 1
    assert json.loads(cache.path_of(target).read_text())["checksum"] == "CRC32"


def test_a_cached_file_is_what_it_says(target, regions):
    wanted = Wanted.of("key", ["b"], {"VersionId": "v", "ResponseContentType": "text/plain"}, compared=False)
    assert str(wanted) == "'key' VersionId=v"
    assert CachedFile(target, wanted, KnownOutage(regions), lambda *_: None).target == target


def test_threads_of_two_kinds_share_one_download(server, client, cached):
    server.regions[0].fault("slow", seconds=0.2)
    with ThreadPoolExecutor(4) as threads:
        found = list(
            threads.map(
                lambda stale: client.cached_file("key", cached, ttl=1, stale_if_error=stale).read_bytes(),
                [True, False, True, False],
            )
        )
    assert found == [BODY] * 4
    assert requests(server) == 2
