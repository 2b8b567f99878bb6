import contextlib
import os
import stat
import tempfile
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from downloads import PATIENCE, forked, kill, line, process, together

from s3_failover.client import locks
from s3_failover.client.net.guard import Cancellation, cancellable, seconds_left

HOLD = """
    import sys, time
    from s3_failover.client import locks
    with locks.holding(sys.argv[1], time.monotonic() + 60):
        print("held", flush=True)
        sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A temporary directory of the test's own, for this process and those it starts."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    monkeypatch.setenv("TMPDIR", str(directory))
    return directory


@pytest.fixture
def lock_file(temporary):
    """Where the lock of `name` is."""
    with holding():
        (found,) = temporary.iterdir()
    return found


def holding(name="name", seconds=PATIENCE):
    return locks.holding(name, time.monotonic() + seconds)


def is_free(name="name"):
    try:
        with holding(name, 0):
            return True
    except TimeoutError:
        return False


class TestThreads:
    def test_hold_a_lock_one_at_a_time(self):
        inside, most = 0, 0

        def work(_):
            nonlocal inside, most
            with holding():
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

        assert together(64, work) == [None] * 64
        assert most == 1

    def test_do_not_wait_for_other_names(self):
        with holding("a"), holding("b"), holding("c"):
            assert not is_free("b")
            assert is_free("d")

    def test_wait_no_longer_than_they_want(self):
        with holding():
            begin = time.monotonic()
            with pytest.raises(TimeoutError), holding(seconds=0.2):
                pass
            assert 0.2 <= time.monotonic() - begin < 60

    def test_give_a_lock_back_whatever_happens(self):
        with pytest.raises(KeyboardInterrupt), holding():
            raise KeyboardInterrupt
        assert is_free()

    def test_leave_nothing_behind(self, temporary):
        before = len(list(Path("/proc/self/fd").iterdir()))
        for number in range(100):
            with holding(str(number)):
                pass
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert list(temporary.iterdir()) == []

    def test_stop_waiting_when_their_request_is_given_up(self):
        request = Cancellation()

        def wait(_):
            with cancellable(request), locks.holding("name", time.monotonic() + PATIENCE, seconds_left):
                pass

        with holding():
            timer = threading.Timer(0.1, request.cancel)
            timer.start()
            (error,) = together(1, wait)
            timer.join()
        assert isinstance(error, CancelledError)


class TestProcesses:
    def test_hold_a_lock_one_at_a_time(self, tmp_path):
        count = """
            import sys, time
            from pathlib import Path
            from s3_failover.client import locks
            number = Path(sys.argv[1])
            print("ready", flush=True)
            sys.stdin.readline()
            for _ in range(25):
                with locks.holding("name", time.monotonic() + 60):
                    number.write_text(str(int(number.read_text()) + 1))
            print("done", flush=True)
        """
        number = tmp_path / "number"
        number.write_text("0")
        with contextlib.ExitStack() as stack:
            several = [stack.enter_context(process(count, number)) for _ in range(4)]
            for running in several:
                assert line(running) == "ready"
            for running in several:
                running.stdin.write("\n")
                running.stdin.flush()
            for running in several:
                assert line(running) == "done"
        assert number.read_text() == "100"

    def test_wait_for_each_other_no_longer_than_they_want(self):
        with process(HOLD, "name") as other:
            assert line(other) == "held"
            with pytest.raises(TimeoutError), holding(seconds=0.1):
                pass
            assert is_free("another name")
            other.stdin.close()
            with holding():
                pass

    def test_that_are_killed_hold_nothing(self):
        with process(HOLD, "name") as other:
            assert line(other) == "held"
            kill(other)
            assert is_free()

    def test_that_are_killed_hold_nothing_although_a_child_of_theirs_lives(self):
        code = """
            import os, sys, time
            from s3_failover.client import locks
            with locks.holding("name", time.monotonic() + 60):
                if os.fork():
                    os.wait()
                else:
                    print("child", flush=True)
                    sys.stdin.read()
        """
        with process(code) as other:
            assert line(other) == "child"
            assert not is_free()
            kill(other)
            with holding():
                pass

    def test_of_other_users_are_not_waited_for(self, lock_file, monkeypatch):
        with process(HOLD, "name") as other:
            assert line(other) == "held"
            monkeypatch.setattr(tempfile, "tempdir", str(lock_file.parent.parent))
            assert is_free()


class TestForkedChildren:
    def test_do_not_have_their_parents_locks(self):
        with holding():
            assert forked(take).startswith("TimeoutError")
        assert forked(take) == ""

    def test_cannot_give_back_their_parents_locks(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(holding())
            assert forked(stack.close) == ""
            assert forked(take).startswith("TimeoutError")

    def test_take_no_lock_away_by_ending(self):
        with holding("a"):

            def child():
                with holding("b"):
                    pass

            assert forked(child) == ""
            assert forked(lambda: take("a")).startswith("TimeoutError")

    def test_wait_for_a_thread_of_their_parent_that_ends(self):
        held, over = threading.Event(), threading.Event()

        def hold():
            with holding():
                held.set()
                over.wait(PATIENCE)

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(PATIENCE)
        timer = threading.Timer(0.3, over.set)
        timer.start()
        assert forked(lambda: take(seconds=PATIENCE)) == ""
        assert over.is_set()
        timer.join()
        thread.join()


class TestTheLockFile:
    def test_is_empty_and_the_users_alone_and_there_while_the_lock_is_held(self, lock_file, temporary):
        with holding():
            assert list(temporary.iterdir()) == [lock_file]
            assert lock_file.name.startswith(f"s3-failover-{os.getuid()}-")
            assert stat.S_IMODE(lock_file.stat().st_mode) == 0o600
            assert lock_file.stat().st_size == 0
        assert list(temporary.iterdir()) == []

    @pytest.mark.parametrize("kind", ["link", "hard link", "full", "everybody's", "pipe", "directory", "stranger's"])
    def test_is_refused_if_somebody_else_may_have_made_it(self, lock_file, kind):
        other = lock_file.with_name("other")
        other.touch()
        match kind:
            case "link":
                lock_file.symlink_to(other)
            case "hard link":
                lock_file.hardlink_to(other)
            case "full":
                lock_file.write_text("another program's")
            case "everybody's":
                lock_file.touch()
                lock_file.chmod(0o666)
            case "pipe":
                os.mkfifo(lock_file, 0o600)
            case "directory":
                lock_file.mkdir()
            case "stranger's" if os.getuid() == 0:
                lock_file.touch()
                os.chown(lock_file, 65534, 65534)
            case _:
                pytest.skip("only root can give files away")
        with pytest.raises(OSError, match=lock_file.name) as caught, holding():
            pass
        assert not isinstance(caught.value, TimeoutError)
        if lock_file.is_dir():
            lock_file.rmdir()
        else:
            lock_file.unlink()
        assert is_free()

    def test_of_a_process_that_was_killed_is_taken_over(self, lock_file):
        with process(HOLD, "name") as other:
            assert line(other) == "held"
            kill(other)
            assert lock_file.exists()
            with holding():
                assert not is_free()
        assert not lock_file.exists()

    def test_locks_nothing_when_it_has_lost_its_name(self, lock_file):
        late = locks._NamedLock("name")
        with holding():
            assert not late.take()
        # What it has open was removed by the holder: others would not find it.
        assert not late.take()
        assert late.take()
        assert not is_free()
        late.close()
        assert is_free()

    def test_that_a_cleaner_removed_is_not_taken_for_the_one_of_the_next_holder(self, lock_file):
        with contextlib.ExitStack() as first:
            first.enter_context(holding())
            lock_file.unlink()
            with holding():
                first.close()
                assert lock_file.exists()
                assert not is_free()


def take(name="name", seconds=0):
    with holding(name, seconds):
        pass
