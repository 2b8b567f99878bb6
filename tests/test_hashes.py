"""`requirements-hashed.txt` pins what constraints.txt pins, by digest, and the commands of docs/deploy.md install it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)(?P<marker> ; [^\\]*?)?(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


def hashed():
    """Return each pin with its hashes, in a line of its own."""
    text = (ROOT / "requirements-hashed.txt").read_text(encoding="utf-8")
    return re.sub(r" *\\\n +", " ", text).splitlines()


def pinned():
    return set((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


def without_hashes(line):
    return line.partition(" --hash=")[0]


def test_every_line_pins_a_version_by_its_digests():
    assert [line for line in hashed() if not PIN.fullmatch(line)] == []
    assert {"boto3", "aws-cdk-lib", "cdk-nag", "hatchling", "typer"} <= {PIN.match(line)["name"] for line in hashed()}


def test_versions_are_those_that_are_tested():
    versions = {line.partition(" ;")[0] for line in pinned()}
    assert {without_hashes(line).partition(" ;")[0] for line in hashed()} <= versions


@pytest.mark.parametrize("line", ["boto3==1.44.5", "boto3>=1.44 --hash=sha256:" + "a" * 64, "-e ."])
def test_a_line_that_is_not_pinned_by_its_digest_is_found(line):
    assert not PIN.fullmatch(line)


@pytest.mark.long
def test_the_commands_of_the_page_install_what_synthesizes_a_site(tmp_path):
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (pip install .*--(?:require-hashes|no-deps).*)$", page, re.MULTILINE)
    assert len(commands) == 2
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["PATH"] = os.pathsep.join([str(tmp_path / "venv/bin"), environment["PATH"]])
    checkout = shutil.copytree(
        ROOT,
        tmp_path / "checkout",
        ignore=shutil.ignore_patterns(".venv", ".git", "node_modules", ".s3-failover", "site", ".*_cache"),
    )
    for command in [*commands, "s3-failover check", "python app.py"]:
        done = subprocess.run(
            command, shell=True, cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
