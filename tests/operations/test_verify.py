"""What `verify` makes of a site's buckets, and where its table goes."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listing_entries import entry, gone
from sites import site

from s3_failover.cli import verify as cli
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.verify import SHOWN, Scope, verify


class Reported:
    """An inventory report."""

    created = datetime.now(UTC)

    def __init__(self, held):
        self._held = held

    def entries(self, *, prefix):
        return iter([self._held])


def test_a_replica_has_parity_although_the_primary_archived_its_objects():
    of, table = site(), io.StringIO()
    held = [entry(f"{number:02}", archive="GLACIER") for number in range(SHOWN)]
    reports = {of.primary_region: Reported([*held, entry("zz")]), of.replica_regions[0]: Reported(held)}
    account = Account("123456789012", lambda service, region: None)
    (parity,) = verify(of, account, Scope(sample=0, reports=reports), table=table).replicas
    assert [drift.key for drift in parity.shown] == ["zz"]
    assert (parity.archived, parity.same, parity.drift) == (SHOWN, SHOWN, {DriftKind.MISSING: 1})
    assert table.getvalue().count(",source-archived,no,") == SHOWN
    assert f"{SHOWN:>11}  archived in the primary, no drift: " in "\n".join(cli._lines(parity))
    assert parity.model_dump(by_alias=True)["archived_in_primary"] == SHOWN


def test_a_table_gets_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "drift.csv"
    with cli._opened(path) as table:
        table.write("whole")
    with pytest.raises(UserError, match="denied"), cli._opened(path) as table:
        table.write("half")
        raise UserError("denied")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("whole", [path])


@pytest.mark.parametrize("name", [".", "missing/drift.csv", "x" * 300, "\x1b[2J/drift.csv"])
def test_a_table_that_cannot_be_written_is_an_error_of_one_line(tmp_path, name):
    with pytest.raises(UserError, match=r"cannot be written: .*; name another file with --csv") as caught:
        cli._opened(tmp_path / name).__enter__()
    assert str(caught.value).isprintable()


def test_a_table_may_go_to_a_device():
    with cli._opened(Path("/dev/null")) as table:
        table.write("x")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    ("markers", "two_way", "told"),
    [
        (True, False, [DriftKind.DELETED, DriftKind.EXTRA, DriftKind.MISSING, DriftKind.UNDELETED]),
        (False, False, [DriftKind.MISSING, DriftKind.UNDELETED]),
        (False, True, [DriftKind.EXTRA, DriftKind.MISSING]),
    ],
)
def test_deletes_that_are_not_copied_are_no_difference(markers, two_way, told):
    rules = f"replication = {{ delete_markers = {str(markers).lower()}, two_way = {str(two_way).lower()} }}"
    ours = [gone("a"), entry("c"), entry("d")]
    theirs = [entry("a"), entry("b"), gone("d")]
    of = site(more=rules)
    reports = {of.primary_region: Reported(ours), of.replica_regions[0]: Reported(theirs)}
    account = Account("123456789012", lambda service, region: None)
    (parity,) = verify(of, account, Scope(sample=0, reports=reports)).replicas
    assert [drift.kind for drift in parity.shown] == told
    assert (parity.compared, parity.total) == (len(told), len(told))
