"""pytest fixtures: `pytest_plugins = ["breakable_aws.fixtures"]` in the `conftest.py` of the tests."""

from collections.abc import Iterator

import pytest

from breakable_aws import library
from breakable_aws.library import Aws

SPEED = 20.0
"""How fast time runs: a health check of 10 seconds with a threshold of 3 fails in two."""


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One embedded AWS for all tests, at `SPEED`: deploy to it once, in a session fixture of your own."""
    with library.running(tmp_path_factory.mktemp("breakable-aws"), speed=SPEED) as running:
        yield running


@pytest.fixture
def healthy_aws(embedded_aws: Aws) -> Iterator[Aws]:
    """`embedded_aws` for a test that breaks it: whatever is still broken at its end is healed."""
    yield embedded_aws
    embedded_aws.heal()
