"""Workflows, issue forms and Dependabot's file fit GitHub's schemas, and what they run exists and is pinned."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from workflows import load, steps

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = [*sorted((GITHUB / "workflows").glob("*")), ROOT / "examples/release/release.yml"]
FORMS = [path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*")) if path.name != "config.yml"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.relative_to(ROOT).as_posix())


def judged(schema, path):
    """Return the exit code and the output of check-jsonschema."""
    result = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", str(path)])
    return result.exit_code, result.output


def used(path):
    return re.findall(r"\buses:\s*(.*\S)", path.read_text(encoding="utf-8"))


def missing_targets(text):
    return set(re.findall(r"\bmake ([a-z][a-z-]*)", text)) - TARGETS


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("github-workflows", path) for path in WORKFLOWS),
        *(("github-issue-forms", path) for path in FORMS),
        ("github-issue-config", GITHUB / "ISSUE_TEMPLATE/config.yml"),
        ("dependabot", GITHUB / "dependabot.yml"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_file_fits_the_schema(schema, path):
    assert judged(schema, path) == (0, "ok -- validation done\n")


def test_a_workflow_that_does_not_fit_the_schema_is_found(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "runs_on:"), encoding="utf-8")
    code, output = judged("github-workflows", wrong)
    assert code == 1
    assert "runs_on" in output


@every_workflow
def test_every_action_is_pinned_by_a_commit(path):
    assert [use for use in used(path) if not PINNED.fullmatch(use)] == []


def test_every_action_has_one_version():
    of_init = ROOT / "runtime/s3_failover/project/templates/site.yml.tmpl"
    uses = {use for path in (*WORKFLOWS, of_init) for use in used(path)}
    assert len(uses) == len({use.partition("@")[0] for use in uses})


@pytest.mark.parametrize(
    "use",
    [
        "actions/checkout@v7",
        f"actions/checkout@{'a' * 40}",
        f"actions/checkout@{'a' * 39} # v7.0.1",
        "actions/checkout",
    ],
)
def test_an_action_without_a_commit_or_its_version_is_found(use):
    assert not PINNED.fullmatch(use)


@every_workflow
def test_workflow_may_only_read_unless_a_job_says_more(path):
    assert load(path)["permissions"] in ({}, {"contents": "read"})


@every_workflow
def test_every_job_ends_by_itself(path):
    assert [name for name, job in load(path)["jobs"].items() if "timeout-minutes" not in job] == []


@every_workflow
def test_no_checkout_leaves_a_token_behind(path):
    checkouts = [step for step in steps(load(path)) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step.get("with", {}).get("persist-credentials") is not False] == []


@pytest.mark.parametrize(
    "path",
    [*WORKFLOWS, ROOT / ".ci/run", ROOT / "CONTRIBUTING.md", GITHUB / "pull_request_template.md"],
    ids=lambda path: path.name,
)
def test_every_make_target_exists(path):
    assert missing_targets(path.read_text(encoding="utf-8")) == set()


def test_a_make_target_that_does_not_exist_is_found():
    assert missing_targets("run: make docs && make dosc") == {"dosc"}


@pytest.mark.parametrize("name", ["ci", "release"])
def test_each_python_that_the_project_claims_is_tested(name):
    claimed = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert load(GITHUB / f"workflows/{name}.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == claimed
    assert PROJECT["requires-python"] == f">={claimed[0]}"


@pytest.mark.parametrize("tag", ["v0.1.0", "v0.1.1", "v0x1.0"])
def test_a_tag_is_released_if_the_version_and_a_dated_heading_of_the_changelog_have_it(tag, tmp_path):
    """Runs the step of the workflow in a directory whose version is 0.1.0."""
    (tmp_path / "runtime/s3_failover").mkdir(parents=True)
    (tmp_path / "runtime/s3_failover/__init__.py").write_text('__version__ = "0.1.0"\n')
    changelog = tmp_path / "CHANGELOG.md"
    (step,) = [
        each for each in steps(load(GITHUB / "workflows/release.yml")) if "Compare the tag" in each.get("name", "")
    ]

    environment = {**os.environ, "GITHUB_REF_NAME": tag}

    def passes():
        command = ["bash", "-e", "-c", step["run"]]
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False).returncode == 0

    changelog.write_text("## Unreleased\n")
    assert not passes()
    changelog.write_text("## Unreleased\n\n## 0.1.0 (2026-12-01)\n\n## 0.1.1 (2026-12-02)\n")
    assert passes() is (tag == "v0.1.0")


def test_only_the_jobs_that_need_it_may_write():
    jobs = load(GITHUB / "workflows/release.yml")["jobs"]
    assert {name: job["permissions"] for name, job in jobs.items() if "permissions" in job} == {
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
