"""Examples on the embedded AWS: the minimal site is released to as the workflow does it, and the worker reads from it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workflows import commands, load

from breakable_aws import faults
from s3_failover.local.shell import for_shell

pytestmark = [pytest.mark.embedded, pytest.mark.long]

EXAMPLES = Path(__file__).parents[2] / "examples"
RELEASE = commands(load(EXAMPLES / "release/release.yml"), "s3-failover")


@pytest.fixture(scope="module")
def project(aws, tmp_path_factory):
    """A directory with the minimal site, deployed, and content to publish."""
    directory = tmp_path_factory.mktemp("minimal")
    aws.deploy((EXAMPLES / "minimal.toml").read_text(), directory)
    shutil.copytree(EXAMPLES / "site", directory / "public")
    (directory / "public/letters").mkdir()
    (directory / "public/letters/welcome.txt").write_text("Dear $name.\n")
    return directory


@pytest.fixture
def run(aws, project):
    """Runs a command in the directory, as a shell of `s3-failover local up`."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **for_shell(aws.emulator, aws.state), "PATH": paths}

    def ran(command, **options):
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=600, check=False, **options
        )

    yield ran
    faults.heal(aws.emulator)


def test_the_workflow_releases_and_the_worker_survives_the_loss_of_the_primary_region(run, aws, tmp_path):
    for line in RELEASE:
        done = run(["bash", "-e", "-c", line])
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    faults.break_(aws.emulator, "s3-refuse", region="us-east-1")
    jobs = "".join(json.dumps({"template": "letters/welcome.txt", "name": name}) + "\n" for name in ("Ada", "Grace"))
    worker = [sys.executable, EXAMPLES / "worker/worker.py", "failover.toml", "www", tmp_path]
    worked = run(worker, input=jobs)
    assert (worked.returncode, worked.stdout) == (0, "Dear Ada.\nDear Grace.\n"), worked.stderr
