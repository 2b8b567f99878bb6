import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from schemas import as_declared

from breakable_aws import environment, server
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory
from s3_failover.config import load
from s3_failover.local import state as state_directory
from s3_failover.local.account import account_of
from s3_failover.local.demo import DemoReport, SiteReport, read_back
from s3_failover.operations.deployment import Deployment

ROOT = Path(__file__).parents[2]
DEMO = "from s3_failover.cli import main; main()"

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def installed():
    """The emulator's environment that `make setup` installs."""
    return environment.ensure(state_directory.installed())


@pytest.fixture(scope="module")
def site():
    return load(ROOT / "failover.toml").sites[0]


@pytest.fixture(scope="module")
def emulator(installed, tmp_path_factory):
    """A running emulator to which nothing is deployed."""
    with server.running(Server(StateDirectory(tmp_path_factory.mktemp("state")), installed)) as running:
        yield running


@pytest.fixture
def project(tmp_path):
    """A checkout whose path has spaces."""
    directory = tmp_path / "my projects" / "a site"
    directory.mkdir(parents=True)
    for name in ("app.py", "cdk.json", "failover.toml"):
        shutil.copy(ROOT / name, directory)
    for name in ("examples", "node_modules"):
        (directory / name).symlink_to(ROOT / name)
    return directory


@pytest.fixture
def temporary(tmp_path):
    """The temporary directory of a demo: its path has a space, too."""
    directory = tmp_path / "temporary files"
    directory.mkdir()
    return directory


@pytest.fixture
def demo(installed, project, temporary):
    """Starts `s3-failover local demo --json` in a project and with a temporary directory of its own."""
    own = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TMPDIR": str(temporary),
        "S3_FAILOVER_HOME": str(project / "state"),
    }

    def start():
        return subprocess.Popen(
            [sys.executable, "-c", DEMO, "local", "demo", "--no-drill", "--json"],
            cwd=project,
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def left_behind(temporary):
    """What the demo left in its temporary directory, and the processes that were started for it."""
    files = [path.name for path in temporary.iterdir() if path.name.startswith("s3-failover-demo-")]
    processes = [p for p in psutil.process_iter(["cmdline"]) if str(temporary) in " ".join(p.info["cmdline"] or [])]
    return files + processes


def test_every_object_comes_back_over_both_ways_and_nothing_is_left(demo, temporary):
    with demo() as command:
        stdout, stderr = command.communicate(timeout=600)

    assert command.returncode == 0, stderr
    document = as_declared("local demo", stdout)
    assert document["ok"] is True
    assert [site["site"] for site in document["sites"]] == ["www", "assets"]
    for site in document["sites"]:
        assert set(site["replicated"]) == {"us-east-2"}
        keys = [item["key"] for item in site["objects"]]
        assert {"index.html", "docs/empty.txt", "pictures/café am Hafen.txt"} <= set(keys)
        assert all(item[way]["identical"] for item in site["objects"] for way in ("distribution", "secondary"))
    assert [step["name"] for step in document["steps"]][0::3] == ["start the embedded AWS", "stop the embedded AWS"]
    assert left_behind(temporary) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_in_the_middle_of_the_deployment_leaves_nothing(demo, temporary, number, code):
    with demo() as command:
        for line in command.stderr:
            if "bootstrapping" in line:
                break
        command.send_signal(number)
        _, stderr = command.communicate(timeout=30)

    assert (command.returncode, stderr) == (code, "")
    assert left_behind(temporary) == []


def test_the_emulator_ends_with_a_demo_that_is_killed(demo):
    with demo() as command:
        for line in command.stderr:
            if "deploy every stack" in line:
                break
        [emulator] = [p for p in psutil.Process(command.pid).children() if str(server.PROGRAM) in p.cmdline()]
        command.kill()

    _, alive = psutil.wait_procs([emulator], timeout=60)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_objects_that_differ_or_are_missing_fail_the_demo(emulator, site, tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("published")
    monkeypatch.setattr(Deployment, "outputs", lambda deployment: {"DistributionDomainName": "d1.cloudfront.net"})
    objects = read_back(site, account_of(emulator), tmp_path)

    assert [item.identical for item in objects] == [False]
    report = DemoReport(steps=[], sites=[SiteReport(site.name, site.hostname, {}, objects)], drill=None)
    assert report.ok is False
    assert not DemoReport(steps=[], sites=[], drill=None).ok
