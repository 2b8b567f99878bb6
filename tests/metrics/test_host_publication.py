"""Several processes of one host: simulated ones on a clock of their own, and real ones."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from botocore.exceptions import ReadTimeoutError
from metric_hosts import MINUTE, REGIONS, attempt, fail, request

from s3_failover.metrics import ledger
from s3_failover.metrics.ledger import Ledger
from s3_failover.metrics.shared_directory import SharedDirectory

SUPPORT = Path(__file__).parents[1] / "support"
RUNTIME = Path(__file__).parents[2] / "runtime"
SPEED = 40
NOW = 1_800_000_000.0


def die(sink):
    """End a simulated process as kill -9 does: nothing is written any more, and its locks are gone."""
    publisher, sink._publisher = sink._publisher, None
    publisher._publication.share = publisher._publication.farewell = lambda *_: None
    publisher._publication.publish = lambda *_: True
    publisher._publication.abandon()
    publisher.stop(10)


def test_four_processes_of_a_host_are_one_datapoint_and_their_counts_are_added(sink, clock, cloudwatch):
    workers = [sink() for _ in range(4)]
    for worker in workers:
        worker.on_attempt(attempt("us-east-1"))
        worker.on_request(request(duration=0.1))
    fail(workers[0], "us-east-1")
    fail(workers[1], "us-east-1")
    clock.run(180)
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 1, 1: 1, 2: 1}
    assert cloudwatch.values("Attempts", "us-east-1") == {0: 6, 1: 0, 2: 0}
    assert len(cloudwatch.samples["AllRegionsFailing", None]) == 3
    assert sum(sample.count for sample in cloudwatch.samples["Latency", None]) == 4


def test_the_same_process_publishes_every_minute_while_it_lives(sink, clock, cloudwatch, tmp_path):
    for _ in range(3):
        sink()
    publishers = set()
    for _ in range(5):
        clock.run(60)
        (path,) = (tmp_path / "shared").glob("*/ledger.json")
        publishers.add(json.loads(path.read_text())["publisher"])
    assert len(publishers) == 1


def test_different_hosts_services_and_destinations_have_nothing_to_do_with_each_other(sink, clock, cloudwatch):
    for host in ("host-1", "host-2", "host-3"):
        sink(host)
    clock.run(120)
    counts = Counter(sample.timestamp for sample in cloudwatch.samples["AllRegionsFailing", None])
    assert counts == {MINUTE: 3, MINUTE + 60: 3}


def test_the_gauge_of_a_dead_process_is_gone_and_its_last_counts_are_not(sink, clock, cloudwatch):
    sink()
    dying = sink()
    clock.run(60)
    fail(dying, "us-east-1", exhausted=True)
    clock.settle()
    die(dying)
    clock.run(120)
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0, 1: 0, 2: 0}
    assert cloudwatch.values("Exhausted") == {0: 0, 1: 1, 2: 0}


def test_what_a_lone_process_counted_before_it_was_killed_is_published_by_its_successor(sink, clock, cloudwatch):
    dying = sink()
    clock.run(60)
    fail(dying, "us-east-1", exhausted=True)
    clock.settle()
    die(dying)
    clock.run(240)
    sink()
    clock.run(60)
    assert cloudwatch.values("Exhausted") == {0: 0, 5: 1}
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0, 5: 0}


def test_what_a_process_counted_that_died_long_ago_is_no_news(sink, clock, cloudwatch):
    dying = sink()
    clock.run(60)
    fail(dying, "us-east-1", exhausted=True)
    clock.settle()
    die(dying)
    clock.run(3600)
    sink()
    clock.run(60)
    assert cloudwatch.values("Exhausted") == {0: 0, 61: 0}


def test_a_lone_process_that_ends_while_every_region_fails_says_so_in_the_next_minute(sink, clock, cloudwatch):
    one = sink()
    clock.run(40)
    fail(one, *REGIONS, exhausted=True)
    one.on_close()
    assert cloudwatch.values("AllRegionsFailing") == {0: 0, 1: 1}
    assert cloudwatch.values("Exhausted") == {0: 0, 1: 1}
    again = sink()
    clock.run(140)
    again.on_close()
    assert cloudwatch.values("AllRegionsFailing") == {0: 0, 1: 1, 2: 0}
    assert cloudwatch.values("Exhausted") == {0: 0, 1: 1, 2: 0}
    assert len(cloudwatch.samples["AllRegionsFailing", None]) == 3


def test_a_process_that_ends_before_its_first_datapoint_publishes_it(sink, clock, cloudwatch):
    one = sink()
    fail(one, *REGIONS, exhausted=True)
    one.on_close()
    assert cloudwatch.values("Exhausted") == {0: 1}


def test_a_process_that_ends_in_peace_leaves_its_counts_to_its_successor(sink, clock, cloudwatch):
    one = sink()
    clock.run(30)
    one.on_attempt(attempt("us-east-1"))
    one.on_close()
    clock.run(30)
    sink()
    clock.run(60)
    assert cloudwatch.values("Attempts", "us-east-1") == {0: 0, 1: 1}


def test_a_process_that_ends_among_others_leaves_its_counts_to_them(sink, clock, cloudwatch):
    one = sink()
    sink()
    clock.run(30)
    fail(one, "us-east-1", exhausted=True)
    one.on_close()
    clock.run(60)
    assert cloudwatch.values("Exhausted") == {0: 0, 1: 1}
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 0, 1: 0}


def test_nothing_is_left_in_the_directory_but_the_account(sink, clock, cloudwatch, tmp_path):
    for worker in [sink() for _ in range(3)]:
        fail(worker, "us-east-1", exhausted=True)
        clock.run(60)
        worker.on_close()
    sink()
    clock.run(60)
    names = {path.suffix for path in (tmp_path / "shared").glob("*/*")}
    assert names == {".alive", ".json", ".lock"}
    assert len(list((tmp_path / "shared").glob("*/*.alive"))) == 1


def test_a_cleaner_of_temporary_files_does_not_silence_a_host(sink, clock, cloudwatch, tmp_path):
    one = sink()
    fail(one, "us-east-1", exhausted=True)
    clock.run(300)
    for path in (tmp_path / "shared").glob("*/*"):
        path.unlink()
    clock.run(300)
    (tmp_path / "shared").rename(tmp_path / "gone")
    clock.run(300)
    minutes = range(15)
    assert cloudwatch.values("RegionFailing", "us-east-1") == dict.fromkeys(minutes, 1)
    assert cloudwatch.values("Exhausted") == {minute: int(minute == 0) for minute in minutes}


def test_a_lost_answer_makes_no_second_datapoint_in_its_minute(sink, clock, cloudwatch):
    one = sink()
    fail(one, "us-east-1", exhausted=True)
    cloudwatch.fails_with = ReadTimeoutError(endpoint_url="x")
    clock.run(60)
    cloudwatch.fails_with = None
    clock.run(60)
    assert cloudwatch.values("RegionFailing", "us-east-1") == {0: 1, 1: 1}
    assert cloudwatch.values("Exhausted") == {0: 1, 1: 1}  # twice rather than never


def test_a_publisher_that_was_killed_in_its_call_has_its_minute_and_its_counts_go_with_the_next(
    clock, sink, cloudwatch
):
    one, other = sink(), sink()
    fail(one, "us-east-1", exhausted=True)
    fail(other, "us-east-1", exhausted=True)
    clock.run(2)  # both have written down what they saw

    def killed(_):
        raise SystemExit

    one._publisher._publication._send = other._publisher._publication._send = killed
    with pytest.raises(SystemExit):
        one._publisher._publication.publish(MINUTE)
    die(one)
    other._publisher._publication._send = other._send
    clock.run(120)
    assert cloudwatch.values("Exhausted") == {1: 2}


def test_a_damaged_account_is_begun_anew_without_counting_everything_again(sink, clock, cloudwatch, tmp_path):
    one = sink()
    fail(one, "us-east-1", exhausted=True)
    clock.run(300)
    (path,) = (tmp_path / "shared").glob("*/ledger.json")
    path.write_text('{"slot": ')
    clock.run(120)
    fail(one, "us-east-1", exhausted=True)
    clock.run(60)
    values = cloudwatch.values("Exhausted")
    assert sum(values.values()) == 2
    assert (values[0], values[7]) == (1, 1)


@pytest.mark.parametrize(
    "text", [None, "", "[]", "7", '{"slot": 1}', '{"slot":1,"publisher":"x","counted":[],"pending":{}}']
)
def test_an_account_that_cannot_be_read_is_none(text):
    assert Ledger.load(text) is None


def test_an_account_is_read_as_it_was_written():
    book = Ledger(60.0, "1-a", {"1-a": Counter(exhausted=2)}, Counter({"attempts/us-east-1": 3}))
    assert Ledger.load(book.dump()) == book


def test_a_minute_is_due_once():
    book = Ledger(600.0, "1-a")
    assert [ledger.is_due(book, slot) for slot in (540.0, 600.0, 660.0)] == [False, False, True]


def test_the_default_directory_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = SharedDirectory(None, "ivr", "x")
    place.join()
    (root,) = tmp_path.iterdir()
    assert root.name == f"s3-failover-metrics-{os.getuid()}"
    assert {oct(path.stat().st_mode & 0o777) for path in (root, place.path)} == {"0o700"}
    place.leave(nothing_left=True)


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_default_directory_that_others_may_look_into_is_not_used(monkeypatch, tmp_path, mode):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"s3-failover-metrics-{os.getuid()}").mkdir()
    (tmp_path / f"s3-failover-metrics-{os.getuid()}").chmod(mode)
    with pytest.raises(PermissionError, match=r"expected \d+ and 0700: remove it"):
        SharedDirectory(None, "ivr", "x").join()


def test_a_link_in_place_of_the_default_directory_is_not_followed(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"s3-failover-metrics-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError, match="remove it, or pass another directory"):
        SharedDirectory(None, "ivr", "x").join()


def test_a_directory_that_everybody_may_write_to_is_not_used(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o1777)
    with pytest.raises(PermissionError, match="chmod o-w"):
        SharedDirectory(tmp_path / "open", "ivr", "x").join()


def test_a_chosen_directory_is_shared_with_its_group_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        place = SharedDirectory(tmp_path / "chosen", "ivr", "x")
        place.join()
        with place.leading(NOW, 180) as ours:
            assert ours
            place.replace("ledger.json", "{}")
    finally:
        os.umask(before)
    modes = {path.name.split(".")[-1]: oct(path.stat().st_mode & 0o777) for path in place.path.iterdir()}
    assert modes == {"alive": "0o660", "lock": "0o660", "json": "0o660"}
    assert oct(place.path.stat().st_mode & 0o777) == "0o770"
    place.leave(nothing_left=True)


LEAD = """
import sys
from pathlib import Path
from s3_failover.metrics.shared_directory import SharedDirectory
place = SharedDirectory(Path(sys.argv[1]), "ivr", "x")
place.join()
with place.leading(float(sys.argv[2]), 180) as ours:
    print(ours, flush=True)
    sys.stdin.readline()
    print(place.replace("ledger.json", "late"), flush=True)
"""


def lead(root):
    command = [sys.executable, "-c", LEAD, str(root), str(NOW)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(RUNTIME)}
    )


def test_of_two_processes_at_the_same_moment_one_leads(tmp_path):
    with lead(tmp_path) as first, lead(tmp_path) as second:
        assert sorted(process.stdout.readline() for process in (first, second)) == ["False\n", "True\n"]
        for process in (first, second):
            process.stdin.close()
    with lead(tmp_path) as third:
        assert third.stdout.readline() == "True\n"
        third.stdin.close()


def test_a_process_that_is_killed_leads_no_more_and_is_not_alive(tmp_path):
    place = SharedDirectory(tmp_path, "ivr", "x")
    place.join()
    with lead(tmp_path) as other:
        assert other.stdout.readline() == "True\n"
        with place.leading(NOW, 180) as ours:
            assert not ours
        (name,) = {path.stem for path in place.path.glob("*.alive")} - {place.member}
        assert place.members()[name].alive
        other.kill()
        other.wait()
    with place.leading(NOW, 180) as ours:
        assert ours
        assert not place.members()[name].alive
        assert place.members()[place.member].alive
    place.leave(nothing_left=True)


def test_a_process_that_is_frozen_while_it_leads_is_replaced_and_writes_nothing_when_it_wakes(tmp_path):
    place = SharedDirectory(tmp_path, "ivr", "x")
    place.join()
    with lead(tmp_path) as frozen:
        assert frozen.stdout.readline() == "True\n"
        for waited, replaced in ((179, False), (181, True)):
            with place.leading(NOW + waited, 180) as ours:
                assert ours == replaced
                assert place.replace("ledger.json", "new") == replaced
        frozen.stdin.close()
        assert frozen.stdout.readline() == "False\n"
    assert place.read("ledger.json") == "new"
    place.leave(nothing_left=True)


def test_a_directory_that_cannot_be_used_is_reported_once_and_tried_again(sink, clock, cloudwatch, tmp_path, caplog):
    (tmp_path / "file").write_text("not a directory")
    one = sink(directory=tmp_path / "file")
    fail(one, "us-east-1", exhausted=True)
    clock.run(180)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert cloudwatch.calls == []
    (tmp_path / "file").unlink()
    clock.run(60)
    assert cloudwatch.values("Exhausted") == {3: 1}


WORKER = """
import os, sys, time
from metric_hosts import FastClock, fail
from s3_failover.metrics import EmfMetrics

started, speed, directory, path = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
sink = EmfMetrics("ivr", host="host-1", path=path, directory=directory, clock=FastClock(started, speed))
sink.on_start(["us-east-1"])
fail(sink, "us-east-1", exhausted=True)
print("ready", flush=True)
sys.stdin.read()
sink.on_close()
"""


@pytest.fixture
def workers(tmp_path):
    """Starts real processes of one host, whose minutes last one and a half seconds; and reads what they published."""
    host = Workers(tmp_path)
    yield host
    host.end()


class Workers:
    def __init__(self, directory):
        self.directory, self.path = directory / "shared", directory / "lines"
        self._started = time.time() // 60 * 60
        self.running = []

    def start(self, count):
        arguments = [str(self._started), str(SPEED), str(self.directory), str(self.path)]
        made = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": f"{RUNTIME}:{SUPPORT}"},
            )
            for _ in range(count)
        ]
        self.running += made
        for process in made:
            assert process.stdout.readline() == "ready\n"

    def minutes(self):
        """Return the minutes in which the host said something about all regions, in the order of the lines."""
        text = self.path.read_text() if self.path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        return [line["_aws"]["Timestamp"] // 60000 for line in lines if "AllRegionsFailing" in line]

    def exhausted(self):
        lines = map(json.loads, self.path.read_text().splitlines())
        return sum(line.get("Exhausted", 0) for line in lines)

    def wait_for(self, count):
        """Wait until so many more minutes are published."""
        wanted = len(self.minutes()) + count
        deadline = time.monotonic() + 60
        while len(self.minutes()) < wanted:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @property
    def publisher(self):
        (path,) = self.directory.glob("*/ledger.json")
        return int(json.loads(path.read_text())["publisher"].split("-")[0])

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        next(process for process in self.running if process.pid == pid).wait()

    def end(self):
        for process in self.running:
            process.stdin.close()
        for process in self.running:
            process.wait(20)
            process.stdout.close()


def test_real_processes_publish_each_minute_once_and_another_takes_over_when_the_publisher_is_killed(workers):
    workers.start(4)
    workers.wait_for(2)
    killed = []
    for _ in range(3):
        killed.append(workers.publisher)
        workers.kill(killed[-1])
        workers.wait_for(1)
    assert len(set(killed)) == 3
    minutes = workers.minutes()
    assert len(minutes) == len(set(minutes))
    # Each process exhausted one request: killed or not, it was counted. A kill amid a publication may count it again.
    assert 4 <= workers.exhausted() <= 4 + 3
    assert minutes[-1] - minutes[0] <= len(minutes) + 2


def test_a_frozen_publisher_is_replaced_too(workers):
    workers.start(2)
    workers.wait_for(2)
    frozen = workers.publisher
    os.kill(frozen, signal.SIGSTOP)
    try:
        workers.wait_for(2)
        assert workers.publisher != frozen
    finally:
        os.kill(frozen, signal.SIGCONT)
    minutes = workers.minutes()
    assert len(minutes) == len(set(minutes))
