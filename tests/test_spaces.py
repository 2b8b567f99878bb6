"""Everything works in a checkout whose path has spaces; on the embedded AWS: tests/local/test_demo.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MADE_OF = (
    "Makefile",
    "requirements.txt",
    "constraints.txt",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    ".npmrc",
)
TOOL = """#!/bin/sh
printf '%s|' "${0##*/}" "PYTHONPATH=$PYTHONPATH" "$@" >> tools.log
echo >> tools.log
while [ $# -gt 0 ]; do
  case $1 in --target) mkdir -p "$2" ;; prepare) echo python ;; esac
  shift
done
"""


@pytest.fixture
def checkout(tmp_path):
    """A directory with spaces in its path."""
    directory = tmp_path / "my projects" / "a site"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def tools(checkout):
    """What `make` is made of, with tools that write down what they are called with."""
    for name in MADE_OF:
        shutil.copy(ROOT / name, checkout)
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / "node_modules").mkdir()
    (checkout / "docs").mkdir()
    for name in ("python", "npm", "s3-failover"):
        (checkout / ".venv/bin" / name).write_text(TOOL)
        (checkout / ".venv/bin" / name).chmod(0o755)
    (checkout / ".venv/.created").touch()
    return checkout / "tools.log"


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", ["setup", "test", "test-long", "demo", "check", "docs", "bench", "clean"])
def test_make(checkout, tools, target):
    plain = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "PYTHONPATH")}
    made = subprocess.run(["make", target], cwd=checkout, env=plain, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    beside = {path.name for path in checkout.parent.iterdir()} | {path.name for path in checkout.parents[1].iterdir()}
    assert beside == {checkout.name, checkout.parent.name}


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_gives_the_tests_the_oldest_boto3_by_its_whole_path(checkout, tools):
    subprocess.run(["make", "test"], cwd=checkout, capture_output=True, check=True)
    paths = {
        part for line in tools.read_text().splitlines() for part in line.split("|") if part.startswith("PYTHONPATH=/")
    }
    (path,) = {Path(part.removeprefix("PYTHONPATH=")) for part in paths}
    assert path.parent == checkout / ".s3-failover"
    assert path.is_dir()


@pytest.mark.parametrize("named", [True, pytest.param(False, marks=pytest.mark.long)])
def test_the_app_synthesizes(checkout, named):
    shutil.copy(ROOT / "app.py", checkout)
    config = checkout / ("my sites.toml" if named else "failover.toml")
    shutil.copy(ROOT / "failover.toml", config)
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | ({"config": str(config)} if named else {})
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "CDK_OUTDIR": str(checkout / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    # As the CDK CLI does: with a shell, in the project's directory.
    command = json.loads((ROOT / "cdk.json").read_text())["app"]
    ran = subprocess.run(
        command, shell=True, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert list((checkout / "cdk.out").glob("*.template.json"))


def test_commands_take_files_and_directories(checkout):
    shutil.copy(ROOT / "failover.toml", checkout / "my sites.toml")
    run = [sys.executable, "-c", "from s3_failover.cli import main; main()"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for command in (
        ["check", "my sites.toml"],
        ["policies", "my sites.toml", "--account", "123456789012"],
        ["cost", "www", "--config", "my sites.toml"],
    ):
        ran = subprocess.run(
            [*run, *command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
