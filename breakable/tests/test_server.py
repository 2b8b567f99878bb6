import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from types import SimpleNamespace

import dns.message
import dns.query
import dns.rcode
import psutil
import pytest

from breakable_aws import handle, server
from breakable_aws.errors import BreakableError


def gone(pid):
    for _ in range(1200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_start_returns_an_emulator_that_answers_and_is_found_again(stand_in, state):
    emulator = stand_in.start()

    assert emulator.alive
    assert emulator.answers()
    assert server.current(state) == emulator == server.require(state)


def test_stop_ends_the_process_and_forgets_it(stand_in, state):
    emulator = stand_in.start()

    assert server.stop(state) == emulator
    assert gone(emulator.pid)
    assert server.current(state) is None
    assert server.stop(state) is None


@pytest.mark.parametrize("behaviour", ["stubborn", "parent"])
def test_stop_leaves_no_child_and_kills_what_ignores_it(stand_in, state, monkeypatch, behaviour):
    monkeypatch.setenv("STAND_IN", behaviour)
    emulator = stand_in.start()
    child = int((state.emulator_state / "child.pid").read_text())

    server.stop(state, grace=0.3)

    assert gone(emulator.pid)
    assert gone(child)


def test_fails_when_it_ends_at_its_start(stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN", "dies")

    with pytest.raises(
        BreakableError, match=r"ended at its start with exit code 3; its last lines:\n(.*\n)*  the reason"
    ):
        stand_in.start()
    assert not state.run_file.exists()


def test_fails_when_it_is_never_ready_and_leaves_nothing_running(stand_in, state, monkeypatch):
    monkeypatch.setenv("STAND_IN", "silent")
    before = set(psutil.Process().children())

    def moment():
        """Tell that the time is over when the process has said something."""
        return 100.0 if state.emulator_log.exists() and state.emulator_log.read_text() else 0.0

    monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=moment, sleep=time.sleep))
    with pytest.raises(BreakableError, match=r"did not answer within 0\.5 seconds; its last lines:\n  starting"):
        replace(stand_in, ready_timeout=0.5).start()
    assert set(psutil.Process().children()) == before


def test_fails_when_it_announces_something_else(stand_in, monkeypatch):
    monkeypatch.setenv("STAND_IN", "garbage")

    with pytest.raises(BreakableError, match=r"announced .*, expected its ports: install it again with `pip install"):
        stand_in.start()


def test_fails_when_the_port_is_in_use_and_says_which(stand_in):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(BreakableError, match=f"port {port} for the AWS API is in use"):
            stand_in.start(port=port)


def test_fails_when_one_runs_already(stand_in):
    first = stand_in.start()

    with pytest.raises(BreakableError, match=rf"is running at {first.endpoint} .*breakable_aws.stop"):
        stand_in.start()
    assert first.alive


def test_a_killed_emulator_is_not_current_and_can_be_started_again(stand_in, state):
    first = stand_in.start()
    os.kill(first.pid, signal.SIGKILL)
    assert gone(first.pid)

    assert server.current(state) is None
    second = stand_in.start()
    assert second.pid != first.pid
    assert server.current(state) == second


def test_a_process_that_got_the_same_id_later_is_not_taken_for_it(stand_in, state):
    emulator = stand_in.start()
    handle.save(replace(emulator, started=emulator.started - 60), state.run_file)

    assert server.current(state) is None
    assert server.stop(state) is None
    assert psutil.pid_exists(emulator.pid)

    handle.save(emulator, state.run_file)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"endpoint": "http://127.0.0.1:1"}', '"x"'])
def test_a_damaged_run_file_counts_as_none(state, text):
    state.make()
    state.run_file.write_text(text)

    assert server.current(state) is None
    with pytest.raises(BreakableError, match=r"no embedded AWS is running .*breakable_aws.start"):
        server.require(state)


def test_require_fails_when_it_runs_but_does_not_answer(stand_in, state):
    emulator = stand_in.start()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{closed.getsockname()[1]}"
        handle.save(replace(emulator, endpoint=silent), state.run_file)

        with pytest.raises(BreakableError, match="does not answer: restart it"):
            server.require(state)


def test_the_person_s_proxy_and_python_settings_do_not_reach_it(stand_in, state, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")

    assert stand_in.start().answers()
    assert state.emulator_log.read_text() == "starting None\n"


def test_nothing_of_the_person_s_environment_reaches_it(stand_in, monkeypatch):
    for name in ("HOME", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "the person's")
    emulator = stand_in.start()

    for pid in (emulator.pid, emulator.dns_pid):
        seen = psutil.Process(pid).environ()
        assert "the person's" not in seen.values()
        assert seen["PATH"]


def test_the_state_directory_and_what_holds_the_secret_are_closed_to_other_users(stand_in, state):
    state.root.mkdir(mode=0o755)
    emulator = stand_in.start()

    assert emulator.secret == state.secret_file.read_text()
    assert emulator.secret not in repr(emulator)
    assert state.root.stat().st_mode & 0o777 == 0o700
    assert state.run_file.stat().st_mode & 0o777 == 0o600


def test_the_secret_is_no_argument_of_a_process(stand_in):
    emulator = stand_in.start()

    for pid in (emulator.pid, emulator.dns_pid):
        assert emulator.secret not in " ".join(psutil.Process(pid).cmdline())


def test_route_53_s_data_plane_starts_and_stops_with_it(stand_in, state):
    emulator = stand_in.start()

    assert emulator.dns_alive
    answer = dns.query.udp(dns.message.make_query("example.com", "A"), "127.0.0.1", port=emulator.dns_port, timeout=30)
    assert answer.rcode() == dns.rcode.REFUSED
    server.stop(state)
    assert gone(emulator.dns_pid)


def test_data_plane_ends_when_the_emulator_is_killed(stand_in):
    emulator = stand_in.start()
    os.kill(emulator.pid, signal.SIGKILL)

    assert gone(emulator.dns_pid)


def test_emulator_is_stopped_when_the_data_plane_has_ended_and_the_message_says_so(stand_in, state):
    emulator = stand_in.start()
    os.kill(emulator.dns_pid, signal.SIGKILL)
    assert gone(emulator.dns_pid)
    state.dns_log.write_text("the reason\n")

    with pytest.raises(
        BreakableError, match=r"(?s)data plane .* has ended, so the embedded AWS was stopped.*  the reason"
    ):
        server.require(state)
    assert gone(emulator.pid)
    assert server.current(state) is None


def test_a_process_that_got_the_data_plane_s_id_later_is_left_alone(stand_in, state):
    emulator = stand_in.start()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        handle.save(replace(emulator, dns_pid=stranger.pid), state.run_file)
        server.stop(state, grace=0.3)
        assert stranger.poll() is None
        stranger.kill()
    assert gone(emulator.dns_pid)


def test_fails_when_the_port_for_dns_is_in_use_and_leaves_nothing_running(stand_in, state):
    before = set(psutil.Process().children())
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(BreakableError, match=f"port {port} for DNS is in use: choose another with --dns-port"):
            stand_in.start(dns_port=port)
    assert set(psutil.Process().children()) == before
    assert not state.run_file.exists()


def test_running_stops_it_when_the_block_fails(stand_in, state):
    with pytest.raises(ZeroDivisionError), server.running(stand_in) as emulator:
        raise ZeroDivisionError
    assert gone(emulator.pid)
    assert not state.run_file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_running_stops_it_when_the_command_is_interrupted(stand_in, state, number):
    script = textwrap.dedent(
        f"""
        import signal, sys, time
        from pathlib import Path
        from breakable_aws import server
        from breakable_aws.state import StateDirectory
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        stand_in = server.Server(StateDirectory(Path({str(state.root)!r})), Path(sys.executable), Path({str(stand_in.program)!r}))
        with server.running(stand_in) as emulator:
            print(emulator.pid, flush=True)
            time.sleep(60)
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as command:
        pid = int(command.stdout.readline())
        command.send_signal(number)
        command.wait(timeout=60)

    assert gone(pid)
    assert not state.run_file.exists()
