import os

import pytest

from s3_failover.local import state as state_directory


@pytest.fixture(autouse=True)
def unnamed(monkeypatch, tmp_path):
    monkeypatch.delenv("S3_FAILOVER_HOME", raising=False)
    (tmp_path / "project" / "docs" / "operate").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "docs" / "operate")
    return tmp_path


def test_it_is_that_of_the_cdk_project(unnamed):
    (unnamed / "project" / "cdk.json").touch()
    assert state_directory.default().root == unnamed / "project" / ".s3-failover"


def test_the_nearest_one_that_is_there_goes_first(unnamed):
    (unnamed / "project" / "cdk.json").touch()
    (unnamed / "project" / "docs" / ".s3-failover").mkdir()
    assert state_directory.default().root == unnamed / "project" / "docs" / ".s3-failover"


def test_outside_of_any_it_is_in_the_current_directory(unnamed):
    assert state_directory.default().root == unnamed / "project" / "docs" / "operate" / ".s3-failover"


def test_one_that_is_named_goes_before_all(unnamed, monkeypatch):
    (unnamed / "project" / "cdk.json").touch()
    monkeypatch.setenv("S3_FAILOVER_HOME", "elsewhere")
    assert state_directory.default().root == unnamed / "project" / "docs" / "operate" / "elsewhere"


def test_what_another_user_has_put_above_is_not_taken(unnamed, monkeypatch):
    (unnamed / "project" / ".s3-failover").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert state_directory.default().root == unnamed / "project" / "docs" / "operate" / ".s3-failover"


@pytest.fixture
def homes(unnamed, monkeypatch):
    """Set the variables that name a user's directories, and unset the others."""

    def setting(**variables):
        for name in ("HOME", "XDG_CACHE_HOME", "S3_FAILOVER_HOME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return setting


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HOME": "ann"}, "ann/.cache/s3-failover"),
        ({"HOME": "ann", "XDG_CACHE_HOME": "cache"}, "cache/s3-failover"),
        ({"XDG_CACHE_HOME": "cache"}, "cache/s3-failover"),
        ({"HOME": "ann", "S3_FAILOVER_HOME": "state"}, "ann/.cache/s3-failover"),
    ],
)
def test_what_is_installed_lies_in_the_users_cache(homes, unnamed, variables, expected):
    homes(**{name: str(unnamed / value) for name, value in variables.items()})
    assert state_directory.installed().root == unnamed / expected
    assert (unnamed / expected).is_dir()


def test_a_cache_that_is_not_absolute_is_left_out(homes, unnamed):
    homes(HOME=str(unnamed / "ann"), XDG_CACHE_HOME="relative")
    assert state_directory.installed().root == unnamed / "ann" / ".cache" / "s3-failover"


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "relative"}, {"HOME": "/dev/null"}])
def test_a_user_without_a_home_has_it_in_the_state_directory(homes, home):
    homes(**home)
    assert state_directory.installed() == state_directory.default()


def test_a_cache_that_belongs_to_another_user_is_not_taken(homes, unnamed, monkeypatch):
    (unnamed / "ann" / ".cache" / "s3-failover").mkdir(parents=True)
    homes(HOME=str(unnamed / "ann"))
    monkeypatch.setattr(os, "access", lambda path, _mode: "ann" not in str(path))
    assert state_directory.installed() == state_directory.default()
