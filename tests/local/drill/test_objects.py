import pytest

from s3_failover.drill.visits import Outcome
from s3_failover.local.drill.objects import NEW, OLD, Catalogue


@pytest.fixture
def catalogue():
    found = Catalogue()
    found.record(f"{OLD}1", b"first")
    found.record(f"{OLD}1", b"second")
    found.record(f"{NEW}1", b"new")
    return found


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(b"second", Outcome.OK), (b"first", Outcome.STALE), (b"other", Outcome.WRONG), (b"", Outcome.WRONG)],
)
def test_bytes_are_the_newest_an_older_version_or_wrong(catalogue, body, outcome):
    assert catalogue.judge(f"{OLD}1", 200, body, listed=True) is outcome


@pytest.mark.parametrize(
    ("key", "status", "listed", "outcome"),
    [
        (NEW, 404, True, Outcome.MISSING),
        (NEW, 403, False, Outcome.MISSING),
        (NEW, 403, True, Outcome.FAILED),
        (NEW, 404, False, Outcome.FAILED),
        (OLD, 404, True, Outcome.FAILED),
        (OLD, 403, False, Outcome.FAILED),
        (NEW, 503, True, Outcome.FAILED),
    ],
)
def test_only_what_was_published_last_can_be_missing_and_a_denial_is_a_failure(catalogue, key, status, listed, outcome):
    assert catalogue.judge(f"{key}1", status, b"", listed=listed) is outcome


def test_what_was_published_last_below_a_prefix_can_be_missing_too(catalogue):
    catalogue.record(f"docs/{NEW}1", b"new")
    assert catalogue.judge(f"docs/{NEW}1", 404, b"", listed=True) is Outcome.MISSING


def test_keys_are_sorted(catalogue):
    assert catalogue.keys == sorted([f"{OLD}1", f"{NEW}1"])
