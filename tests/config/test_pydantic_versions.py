"""The oldest pydantic that is claimed; every other test runs with the newest, which constraints.txt pins."""

import os
import tomllib
from pathlib import Path

import pydantic
import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OLDEST = os.environ.get("S3_FAILOVER_PYDANTIC")


def test_what_is_claimed_is_what_make_tests():
    (claimed,) = PROJECT["optional-dependencies"]["config"]
    oldest = claimed.removeprefix("pydantic>=").removesuffix(",<3")
    assert f"OLDEST_PYDANTIC := {oldest}.0\n" in (ROOT / "Makefile").read_text()


@pytest.mark.skipif(OLDEST is None, reason="the newest pydantic is under test: see make test-oldest-pydantic")
def test_what_is_under_test_is_the_oldest_that_is_claimed():
    assert pydantic.VERSION == OLDEST
    assert f"pydantic-{OLDEST}" in pydantic.__file__
