"""How two buckets compare, from their listings."""

from dataclasses import astuple
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listing_entries import OLD, A, B, entry, gone

from s3_failover.operations.listing import ListedObject
from s3_failover.operations.parity import LACKS, Comparison, Drift, DriftKind, Tally, pairs


def compared(ours, theirs, **options):
    tally = Tally()
    found = list(Comparison(**options).drifts([ours], [theirs], tally))
    return [each for each in found if isinstance(each, Drift)], tally


def test_a_tally_begins_with_nothing():
    assert not any(astuple(Tally()))


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ([entry()], [], DriftKind.MISSING),
        ([], [entry()], DriftKind.EXTRA),
        ([gone()], [entry()], DriftKind.DELETED),
        ([entry()], [gone()], DriftKind.UNDELETED),
        ([entry()], [entry(size=4)], DriftKind.SIZE),
        ([entry()], [entry(version="v2", etag=B)], DriftKind.CONTENT),
        ([entry()], [entry(version="v2")], DriftKind.VERSION),
        ([entry()], [entry(archive="GLACIER")], DriftKind.ARCHIVED),
        ([entry()], [entry(archive="GLACIER", version="v2")], DriftKind.ARCHIVED),
        ([entry(archive="GLACIER")], [entry(archive="GLACIER", version="v2")], DriftKind.VERSION),
        ([entry(archive="GLACIER")], [], DriftKind.MISSING),
        ([entry(archive="GLACIER")], [entry(size=4)], DriftKind.SIZE),
    ],
)
def test_a_difference_has_a_kind(ours, theirs, kind):
    drifts, tally = compared(ours, theirs)
    assert [drift.kind for drift in drifts] == [kind]
    assert (tally.compared, tally.same, tally.total) == (1, 0, 1)


@pytest.mark.parametrize("replica", ["", "GLACIER"])
def test_what_is_archived_in_the_source_is_noted_and_no_drift(replica):
    ours, theirs, late = [entry(archive="DEEP_ARCHIVE")], [entry(archive=replica)], OLD - timedelta(minutes=5)
    tally = Tally()
    drift, same = Comparison(settled=late).drifts([ours], [theirs], tally)
    assert (drift.kind, drift.recent, same) == (DriftKind.SOURCE_ARCHIVED, False, ours[0])
    assert (tally.compared, tally.same, tally.archived, tally.recent, tally.total) == (1, 1, 1, 0, 0)


def test_what_is_missing_and_archived_in_the_source_says_so():
    (drift,), _ = compared([entry(archive="GLACIER")], [])
    assert drift.detail == "source has 3 bytes, version v1, in GLACIER"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([entry()], [entry()]),
        ([gone()], []),
        ([gone()], [gone(version="v8")]),
        ([], [gone()]),
        ([], []),
    ],
)
def test_what_holds_the_same_is_no_difference(ours, theirs):
    assert compared(ours, theirs)[0] == []


def test_a_version_is_the_same_under_another_encryption():
    assert compared([entry(etag=A)], [entry(etag=B)])[0] == []


def test_without_versions_the_content_counts():
    ours = [entry("one", version="null"), entry("two", version="null")]
    theirs = [entry("one", version="null", etag=B), entry("two", version="null")]
    drifts, _ = compared(ours, theirs, versions=False)
    assert [(drift.key, drift.kind) for drift in drifts] == [("one", DriftKind.CONTENT)]


def test_without_versions_objects_in_parts_are_the_same_if_their_etags_are():
    for etag, kinds in (('"abc-2"', []), ('"def-2"', [DriftKind.CONTENT])):
        drifts, _ = compared([entry(etag='"abc-2"')], [entry(etag=etag)], versions=False)
        assert [drift.kind for drift in drifts] == kinds


def test_what_both_had_before_there_were_versions_is_compared_by_content():
    ours = [entry("one", version="null"), entry("parts", version="null", etag='"a-2"'), entry("two", version="null")]
    theirs = [entry("one", version="null", etag=B), entry("parts", version="null", etag='"b-3"'), ours[2]]
    drifts, _ = compared(ours, theirs)
    assert [(drift.key, drift.kind) for drift in drifts] == [("one", DriftKind.CONTENT)]


def test_what_was_written_lately_is_counted_apart():
    late = OLD + timedelta(minutes=10)
    drifts, tally = compared([entry(modified=late), entry("old")], [], settled=OLD + timedelta(minutes=5))
    assert [(drift.key, drift.recent) for drift in drifts] == [("key", True), ("old", False)]
    assert (tally.recent, tally.total) == (1, 1)


def test_a_limit_is_not_later_than_itself():
    drifts, _ = compared([entry(modified=OLD)], [], settled=OLD)
    assert [drift.recent for drift in drifts] == [False]


def test_what_was_written_at_the_moment_itself_is_compared():
    drifts, tally = compared([entry(modified=OLD)], [], since=OLD)
    assert ([drift.key for drift in drifts], tally.compared) == (["key"], 1)


def test_what_is_the_same_is_handed_over_and_what_is_not_copied_ends_nothing():
    ours = [entry("a"), gone("b"), entry("c"), entry("not/copied"), entry("same"), entry("z")]
    theirs = [entry("a"), gone("b"), entry("c", size=4), entry("same")]
    found = list(Comparison(copied=lambda key: key != "not/copied").drifts([ours], [theirs], Tally()))
    assert [each.key for each in found] == ["a", "c", "same", "z"]
    assert [each.key for each in found if isinstance(each, ListedObject)] == ["a", "same"]


def test_a_tally_counts_keys_and_the_bytes_of_the_sources_objects():
    ours = [entry("a", size=5), entry("b", size=7), gone("c"), entry("d", size=0), gone("f")]
    theirs = [entry("a", size=5), entry("c", size=100), entry("e", size=1000)]
    assert compared(ours, theirs)[1] == Tally(
        compared=5, same=1, bytes=12, drift={DriftKind.MISSING: 2, DriftKind.DELETED: 1, DriftKind.EXTRA: 1}
    )
    assert compared([], [])[1] == Tally(compared=0, same=0, bytes=0, recent=0, archived=0)


def test_a_difference_counts_as_drift_unless_it_is_recent():
    tally = Tally()
    tally.add(Drift("key", DriftKind.FAILED, "the source says so"))
    assert (tally.total, tally.recent) == (1, 0)


def test_what_was_on_its_way_and_did_not_arrive_has_drifted():
    late = OLD + timedelta(minutes=10)
    (drift, _), tally = compared([entry("a", modified=late), entry("b", modified=late)], [], settled=OLD)
    assert (tally.recent, tally.total) == (2, 0)
    settled = tally.settle(drift)
    assert (settled.key, settled.kind, settled.recent) == ("a", DriftKind.MISSING, False)
    assert (tally.recent, tally.drift) == (1, {DriftKind.MISSING: 1})


@pytest.mark.parametrize(("theirs", "is_recent"), [({"archive": "GLACIER"}, False), ({"size": 4}, True)])
def test_what_is_archived_does_not_come_by_itself_however_young_it_is(theirs, is_recent):
    late = OLD + timedelta(minutes=10)
    (drift,), tally = compared([entry(modified=late)], [entry(modified=late, **theirs)], settled=OLD)
    assert (drift.recent, tally.recent) == (is_recent, is_recent)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ("a" * 32, "b" * 32, DriftKind.CONTENT),
        ("a" * 31, "b" * 31, DriftKind.VERSION),
        ("a" * 33, "b" * 33, DriftKind.VERSION),
        ("a" * 32, "b" * 30 + "-2", DriftKind.CONTENT),
        ("a" * 32, "b" * 32 + "-2", DriftKind.VERSION),
        ("a" * 32 + "-2", "b" * 32, DriftKind.VERSION),
    ],
)
def test_other_content_is_told_by_etags_that_are_both_digests(ours, theirs, kind):
    (drift,), _ = compared([entry(etag=f'"{ours}"')], [entry(version="v2", etag=f'"{theirs}"')])
    assert drift.kind is kind


@pytest.mark.parametrize(
    ("ours", "theirs", "detail"),
    [
        ([gone()], [entry(archive="GLACIER")], "replica has 3 bytes, version v1, in GLACIER"),
        ([], [entry(size=1)], "replica has 1 byte, version v1"),
        ([entry()], [], "source has 3 bytes, version v1"),
        ([entry()], [gone()], "source has 3 bytes, version v1"),
        ([entry()], [entry(archive="GLACIER")], "replica is in GLACIER"),
        ([entry(archive="DEEP_ARCHIVE")], [entry()], "source is in DEEP_ARCHIVE"),
        (
            [entry(archive="GLACIER")],
            [entry(archive="DEEP_ARCHIVE")],
            "source is in GLACIER, replica is in DEEP_ARCHIVE",
        ),
        ([entry(size=1000)], [entry(size=2000)], "1,000 bytes, replica 2,000"),
    ],
)
def test_a_difference_says_what_both_sides_have(ours, theirs, detail):
    (drift,), _ = compared(ours, theirs)
    assert drift.detail == detail


@pytest.mark.parametrize(
    ("ours", "theirs", "is_lacking"),
    [
        ([entry()], [], True),
        ([entry()], [gone()], True),
        ([entry()], [entry(size=4)], True),
        ([entry()], [entry(version="v2", etag=B)], True),
        ([entry()], [entry(archive="GLACIER")], True),
        ([entry()], [entry(version="v2")], False),
        ([gone()], [entry()], False),
        ([], [entry()], False),
        ([entry(archive="GLACIER")], [entry()], False),
    ],
)
def test_the_replica_lacks_what_its_viewers_would_miss(ours, theirs, is_lacking):
    drifts, _ = compared(ours, theirs, since=OLD + timedelta(days=1), always=LACKS)
    assert [drift.kind in LACKS for drift in drifts] == [True] * is_lacking


@pytest.mark.parametrize("theirs", [[entry(size=4, archive="GLACIER")], [entry(version="v2", archive="GLACIER")]])
def test_what_the_replica_lacks_comes_before_what_else_is_different(theirs):
    (drift,), _ = compared([entry()], theirs)
    assert drift.kind in LACKS
    assert (drift.kind is DriftKind.SIZE) == (theirs[0].size == 4)


def test_what_the_configuration_asks_for_is_no_difference():
    ours, theirs = [entry("a")], [entry("a", size=4), entry("b")]
    drifts, tally = compared(ours, theirs, meant=frozenset({DriftKind.EXTRA}))
    assert ([drift.key for drift in drifts], tally.compared) == (["a"], 1)


def test_what_was_written_before_is_left_out():
    drifts, tally = compared(
        [entry("old"), entry("new", modified=OLD + timedelta(days=2))], [], since=OLD + timedelta(days=1)
    )
    assert [drift.key for drift in drifts] == ["new"]
    assert tally.compared == 1


def test_what_the_replica_lacks_counts_however_long_ago_it_was_written():
    ours = [entry("gone"), entry("old", etag=A), entry("other"), entry("sound")]
    theirs = [entry("old", version="v9", etag=A), entry("other", version="v9", etag=B), entry("sound")]
    since = OLD + timedelta(days=1)
    assert compared(ours, theirs, since=since)[0] == []
    drifts, tally = compared(ours, theirs, since=since, always=LACKS)
    assert [(drift.key, drift.kind) for drift in drifts] == [("gone", DriftKind.MISSING), ("other", DriftKind.CONTENT)]
    assert tally.compared == 2


keys = st.dictionaries(st.text(min_size=1, max_size=3), st.sampled_from([A, B]), max_size=30)


def pages(held, size):
    listed = [
        entry(key, version=etag, etag=etag) for key, etag in sorted(held.items(), key=lambda item: item[0].encode())
    ]
    return [listed[at : at + size] for at in range(0, len(listed), size)]


@given(keys, keys, st.integers(1, 7), st.integers(1, 7))
def test_every_key_is_met_once_and_in_order_however_the_pages_fall(ours, theirs, left, right):
    met = list(pairs(pages(ours, left), pages(theirs, right)))
    assert [(a or b).key for a, b in met] == sorted({*ours, *theirs}, key=str.encode)
    assert {(a.key, a.etag) for a, _ in met if a} == set(ours.items())
    assert {(b.key, b.etag) for _, b in met if b} == set(theirs.items())
    assert all(a.key == b.key for a, b in met if a and b)
