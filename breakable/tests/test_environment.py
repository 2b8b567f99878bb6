import os
import re
import subprocess
import sys
import textwrap

import pytest

from breakable_aws import environment
from breakable_aws.errors import BreakableError


@pytest.fixture
def requirements(tmp_path):
    """Requirements that need no network."""
    path = tmp_path / "requirements.txt"
    path.write_text("")
    return path


def test_is_built_once_and_says_so(state, requirements):
    said = []

    first = environment.ensure(state, requirements=requirements, say=said.append)
    second = environment.ensure(state, requirements=requirements, say=said.append)

    assert first == second
    assert said == [f"installing the embedded AWS into {state.root} (once)"]
    prefix = subprocess.check_output([first, "-c", "import sys; print(sys.prefix)"], text=True).strip()
    assert prefix == str(first.parent.parent)


def test_other_requirements_get_an_environment_of_their_own(state, requirements, monkeypatch):
    monkeypatch.setattr(environment, "_build", make_quickly)
    first = environment.ensure(state, requirements=requirements)
    requirements.write_text("# changed")

    assert environment.ensure(state, requirements=requirements) != first
    assert first.exists()


def test_what_an_interrupted_build_left_is_built_again(state, requirements, monkeypatch):
    monkeypatch.setattr(environment, "_build", make_quickly)
    python = environment.ensure(state, requirements=requirements)
    (python.parent.parent / ".complete").unlink()
    said = []

    environment.ensure(state, requirements=requirements, say=said.append)
    assert said == ["built"]


def test_a_dangling_interpreter_is_built_again(state, requirements, monkeypatch):
    monkeypatch.setattr(environment, "_build", make_quickly)
    python = environment.ensure(state, requirements=requirements)
    python.unlink()
    python.symlink_to("/nowhere/python")
    said = []

    environment.ensure(state, requirements=requirements, say=said.append)
    assert said == ["built"]


def test_two_processes_build_it_once(state, requirements):
    script = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from breakable_aws import environment
        from breakable_aws.state import StateDirectory
        def build(place, requirements, say):
            print("built", flush=True)
            time.sleep(0.5)
            (place / "bin").mkdir(parents=True)
            (place / "bin" / "python").touch()
            (place / ".complete").touch()
        environment._build = build
        environment.ensure(StateDirectory(Path({str(state.root)!r})), requirements=Path({str(requirements)!r}))
        """
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    commands = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=env) for _ in range(2)
    ]
    outputs = [command.communicate(timeout=120)[0] for command in commands]

    assert [command.returncode for command in commands] == [0, 0]
    assert sorted(outputs) == ["", "built\n"]


@pytest.mark.long
def test_fails_with_the_last_lines_of_pip(state, requirements):
    requirements.write_text("./package-that-is-not-there\n")

    with pytest.raises(
        BreakableError, match=r"cannot install the embedded AWS \(exit code 1\), .*\n.*package-that-is-not"
    ):
        environment.ensure(state, requirements=requirements)


def test_fails_without_a_venv_module(state, requirements, monkeypatch, tmp_path):
    crippled = tmp_path / "python"
    crippled.write_text('#!/bin/sh\necho "No module named venv" >&2\nexit 1\n')
    crippled.chmod(0o755)
    monkeypatch.setattr(environment.sys, "executable", str(crippled))

    with pytest.raises(BreakableError, match=r"cannot make a virtual environment .*\n  No module named venv"):
        environment.ensure(state, requirements=requirements)


def test_fails_when_the_requirements_are_missing(state, tmp_path):
    with pytest.raises(BreakableError, match=r"incomplete: cannot read .*missing\.txt"):
        environment.ensure(state, requirements=tmp_path / "missing.txt")


def make_quickly(place, requirements, say):
    say("built")
    python = place / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.unlink(missing_ok=True)
    python.touch()
    (place / ".complete").touch()


@pytest.mark.long
def test_a_package_without_a_hash_is_not_installed(state, requirements):
    requirements.write_text("six==1.17.0\n")
    with pytest.raises(BreakableError, match="--require-hashes mode"):
        environment.ensure(state, requirements=requirements)


def test_every_package_of_the_embedded_aws_is_pinned_with_hashes():
    logical = environment.REQUIREMENTS.read_text().replace("\\\n", " ").splitlines()
    assert logical
    assert [line for line in logical if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
