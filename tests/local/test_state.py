import os

import pytest

from s3_failover.local.state import StateDirectory


@pytest.fixture(autouse=True)
def unnamed(monkeypatch, tmp_path):
    monkeypatch.delenv("S3_FAILOVER_HOME", raising=False)
    (tmp_path / "project" / "docs" / "operate").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "docs" / "operate")
    return tmp_path


def test_it_is_that_of_the_cdk_project(unnamed):
    (unnamed / "project" / "cdk.json").touch()
    assert StateDirectory.default().root == unnamed / "project" / ".s3-failover"


def test_the_nearest_one_that_is_there_goes_first(unnamed):
    (unnamed / "project" / "cdk.json").touch()
    (unnamed / "project" / "docs" / ".s3-failover").mkdir()
    assert StateDirectory.default().root == unnamed / "project" / "docs" / ".s3-failover"


def test_outside_of_any_it_is_in_the_current_directory(unnamed):
    assert StateDirectory.default().root == unnamed / "project" / "docs" / "operate" / ".s3-failover"


def test_one_that_is_named_goes_before_all(unnamed, monkeypatch):
    (unnamed / "project" / "cdk.json").touch()
    monkeypatch.setenv("S3_FAILOVER_HOME", "elsewhere")
    assert StateDirectory.default().root == unnamed / "project" / "docs" / "operate" / "elsewhere"


def test_what_another_user_has_put_above_is_not_taken(unnamed, monkeypatch):
    (unnamed / "project" / ".s3-failover").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert StateDirectory.default().root == unnamed / "project" / "docs" / "operate" / ".s3-failover"
