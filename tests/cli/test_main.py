import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from s3_failover import __version__
from s3_failover.cli.app import app

MAIN = "from s3_failover.cli import main; main()"


def s3_failover(*arguments, code=MAIN):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_version():
    assert s3_failover("--version").stdout == f"s3-failover {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["check", "--nonsense"], ["local", "up", "--port", "70000"], ["check", "a", "b"]]
)
def test_a_wrong_command_line_exits_with_2_and_says_why(arguments):
    result = CliRunner().invoke(app, arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["check"],
        ["status"],
        ["return"],
        ["local"],
        *(["local", name] for name in ("up", "deploy", "status", "down", "demo", "prepare")),
    ],
)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(app, [*command, "--help"])

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 5


def test_a_current_directory_that_is_gone_is_one_line():
    gone = "import os, tempfile; here = tempfile.mkdtemp(); os.chdir(here); os.rmdir(here); "
    result = s3_failover("local", "status", code=gone + MAIN)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: the current directory is gone: change into")
    assert len(result.stderr.splitlines()) == 1


def test_an_error_is_one_line_without_a_traceback(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("S3_FAILOVER_HOME", str(tmp_path / "state"))

    result = s3_failover("local", "deploy")

    assert (result.returncode, result.stdout) == (1, "")
    assert (
        result.stderr
        == f"error: no embedded AWS is running in {tmp_path / 'state'}: start one with `s3-failover local up`\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_exits_without_a_traceback(number, code):
    interrupted = (
        f"import os, breakable_aws.server as server\nserver.current = lambda _: os.kill(os.getpid(), {number})\n"
    )

    result = s3_failover("local", "status", code=interrupted + MAIN)

    assert result.returncode == code
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_an_error_and_no_traceback(unbuffered):
    command = [sys.executable, "-c", MAIN, "checker-ranges"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": unbuffered}

    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False
        )

    assert (result.returncode, result.stderr) == (1, "error: cannot write: No space left on device\n")


def test_a_missing_package_is_named():
    without_typer = "import sys; sys.modules['typer'] = None\n"

    result = s3_failover("check", code=without_typer + MAIN)

    assert result.returncode == 1
    assert (
        result.stderr == "error: the command line needs typer, which is not installed: pip install 's3-failover[cli]'\n"
    )
