from pathlib import Path

import pytest

from s3_failover.local.emulator import environment


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
    }
    environment.prepare(environ, endpoint="http://127.0.0.1:4567", account="1" * 12, state=tmp_path, log_level="info")
    return environ


def test_nothing_of_a_persons_own_aws_or_proxy_is_left(prepared):
    assert not {"AWS_PROFILE", "HTTPS_PROXY", "MINISTACK_REGION", "PYTHONPATH"} & set(prepared)
    assert "example" not in " ".join(prepared.values())
    assert prepared["PATH"] == "/bin"


def test_lambda_workers_are_led_to_the_emulator(prepared):
    assert prepared["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert prepared["GATEWAY_PORT"] == "4567"
    assert prepared["MINISTACK_ACCOUNT_ID"] == "1" * 12


def test_everything_is_written_below_the_state_directory(prepared, tmp_path):
    assert all(Path(prepared[name]).is_relative_to(tmp_path) for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"))
    assert Path(prepared["TMPDIR"]).is_dir()
