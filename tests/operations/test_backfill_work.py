"""What a backfill takes from a table of differences, and what it leaves alone."""

import io

import pytest
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.backfill.result import Engine
from s3_failover.operations.backfill.work import WorkItem, WorkItems, kinds, read
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.verify import COLUMNS, Scope

HEADER = ",".join(COLUMNS)
SITE = site(replicas=2)
FIRST, SECOND = SITE.replica_regions


def row(key="a", kind="missing", region=FIRST, recent="no", version="v1", size="3"):
    return f'{region},"{key}",{kind},{recent},"what, and why",{version},,{size}'


def found(*rows, engine=Engine.BATCH, header=HEADER, **scope):
    text = io.StringIO("\r\n".join([header, *rows, ""]), newline="")
    return read(SITE, text, "drift.csv", Scope(**scope), engine)


def test_each_key_is_replicated_once_to_all_regions():
    both = found(row(), row(region=SECOND), row("b", size=""))
    assert list(both.items) == [WorkItem("a", "v1", 3), WorkItem("b", "v1", None)]
    assert (len(both.items), both.items.bytes, both.fixed) == (2, 3, {DriftKind.MISSING: 3})


def test_keys_come_in_the_order_of_their_bytes():
    items = WorkItems()
    for key in ("𐀀", "\uffee", "a"):
        items.add(WorkItem(key, "v", 1))
    assert [item.key for item in items] == ["a", "\uffee", "𐀀"]


def test_what_may_still_be_on_its_way_is_left_alone():
    young = found(row(recent="yes"))
    assert (len(young.items), young.recent) == (0, 1)


def test_only_what_was_asked_for_is_taken():
    rows = (row("x/1"), row("x/2", region=SECOND), row("y/1"))
    assert [item.key for item in found(*rows, regions=(FIRST,), prefix="x/").items] == ["x/1"]


@pytest.mark.parametrize("engine", Engine)
def test_nothing_is_deleted_at_a_replica(engine):
    left = found(row(kind="extra", version=""), row("b", kind="deleted"), engine=engine)
    assert (len(left.items), left.left) == (0, {DriftKind.EXTRA: 1, DriftKind.DELETED: 1})


@pytest.mark.parametrize("engine", Engine)
def test_what_the_primary_archived_is_neither_brought_nor_left(engine):
    noted = found(row(kind="source-archived"), engine=engine)
    assert (len(noted.items), noted.left, noted.fixed) == (0, {}, {})


@pytest.mark.parametrize(
    ("engine", "more", "expected"),
    [
        (Engine.BATCH, "", {DriftKind.MISSING, DriftKind.FAILED}),
        (Engine.DIRECT, "", set(DriftKind) - {DriftKind.EXTRA, DriftKind.DELETED, DriftKind.SOURCE_ARCHIVED}),
        (
            Engine.QUEUE,
            "",
            set(DriftKind) - {DriftKind.EXTRA, DriftKind.DELETED, DriftKind.ARCHIVED, DriftKind.SOURCE_ARCHIVED},
        ),
        (Engine.DIRECT, "replication = { two_way = true }", {DriftKind.MISSING, DriftKind.FAILED}),
    ],
)
def test_an_engine_fixes_what_it_can_without_burying_newer_content(engine, more, expected):
    assert kinds(site(more=more), engine) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ([row().replace("missing", "lost")], r"drift.csv, line 2 has the kind 'lost', expected one of missing, extra"),
        ([row(region="us-east-1")], r"line 2 has the region 'us-east-1', expected eu-central-1 or ap-south-1"),
        ([row(), "x"], r"line 3 is not what verify writes"),
        ([row() + ",more"], r"line 2 is not what verify writes"),
        ([row(size="many")], r"line 2 is not what verify writes"),
        ([row(size="9" * 5000)], r"line 2 is not what verify writes"),
        ([row(size=str(2**63))], r"line 2 is not what verify writes"),
        ([row(size="\N{ARABIC-INDIC DIGIT THREE}")], r"line 2 is not what verify writes"),
        ([row(recent="perhaps")], r"line 2 is not what verify writes"),
        ([row(key="")], r"line 2 is not what verify writes"),
        ([f'{FIRST},"a'], r"drift.csv is no CSV in UTF-8"),
    ],
)
def test_a_table_that_verify_did_not_write_is_refused(text, message):
    with pytest.raises(UserError, match=message):
        found(*text)


def test_another_table_is_refused():
    with pytest.raises(
        UserError, match=r"drift.csv has no column region, kind, recent, source_version, expected region,key"
    ):
        found(header="key,size")


def test_a_table_without_sizes_is_taken():
    old = found(row().rpartition(",")[0], header=HEADER.rpartition(",")[0])
    assert list(old.items) == [WorkItem("a", "v1", None)]
