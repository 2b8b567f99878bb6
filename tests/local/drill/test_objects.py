import pytest

from s3_failover.drill.visits import VisitOutcome
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
    [
        (b"second", VisitOutcome.OK),
        (b"first", VisitOutcome.STALE),
        (b"other", VisitOutcome.WRONG),
        (b"", VisitOutcome.WRONG),
    ],
)
def test_bytes_are_the_newest_an_older_version_or_wrong(catalogue, body, outcome):
    assert catalogue.judge(f"{OLD}1", 200, body, listed=True) is outcome


@pytest.mark.parametrize(
    ("key", "status", "listed", "outcome"),
    [
        (NEW, 404, True, VisitOutcome.MISSING),
        (NEW, 403, False, VisitOutcome.MISSING),
        (NEW, 403, True, VisitOutcome.FAILED),
        (NEW, 404, False, VisitOutcome.FAILED),
        (OLD, 404, True, VisitOutcome.FAILED),
        (OLD, 403, False, VisitOutcome.FAILED),
        (NEW, 503, True, VisitOutcome.FAILED),
    ],
)
def test_only_what_was_published_last_can_be_missing_and_a_denial_is_a_failure(catalogue, key, status, listed, outcome):
    assert catalogue.judge(f"{key}1", status, b"", listed=listed) is outcome


def test_what_was_published_last_below_a_prefix_can_be_missing_too(catalogue):
    catalogue.record(f"docs/{NEW}1", b"new")
    assert catalogue.judge(f"docs/{NEW}1", 404, b"", listed=True) is VisitOutcome.MISSING


def test_keys_are_sorted(catalogue):
    assert catalogue.keys == sorted([f"{OLD}1", f"{NEW}1"])
