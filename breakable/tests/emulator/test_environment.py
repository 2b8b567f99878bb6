from pathlib import Path

import pytest

from breakable_aws.emulator import environment


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    environ = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": "https://elsewhere.example",
        "HTTPS_PROXY": "http://proxy.example",
        "MINISTACK_REGION": "mars",
        "PYTHONPATH": "/somewhere",
        "DOCKER_HOST": "tcp://docker.example",
        "HOME": "/home/of/example",
        "GITHUB_TOKEN": "token of example",
        "SSH_AUTH_SOCK": "/run/example",
        "LC_ALL": "C.UTF-8",
    }
    environment.prepare(
        environ,
        endpoint="http://127.0.0.1:4567",
        account="1" * 12,
        secret="s" * 43,
        state=tmp_path,
        log_level="info",
    )
    return environ


def test_nothing_of_a_persons_own_aws_or_proxy_is_left(prepared):
    assert not {"AWS_PROFILE", "HTTPS_PROXY", "MINISTACK_REGION", "PYTHONPATH"} & set(prepared)
    assert "example" not in " ".join(prepared.values())
    assert prepared["PATH"] == "/bin"


def test_only_what_programs_need_is_left_of_a_persons_environment(prepared):
    assert not {"GITHUB_TOKEN", "SSH_AUTH_SOCK"} & set(prepared)
    assert prepared["LC_ALL"] == "C.UTF-8"


def test_home_is_an_empty_directory_of_its_own(prepared, tmp_path):
    home = Path(prepared["HOME"])
    assert home.is_relative_to(tmp_path)
    assert list(home.iterdir()) == []
    assert home.stat().st_mode & 0o077 == 0


@pytest.fixture
def own(prepared, monkeypatch):
    """The environment of this process, as if it were the emulator's."""
    for name, value in prepared.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("own")
def test_a_child_does_not_see_what_is_for_ministack(prepared):
    given = environment.of_child(prepared)
    assert not {"GATEWAY_PORT", "MINISTACK_ACCOUNT_ID", "STATE_DIR", "DOCKER_HOST"} & set(given)
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"


@pytest.mark.usefixtures("own")
def test_a_child_has_the_credentials_that_are_its_own_and_never_those_of_the_run(prepared):
    assert "s" * 43 not in environment.of_child(prepared).values()
    assert "AWS_ACCESS_KEY_ID" not in environment.of_child(prepared)
    own = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "of a role", "AWS_SESSION_TOKEN": "token"}
    assert own.items() <= environment.of_child(prepared | own).items()


@pytest.mark.usefixtures("own")
def test_a_child_keeps_a_variable_of_its_own(prepared):
    assert environment.of_child(prepared | {"LOG_LEVEL": "a function's"})["LOG_LEVEL"] == "a function's"


@pytest.mark.usefixtures("own")
def test_a_child_that_is_given_nothing_has_no_credentials(prepared):
    given = environment.of_child(None)
    assert given["HOME"] == prepared["HOME"]
    assert not [name for name in given if name.startswith("AWS_")]


def test_lambda_workers_are_led_to_the_emulator(prepared):
    assert prepared["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert prepared["GATEWAY_PORT"] == "4567"
    assert prepared["MINISTACK_ACCOUNT_ID"] == "1" * 12


def test_everything_is_written_below_the_state_directory(prepared, tmp_path):
    assert all(Path(prepared[name]).is_relative_to(tmp_path) for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"))
    assert Path(prepared["TMPDIR"]).is_dir()
