import contextlib
import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from downloads import contents, forked, kill, line, process

from s3_failover.client import locks
from s3_failover.client.files import replacement as replacements
from s3_failover.client.files import unfinished
from s3_failover.client.files.replacement import Replacement

OLD, NEW = b"old" * 1000, b"new" * 2000

NAMED = "from s3_failover.client.files import unfinished; unfinished._anonymous = lambda target: None"


@pytest.fixture(params=["anonymous", "named"])
def way(request, monkeypatch, tmp_path):
    """Both ways to write a file that is not there yet; `named` is that of systems without the other."""
    if request.param == "named":
        monkeypatch.setattr(unfinished, "_anonymous", lambda target: None)
    else:
        anonymous(tmp_path)
    return request.param


@pytest.fixture
def target(tmp_path):
    directory = tmp_path / "cache"
    directory.mkdir()
    (directory / "greeting.wav").write_bytes(OLD)
    return directory / "greeting.wav"


def anonymous(directory):
    found = unfinished._anonymous(directory / "any")
    if not found:
        pytest.skip(f"{directory} is on a file system without anonymous files")
    found.close()


def replace(target, data=NEW):
    with Replacement(target) as replacement:
        replacement.file.write(data)
        replacement.commit()


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


class TestWhatIsWritten:
    def test_the_new_content_takes_the_place_of_the_old(self, way, target):
        replace(target)
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_a_file_is_made_where_there_was_none(self, way, target):
        replace(target.with_name("other.wav"))
        assert contents(target.parent) == {"greeting.wav": OLD, "other.wav": NEW}

    def test_nothing_is_seen_before_the_commit(self, way, target):
        with Replacement(target) as replacement:
            replacement.file.write(NEW)
            assert target.read_bytes() == OLD
            if way == "anonymous":
                assert contents(target.parent) == {"greeting.wav": OLD}
            replacement.commit()

    def test_a_restart_forgets_what_one_region_sent(self, way, target):
        with Replacement(target) as replacement:
            replacement.restart()
            replacement.file.write(b"a long beginning of " * 100)
            replacement.restart()
            replacement.file.write(NEW)
            replacement.commit()
        assert target.read_bytes() == NEW

    def test_an_empty_object_is_an_empty_file(self, way, target):
        replace(target, b"")
        assert target.read_bytes() == b""

    def test_whatever_holds_bytes_can_be_written(self, target):
        with Replacement(target) as replacement:
            assert replacement.file.write(memoryview(b"abcdef")[::1]) == 6
            assert replacement.file.write(bytearray(b"ghi")) == 3
            replacement.commit()
        assert target.read_bytes() == b"abcdefghi"

    def test_a_system_that_takes_a_few_bytes_at_a_time_gets_all_of_them(self, monkeypatch, target):
        write = os.write
        monkeypatch.setattr(replacements.os, "write", lambda descriptor, data: write(descriptor, data[:7]))
        replace(target)
        assert target.read_bytes() == NEW

    def test_a_path_is_relative_to_the_working_directory(self, way, target, monkeypatch):
        monkeypatch.chdir(target.parent)
        replace("greeting.wav")
        replace("other.wav")
        assert contents(target.parent) == {"greeting.wav": NEW, "other.wav": NEW}

    def test_a_name_may_be_as_long_as_the_file_system_allows(self, way, target):
        name = "ä" * 127 + "x"
        replace(target.with_name(name))
        replace(target.with_name(name))
        assert contents(target.parent) == {"greeting.wav": OLD, name: NEW}

    def test_readers_see_the_old_or_the_new_content_and_nothing_else(self, way, target):
        seen, over = set(), threading.Event()

        def read():
            while not over.is_set():
                seen.add(target.read_bytes())

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(50):
            replace(target, NEW)
            replace(target, OLD)
        over.set()
        reader.join()
        assert seen <= {OLD, NEW}

    def test_a_file_counts_as_written_when_it_was_complete(self, way, target, monkeypatch):
        monkeypatch.setattr(replacements.time, "time_ns", lambda: 1_800_000_000_000_000_000)
        replace(target)
        assert target.stat().st_mtime == 1_800_000_000

    def test_all_is_on_disk_before_it_is_there(self, way, target, monkeypatch):
        order, fsync = [], os.fsync

        def note(descriptor):
            order.append(target.read_bytes() == NEW)
            fsync(descriptor)

        monkeypatch.setattr(replacements.os, "fsync", note)
        replace(target)
        assert order == [False]


class TestPermissions:
    def test_those_of_the_old_file_stay(self, way, target):
        target.chmod(0o604)
        replace(target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o604

    def test_nobody_else_may_read_an_unfinished_file(self, way, target):
        target.chmod(0o666)
        with Replacement(target) as replacement:
            assert stat.S_IMODE(os.fstat(replacement.descriptor).st_mode) == 0o600

    @pytest.mark.parametrize("prepare", ["", NAMED])
    def test_a_new_file_follows_the_umask(self, prepare, tmp_path):
        code = f"""
            import os, sys
            {prepare}
            from s3_failover.client.files.replacement import Replacement
            os.umask(0o027)
            with Replacement(sys.argv[1]) as replacement:
                replacement.commit()
            print("done")
        """
        with process(code, tmp_path / "x") as running:
            assert line(running) == "done"
        assert contents(tmp_path) == {"x": b""}
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


class TestLinks:
    def test_a_link_is_replaced_and_the_file_behind_it_stays(self, way, target):
        link = target.with_name("link.wav")
        link.symlink_to(target.name)
        replace(link)
        assert not link.is_symlink()
        assert contents(target.parent) == {"greeting.wav": OLD, "link.wav": NEW}

    @pytest.mark.parametrize("leads_to", ["nowhere", "link.wav"])
    def test_a_link_that_leads_nowhere_is_replaced(self, way, target, leads_to):
        link = target.with_name("link.wav")
        link.symlink_to(leads_to)
        replace(link)
        assert contents(target.parent) == {"greeting.wav": OLD, "link.wav": NEW}

    def test_a_link_to_an_open_file_is_not_replaced_because_it_is_how_standard_output_looks(self, target):
        with target.open("ab") as output:
            link = target.with_name("stdout")
            link.symlink_to(f"/proc/self/fd/{output.fileno()}")
            with pytest.raises(OSError, match="is a device"):
                replace(link)
        assert link.is_symlink()


class TestFailures:
    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
    def test_whatever_ends_a_download_leaves_what_was_there(self, way, target, error):
        with pytest.raises(error), Replacement(target) as replacement:
            replacement.file.write(NEW)
            raise error
        assert contents(target.parent) == {"greeting.wav": OLD}

    def test_a_download_that_nobody_commits_leaves_what_was_there(self, way, target):
        with Replacement(target) as replacement:
            replacement.file.write(NEW)
        assert contents(target.parent) == {"greeting.wav": OLD}

    def test_an_ended_replacement_can_do_nothing_more(self, way, target):
        with Replacement(target) as replacement:
            replacement.commit()
            for deed in (replacement.commit, replacement.restart, lambda: replacement.file.write(b"x")):
                with pytest.raises(RuntimeError, match="begin another"):
                    deed()

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
    @pytest.mark.parametrize("call", ["write", "fsync", "ftruncate", "fchmod"])
    def test_a_full_or_broken_disk_is_named_and_leaves_what_was_there(self, way, target, monkeypatch, call, number):
        before = descriptors()
        with pytest.raises(OSError, match="nothing has changed") as caught, Replacement(target) as replacement:
            monkeypatch.setattr(replacements.os, call, failing(number))
            replacement.restart()
            replacement.file.write(NEW)
            replacement.commit()
        assert (caught.value.errno, caught.value.filename) == (number, str(target))
        assert os.strerror(number).lower() in str(caught.value).lower()
        assert contents(target.parent) == {"greeting.wav": OLD}
        assert descriptors() == before

    def test_a_disk_that_fails_at_the_last_step_leaves_what_was_there(self, way, target, monkeypatch):
        monkeypatch.setattr(Path, "replace", failing(errno.EIO))
        with pytest.raises(OSError, match="check the disk"):
            replace(target)
        assert contents(target.parent) == {"greeting.wav": OLD}

    def test_an_interrupt_at_the_last_step_leaves_what_was_there(self, way, target, monkeypatch):
        def interrupted(self, to):
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replace(target)
        assert contents(target.parent) == {"greeting.wav": OLD}

    @pytest.mark.parametrize("prepare", ["", NAMED])
    def test_a_file_that_may_not_grow_is_never_a_truncated_one(self, prepare, target):
        code = f"""
            import resource, sys
            {prepare}
            from s3_failover.client.files.replacement import Replacement
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
            try:
                with Replacement(sys.argv[1]) as replacement:
                    replacement.file.write(b"new" * 2000)
                    replacement.commit()
            except OSError as error:
                print(type(error).__name__, error.errno, error)
        """
        with process(code, target) as running:
            said = line(running)
        assert said.startswith(f"OSError {errno.EFBIG} ")
        assert "ulimit -f" in said
        assert contents(target.parent) == {"greeting.wav": OLD}

    @pytest.mark.parametrize("prepare", ["", NAMED])
    def test_a_disk_that_is_almost_full_is_never_a_truncated_file(self, prepare, target):
        """A file system of 64 KiB, in a mount name space that ends with its process."""
        code = f"""
            import os, sys
            {prepare}
            from s3_failover.client.files.replacement import Replacement
            target = os.path.join(sys.argv[1], "x")
            with open(target, "wb") as old:
                old.write(b"old")
            try:
                with Replacement(target) as replacement:
                    replacement.file.write(b"n" * 65536)
                    replacement.commit()
            except OSError as error:
                print(type(error).__name__, error.errno, os.listdir(sys.argv[1]), open(target).read())
        """
        mount = 'mount -t tmpfs -o size=64k none "$1" || exit 77; exec "$2" -c "$3" "$1"'
        command = ["unshare", "-m", "sh", "-c", mount, "sh", target.parent, sys.executable, dedented(code)]
        if not shutil.which("unshare"):
            pytest.skip("needs unshare")
        environment = os.environ | {"PYTHONPATH": str(Path(replacements.__file__).parents[3])}
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=60)
        if "python" not in done.stderr and done.returncode in (1, 77) and not done.stdout:
            pytest.skip("may not mount here")
        assert done.stdout.strip() == f"OSError {errno.ENOSPC} ['x'] old", done.stderr

    def test_a_directory_that_may_not_be_written_is_named(self, way):
        with read_only_directory() as directory:
            said = forked(without_rights(lambda: replace(directory / "greeting.wav")))
            assert said.startswith(f"PermissionError: [Errno {errno.EACCES}] ")
            assert "let this user read and write its directory" in said
            assert contents(directory) == {"greeting.wav": OLD}

    def test_descriptors_are_given_back(self, way, target):
        before = descriptors()
        for number in range(20):
            replace(target)
            with contextlib.suppress(OSError):
                replace(target.parent)
            with contextlib.suppress(OSError):
                replace(target / "below")
            with pytest.raises(KeyError), Replacement(target.with_name(str(number))):
                raise KeyError
        assert descriptors() == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "kind", "said"),
        [
            ("", IsADirectoryError, "name a file, not a directory"),
            ("new.wav/", IsADirectoryError, "name a file, not a directory"),
            ("missing/new.wav", FileNotFoundError, "make its directory first"),
            ("greeting.wav/new.wav", NotADirectoryError, "not below a file"),
            ("x" * 300, OSError, "choose a shorter name"),
            ("pipe", OSError, "is a device, a pipe or a socket"),
            ("linked", IsADirectoryError, "name a file, not a directory"),
        ],
    )
    def test_what_cannot_be_a_file_is_refused_with_a_way_out(self, way, target, path, kind, said):
        os.mkfifo(target.with_name("pipe"))
        target.with_name("linked").symlink_to(".")
        before = sorted(target.parent.iterdir())
        with pytest.raises(kind, match=said) as caught:
            replace(f"{target.parent}/{path}")
        assert caught.value.errno
        assert str(target.parent) in str(caught.value)
        assert sorted(target.parent.iterdir()) == before

    def test_a_device_is_refused(self):
        with pytest.raises(OSError, match=r"is a device.*'/dev/null'"):
            replace("/dev/null")
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def test_an_empty_path_is_refused(self):
        with pytest.raises(FileNotFoundError):
            replace("")

    def test_a_directory_that_vanishes_during_the_download_is_named(self, way, target):
        with pytest.raises(FileNotFoundError, match="make its directory first"), Replacement(target) as replacement:
            shutil.rmtree(target.parent)
            replacement.commit()


def ask_to_end(running, signal_number):
    """Signal a process until it ends: Python overlooks a signal that comes just before it begins to read."""
    while running.poll() is None:
        running.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(10)


class TestKilledProcesses:
    DOWNLOAD = """
        import sys
        {prepare}
        from s3_failover.client.files.replacement import Replacement
        with Replacement(sys.argv[1]) as replacement:
            replacement.file.write(b"half of it")
            print("half", flush=True)
            sys.stdin.read()
    """

    def test_leave_exactly_what_was_there(self, target):
        anonymous(target.parent)
        with process(self.DOWNLOAD.format(prepare=""), target) as running:
            assert line(running) == "half"
            kill(running)
        assert contents(target.parent) == {"greeting.wav": OLD}

    def test_leave_what_the_next_download_removes_where_files_need_a_name(self, target, monkeypatch):
        with contextlib.ExitStack() as stack:
            several = [stack.enter_context(process(self.DOWNLOAD.format(prepare=NAMED), target)) for _ in range(3)]
            for running in several:
                assert line(running) == "half"
            for running in several:
                kill(running)
        assert len(contents(target.parent)) == 4
        assert target.read_bytes() == OLD
        monkeypatch.setattr(unfinished, "_anonymous", lambda target: None)
        replace(target)
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_are_told_from_those_that_are_still_at_work(self, target, monkeypatch):
        monkeypatch.setattr(unfinished, "_anonymous", lambda target: None)
        with process(self.DOWNLOAD.format(prepare=NAMED), target) as running:
            assert line(running) == "half"
            replace(target)
            assert len(contents(target.parent)) == 2
            kill(running)
        replace(target)
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_between_the_last_two_steps_leave_what_the_next_download_removes(self, target):
        anonymous(target.parent)
        stop = "import sys; from pathlib import Path; Path.replace = lambda *_: [print('linked', flush=True), sys.stdin.read()]"
        code = f"""
            import sys
            {stop}
            from s3_failover.client.files.replacement import Replacement
            with Replacement(sys.argv[1]) as replacement:
                replacement.commit()
        """
        with process(code, target) as running:
            assert line(running) == "linked"
            # Its name is taken, by a living process.
            replace(target)
            assert len(contents(target.parent)) == 2
            kill(running)
        assert len(contents(target.parent)) == 2
        replace(target)
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_leave_no_lock_in_children_they_forked(self, target, monkeypatch):
        code = f"""
            import os, sys
            {NAMED}
            from s3_failover.client.files.replacement import Replacement
            with Replacement(sys.argv[1]) as replacement:
                if os.fork():
                    os.wait()
                else:
                    print("child", flush=True)
                    sys.stdin.read()
        """
        monkeypatch.setattr(unfinished, "_anonymous", lambda target: None)
        with process(code, target) as running:
            assert line(running) == "child"
            kill(running)
            replace(target)
            assert contents(target.parent) == {"greeting.wav": NEW}

    @pytest.mark.parametrize("prepare", ["", NAMED])
    @pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
    def test_that_are_asked_to_end_leave_what_was_there(self, target, signal_number, prepare):
        if not prepare:
            anonymous(target.parent)
        with process(self.DOWNLOAD.format(prepare=prepare), target, stderr=subprocess.DEVNULL) as running:
            assert line(running) == "half"
            ask_to_end(running, signal_number)
            assert running.returncode == -signal_number
        assert contents(target.parent) == {"greeting.wav": OLD}

    def test_that_are_asked_to_end_remove_nothing_of_their_parents(self, target):
        code = f"""
            import os, signal, sys
            {NAMED}
            from s3_failover.client.files.replacement import Replacement
            with Replacement(sys.argv[1]) as replacement:
                child = os.fork()
                if not child:
                    signal.raise_signal(signal.SIGTERM)
                os.waitpid(child, 0)
                print(len(os.listdir(os.path.dirname(sys.argv[1]))), flush=True)
        """
        with process(code, target) as running:
            assert line(running) == "2"

    def test_handle_signals_as_the_application_does(self, target):
        code = f"""
            import signal, sys
            {NAMED}
            from s3_failover.client.files.replacement import Replacement
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
            with Replacement(sys.argv[1]) as replacement:
                signal.raise_signal(signal.SIGTERM)
        """
        with process(code, target) as running:
            assert running.wait(60) == 7
        assert contents(target.parent) == {"greeting.wav": OLD}


class TestSweeping:
    @pytest.fixture(autouse=True)
    def named(self, monkeypatch):
        monkeypatch.setattr(unfinished, "_anonymous", lambda target: None)

    def test_touches_nothing_but_unfinished_files_of_the_same_target(self, target):
        others = [
            ".greeting.wav.part",
            ".greeting.wav.1.s3-failover.part",
            "greeting.wav.1.0123456789abcdef.s3-failover.part",
            ".greeting.1.0123456789abcdef.s3-failover.part",
            ".greetingxwav.1.0123456789abcdef.s3-failover.part",
            ".greeting.wav.mp3.1.0123456789abcdef.s3-failover.part",
        ]
        for name in others:
            target.with_name(name).write_bytes(b"")
        target.with_name(".greeting.wav.1.0123456789abcdef.s3-failover.part").write_bytes(b"abandoned")
        replace(target)
        assert set(contents(target.parent)) == {"greeting.wav", *others}

    def test_follows_no_link(self, target):
        link = target.with_name(".greeting.wav.1.0123456789abcdef.s3-failover.part")
        link.symlink_to(target.name)
        os.mkfifo(target.with_name(".greeting.wav.2.0123456789abcdef.s3-failover.part"))
        replace(target)
        assert link.is_symlink()
        assert target.read_bytes() == NEW

    def test_between_creation_and_lock_costs_the_other_nothing(self, target, monkeypatch):
        locked, taken = unfinished._locked, []

        def late(descriptor):
            if not taken:
                taken.extend(target.parent.glob(".greeting.wav.*"))
                unfinished._sweep(target)
            return locked(descriptor)

        monkeypatch.setattr(unfinished, "_locked", late)
        replace(target)
        assert len(taken) == 1
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_removes_nothing_where_there_are_no_locks(self, target, monkeypatch):
        monkeypatch.setattr(locks.fcntl, "flock", failing(errno.ENOLCK))
        with Replacement(target) as first:
            first.file.write(b"first")
            replace(target)
            first.commit()
        assert contents(target.parent) == {"greeting.wav": b"first"}


class TestFallback:
    @pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL])
    def test_files_have_names_where_the_file_system_refuses_others(self, target, monkeypatch, number):
        refused, system = [], os.open

        def refuse(path, flags, mode=0o777, **named):
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                refused.append(path)
                raise OSError(number, os.strerror(number), path)
            return system(path, flags, mode, **named)

        monkeypatch.setattr(unfinished.os, "open", refuse)
        with Replacement(target) as replacement:
            assert len(contents(target.parent)) == 2
            replacement.file.write(NEW)
            replacement.commit()
        assert contents(target.parent) == {"greeting.wav": NEW}
        assert len(refused) == 1

    def test_files_have_names_where_proc_is_not_mounted(self, target, monkeypatch):
        monkeypatch.setattr(unfinished, "_in_proc", lambda descriptor: f"/nowhere/{descriptor}")
        before = descriptors()
        with Replacement(target) as replacement:
            assert len(contents(target.parent)) == 2
            replacement.commit()
        assert descriptors() == before


class TestForks:
    def test_a_child_neither_commits_nor_removes_its_parents_file(self, way, target):
        with Replacement(target) as replacement:
            replacement.file.write(NEW)
            before = contents(target.parent)

            def child():
                with replacement:
                    replacement.commit()

            assert "RuntimeError: this replacement" in forked(replacement.commit)
            assert "RuntimeError: this replacement" in forked(lambda: replacement.file.write(b"more"))
            assert forked(lambda: replacement.__exit__(None, None, None)) == ""
            assert contents(target.parent) == before
            replacement.commit()
        assert contents(target.parent) == {"greeting.wav": NEW}

    def test_a_child_downloads_for_itself(self, way, target):
        with Replacement(target) as replacement:
            assert forked(lambda: replace(target.with_name("childs.wav"))) == ""
            replacement.file.write(NEW)
            replacement.commit()
        assert contents(target.parent) == {"childs.wav": NEW, "greeting.wav": NEW}


def failing(number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


def dedented(code):
    lines = code.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines)


@contextlib.contextmanager
def read_only_directory():
    """A directory that no user may write and every user can reach: pytest's are the user's alone."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "greeting.wav").write_bytes(OLD)
        directory.chmod(0o555)
        yield directory
        directory.chmod(0o755)


def without_rights(work):
    """The same work, to be done in a process of its own: root would be let through everywhere."""

    def run():
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        work()

    return run
