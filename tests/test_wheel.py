"""The wheel alone: from `pip install` to a site, by the commands of docs/start.md; and the same wheel from every build."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copyfile

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "start.md"

pytestmark = pytest.mark.long


def build(checkout, directory):
    """Build the wheel of a checkout; return its path."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(directory), "."]
    subprocess.run(command, cwd=checkout, check=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def copied(to, *, modified, mask):
    """A copy of this checkout, without what its commands made, with other times and other permissions."""
    made = (ROOT / ".gitignore").read_text().replace("/", "").split()
    before = os.umask(mask)
    try:
        shutil.copytree(ROOT, to, symlinks=True, ignore=shutil.ignore_patterns(".git", *made), copy_function=copyfile)
    finally:
        os.umask(before)
    for path in to.rglob("*"):
        os.utime(path, (modified, modified), follow_symlinks=False)
    return to


def test_every_build_gives_the_same_wheel(tmp_path, wheel):
    first = copied(tmp_path / "one", modified=1_000_000_000, mask=0o022)
    second = copied(tmp_path / "another place" / "with a space", modified=1_700_000_000, mask=0o077)
    wheels = [wheel, build(first, tmp_path / "first"), build(second, tmp_path / "second")]
    assert len({hashlib.sha256(each.read_bytes()).hexdigest() for each in wheels}) == 1
    assert len({each.name for each in wheels}) == 1


def test_what_init_writes_is_in_the_wheel_and_no_link(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name in ("cdk.json", "package.json", "package-lock.json", ".npmrc"):
            assert archive.read(f"s3_failover/project/templates/{name}") == (ROOT / name).read_bytes()


def commands(title):
    """The commands of a section of the page."""
    sections = dict(section.split("\n", 1) for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
    blocks = re.findall(r"^```console\n(.*?)^```", sections[title], re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]


class Terminal:
    """The shell of a user who has Python and no checkout: without AWS's variables, and in an activated environment."""

    def __init__(self, directory, wheel):
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "S3_FAILOVER", "PYTHON", "JSII_", "CDK_", "VIRTUAL_ENV", "CI"))
        }
        outside = [str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"]
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        links = {"PIP_FIND_LINKS": " ".join([wheel.parent.as_uri(), own.get("PIP_FIND_LINKS", "")]).strip()}
        self.environment = (
            own | nowhere | links | {"PATH": os.pathsep.join(outside), "AWS_EC2_METADATA_DISABLED": "true"}
        )
        self.directory = directory

    def run(self, *lines):
        """Run commands one after the other; return what they printed, which is also the reason if one fails."""
        script = "\n".join(["set -e", *lines])
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{script}\n{ran.stdout}"
        return ran.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory, wheel):
    """A project that was written by the commands of the page, and a shell in it."""
    terminal = Terminal(tmp_path_factory.mktemp("a place"), wheel)
    terminal.run(*commands("Write a project"))
    terminal.directory /= "my site"
    return terminal


ACTIVATE = ". .venv/bin/activate"


def test_the_package_is_the_installed_one(site):
    printed = site.run(ACTIVATE, "python -c 'import s3_failover, sys; print(s3_failover.__file__, sys.path)'")
    assert str(site.directory / ".venv") in printed
    assert str(ROOT) not in printed


def test_synthesizes_without_credentials(site):
    assert "failover.toml: ok, 1 site" in site.run(ACTIVATE, *commands("Install and synthesize"))
    assert list((site.directory / "cdk.out").glob("*.template.json"))


def test_its_test_passes_once_its_snapshot_is_there_and_fails_when_a_template_changes(site):
    first, second = commands("Test the templates")
    assert "1 passed" in site.run(ACTIVATE, first)
    assert "1 passed" in site.run(ACTIVATE, second)
    config = site.directory / "failover.toml"
    reviewed = config.read_text()
    config.write_text(reviewed.replace("[sites.assets]", "[sites.assets]\nrecord_ttl = 90"))
    assert "1 failed" in site.run(ACTIVATE, f"{second} || true")
    config.write_text(reviewed)


def test_deploys_to_the_embedded_aws_and_reads_it_back(site):
    deploy, publish, down = commands("Deploy to the embedded AWS")
    try:
        printed = site.run(ACTIVATE, deploy, publish, "s3-failover doctor || [ $? -eq 1 ]")
    finally:
        site.run(ACTIVATE, down)
    assert "assets.example.com: deployed to us-west-2 and us-east-2" in printed
    assert "distribution: answers with what was published" in printed
    assert "secondary: answers with what was published" in printed
    assert "parts looked at" in printed


def test_what_its_workflow_does_with_the_embedded_aws_passes(site):
    workflow = YAML(typ="safe").load((site.directory / ".github/workflows/site.yml").read_text(encoding="utf-8"))
    (script,) = (step["run"] for step in workflow["jobs"]["check"]["steps"] if "local up" in step.get("run", ""))
    try:
        printed = site.run(ACTIVATE, script)
    finally:
        site.run(ACTIVATE, "s3-failover local down")
    assert re.search(r"(\d+) of \1 expectations passed", printed)
    assert (site.directory / "drill/report.html").exists()


def test_the_cdk_extra_brings_the_cdk_alone(tmp_path, wheel):
    terminal = Terminal(tmp_path, wheel)
    terminal.run("python3 -m venv .venv", ACTIVATE, "pip install --quiet 's3-failover[cdk]'")
    installed = terminal.run(ACTIVATE, "pip list --format freeze").lower()
    assert "aws-cdk-lib==" in installed
    assert [name for name in ("nodejs", "cdk-nag", "typer", "pytest", "matplotlib") if name in installed] == []
    terminal.run(ACTIVATE, "python -c 'import s3_failover_constructs, s3_failover_stacks'")
