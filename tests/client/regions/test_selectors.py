"""Rotation: every region is where some request begins, in every thread, process and restart."""

import collections
import fcntl
import multiprocessing
import os
import threading
import time

import pytest
from downloads import PATIENCE

from s3_failover import InvalidConfiguration, PersistedIndex, RandomStart, RoundRobin
from s3_failover.client import locks
from s3_failover.client.regions import pool
from s3_failover.client.regions.pool import required_selector

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def patient(monkeypatch):
    """Waits for the lock of an index however busy the machine is."""
    monkeypatch.setattr(pool, "_PATIENCE", PATIENCE)


def test_round_robin_goes_around():
    selector = RoundRobin()
    first = selector.next_index(3)
    assert [selector.next_index(3) for _ in range(5)] == [(first + step) % 3 for step in range(1, 6)]


def test_round_robin_starts_at_random():
    assert {RoundRobin().next_index(3) for _ in range(100)} == {0, 1, 2}


def test_short_lived_threads_share_one_rotation():
    # A rotation kept per thread begins at the same region in each.
    selector, seen = RoundRobin(), []
    for _ in range(9):
        thread = threading.Thread(target=lambda: seen.append(selector.next_index(3)))
        thread.start()
        thread.join()
    assert collections.Counter(seen) == {0: 3, 1: 3, 2: 3}


def test_many_threads_at_once_leave_no_region_out():
    selector = RoundRobin()
    counts = [collections.Counter() for _ in range(16)]

    def take(count):
        count.update(selector.next_index(3) for _ in range(1000))

    threads = [threading.Thread(target=take, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(counts, collections.Counter())
    assert max(total.values()) - min(total.values()) <= 1


def _in_children(function, count):
    """Return what a function returns in each of some forked children."""
    results = FORK.SimpleQueue()
    children = [FORK.Process(target=lambda: results.put(function())) for _ in range(count)]
    for child in children:
        child.start()
    found = [results.get() for _ in children]
    for child in children:
        child.join()
    return found


@pytest.mark.parametrize("kind", [RoundRobin, RandomStart])
def test_forked_children_do_not_march_in_step(kind):
    selector = kind()
    runs = _in_children(lambda: tuple(selector.next_index(1 << 30) for _ in range(3)), 4)
    assert len(set(runs)) == 4


def test_random_start_reaches_every_region():
    selector = RandomStart()
    seen = collections.Counter(selector.next_index(3) for _ in range(3000))
    assert set(seen) == {0, 1, 2}
    assert min(seen.values()) > 800


def test_a_persisted_index_goes_on_after_a_restart(tmp_path):
    path = tmp_path / "index"
    before = [PersistedIndex(path).next_index(3) for _ in range(4)]
    assert before == [(before[0] + step) % 3 for step in range(4)]


def test_a_persisted_index_is_one_for_all_processes(tmp_path, patient):
    selector = PersistedIndex(tmp_path / "index")
    runs = _in_children(lambda: [selector.next_index(1 << 40) for _ in range(200)], 4)
    everything = sorted(index for run in runs for index in run)
    assert everything == list(range(everything[0], everything[0] + 800))


def test_two_processes_at_the_same_moment_get_two_indexes(tmp_path, patient, caplog):
    index, real = PersistedIndex(tmp_path / "index"), os.pread
    first = index.next_index(1 << 40)
    has_read, may_write, results, ours = FORK.Event(), FORK.Event(), FORK.SimpleQueue(), []

    def read_and_wait(*arguments):
        found = real(*arguments)
        has_read.set()
        assert may_write.wait(PATIENCE)
        return found

    def theirs():
        os.pread = read_and_wait
        results.put(index.next_index(1 << 40))

    child = FORK.Process(target=theirs)
    child.start()
    assert has_read.wait(PATIENCE)
    thread = threading.Thread(target=lambda: ours.append(index.next_index(1 << 40)))
    thread.start()
    # Time in which we would read what the other one is about to change.
    thread.join(0.3)
    assert ours == []
    may_write.set()
    thread.join(PATIENCE)
    child.join(PATIENCE)
    assert (results.get(), *ours) == (first + 1, first + 2)
    assert caplog.records == []


def test_a_persisted_index_is_unlocked_between_requests(tmp_path):
    index = PersistedIndex(tmp_path / "index")
    first = index.next_index(1 << 40)
    assert _in_children(lambda: index.next_index(1 << 40), 1) == [first + 1]
    assert index.next_index(1 << 40) == first + 2


def test_a_forked_child_does_not_keep_its_parents_lock(tmp_path):
    path = tmp_path / "index"
    index, ready, go_on = PersistedIndex(path), FORK.Event(), FORK.Event()

    def live():
        ready.set()
        go_on.wait(PATIENCE)

    with locks.holding_file(index._file, time.monotonic() + PATIENCE):
        child = FORK.Process(target=live)
        child.start()
        assert ready.wait(PATIENCE)
        # As when the parent is killed.
        os.close(index._file)
        other = os.open(path, os.O_RDWR)
        is_free = locks.take(other)
        os.close(other)
        index._file = os.open(path, os.O_RDWR)
    go_on.set()
    child.join(PATIENCE)
    assert is_free


def test_a_persisted_index_is_one_for_all_threads(tmp_path, patient):
    selector, seen = PersistedIndex(tmp_path / "index"), []

    def take():
        seen.extend(selector.next_index(1 << 40) for _ in range(100))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 800


@pytest.mark.parametrize("content", [b"", b"not a number", b"\x00\xff", b"-5"])
def test_a_damaged_index_begins_anew(tmp_path, content):
    path = tmp_path / "index"
    path.write_bytes(content)
    assert PersistedIndex(path).next_index(3) in {0, 1, 2}
    assert int(path.read_bytes()) >= 0


def test_an_index_starts_again_before_it_outgrows_its_file(tmp_path):
    path = tmp_path / "index"
    path.write_bytes(b"%020d" % ((1 << 62) - 2))
    index = PersistedIndex(path)
    assert [index.next_index(1 << 63) for _ in range(3)] == [(1 << 62) - 1, 0, 1]
    assert path.stat().st_size == 20


def test_an_index_is_a_file_that_its_owner_alone_writes(tmp_path):
    mask = os.umask(0)
    try:
        PersistedIndex(tmp_path / "index")
    finally:
        os.umask(mask)
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o644


def test_an_index_that_is_not_used_any_more_is_closed(tmp_path):
    index = PersistedIndex(tmp_path / "index")
    file = index._file
    del index
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_a_forked_child_opens_the_index_for_itself(tmp_path):
    index = PersistedIndex(tmp_path / "index")
    index._lock.acquire()
    parent = index._file

    def look():
        return os.path.samestat(os.fstat(index._file), (tmp_path / "index").stat()), index._lock.locked()

    assert _in_children(look, 1) == [(True, False)]
    index.after_fork()
    assert not index._lock.locked()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(parent)


@pytest.mark.parametrize("path", [5, None, b"\xff\x00"])
def test_an_index_needs_a_path(path):
    with pytest.raises(InvalidConfiguration, match="path of the index"):
        PersistedIndex(path)


def test_an_index_that_cannot_be_kept_is_refused(tmp_path):
    with pytest.raises(
        InvalidConfiguration, match=r"cannot keep the index in .*: make its directory, or use RoundRobin"
    ):
        PersistedIndex(tmp_path / "missing" / "index")


def test_rotation_goes_on_in_memory_when_the_disk_fails(tmp_path, monkeypatch, caplog):
    selector = PersistedIndex(tmp_path / "index")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    first = selector.next_index(3)
    assert [selector.next_index(3) for _ in range(3)] == [(first + step) % 3 for step in range(1, 4)]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_an_index_that_somebody_keeps_locked_holds_up_no_request(tmp_path, caplog):
    index = PersistedIndex(tmp_path / "index")
    index.next_index(3)
    before = (tmp_path / "index").read_bytes()
    with (tmp_path / "index").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert {index.next_index(3) for _ in range(3)} == {0, 1, 2}
    # It is another's to change.
    assert (tmp_path / "index").read_bytes() == before
    assert ["cannot be kept" in record.getMessage() for record in caplog.records] == [True]


def test_a_client_takes_any_object_that_chooses_and_goes_around_by_default():
    class Mine:
        def next_index(self, count):
            return 0

    mine = Mine()
    assert required_selector(mine) is mine
    assert isinstance(required_selector(None), RoundRobin)


@pytest.mark.parametrize("given", [5, "round robin", RoundRobin, object()])
def test_what_chooses_nothing_is_no_selector(given):
    with pytest.raises(InvalidConfiguration, match=r"an object with next_index\(count\), such as RoundRobin\(\)"):
        required_selector(given)
