"""Inventory reports are read as listings are: same entries, same order, whatever the format."""

import json
import sys
from datetime import UTC, datetime, timedelta

import inventory_reports
import pytest
from stores import Store

from s3_failover.errors import UserError
from s3_failover.operations.inventory.report import InventoryReport
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.parity import Comparison, Drift, Tally

SOURCE = "source-bucket"
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
FORMATS = ("CSV", "Parquet", "ORC")
KEYS = ["a", "a b/grüße & π+~(1)?.txt", 'comma,"quote"', "line\nbreak", "plus+%2B", "\uffee", "𐀀"]


def entry(key, version="v1", size=3, etag='"900150983cd24fb0d6963f7d28e17f72"'):
    return ListedObject(key, version, size, etag, NOW)


def gone(key):
    return entry(key, "v2", -1, "")


ENTRIES = [*map(entry, KEYS), gone("zz-gone"), entry("zz-archived")._replace(archive="GLACIER")]


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def write(store):
    def written(entries=ENTRIES, **more):
        return inventory_reports.write(
            store, "reports", SOURCE, inventory_reports.rows(SOURCE, entries), **{"created": NOW} | more
        )

    return written


@pytest.fixture
def read(store):
    def opened(location, *, versions=True):
        return InventoryReport(store, location, source=SOURCE, versions=versions, say=lambda line: None)

    return opened


def entries(report, **more):
    return [each for page in report.entries(**more) for each in page]


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_has_the_latest_version_of_every_key_in_the_order_of_listings(read, write, form):
    report = read(write(form=form))
    assert entries(report) == sorted(ENTRIES)
    assert report.created == NOW


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_without_versions_has_the_current_objects(store, read, form):
    plain = [entry(key, "null") for key in KEYS]
    lines = [line for line in inventory_reports.rows(SOURCE, plain) if line["is_latest"]]
    current = inventory_reports.CURRENT
    location = inventory_reports.write(store, "reports", SOURCE, lines, form=form, columns=current)
    assert entries(read(location, versions=False)) == sorted(plain)


def test_a_report_is_read_below_a_prefix(read, write):
    assert [each.key for each in entries(read(write()), prefix="a")] == ["a", "a b/grüße & π+~(1)?.txt"]


def test_a_report_is_read_again_for_the_next_replica(read, write):
    report = read(write())
    assert entries(report) == entries(report)


def test_pages_have_at_most_a_thousand_entries(read, write):
    many = [entry(f"{number:05}") for number in range(2500)]
    assert [len(page) for page in read(write(many)).entries()] == [1000, 1000, 500]


@pytest.mark.parametrize("form", FORMATS)
def test_reports_differ_as_listings_do(store, form):
    def location(bucket, found):
        return inventory_reports.write(store, "reports", bucket, inventory_reports.rows(bucket, found), form=form)

    ours = [entry("deleted", size=-1, etag=""), entry("missing"), entry("same"), entry("size")]
    theirs = [entry("deleted"), entry("extra"), entry("same"), entry("size", size=4)]
    sides = [
        InventoryReport(store, location(bucket, found), source=bucket, versions=True, say=lambda line: None).entries()
        for bucket, found in ((SOURCE, ours), ("replica-bucket", theirs))
    ]
    expected = Comparison().drifts([sorted(ours)], [sorted(theirs)], Tally())
    found = Comparison().drifts(*sides, Tally())
    assert kinds(found) == kinds(expected)


def kinds(found):
    return [(each.key, each.kind.value) for each in found if isinstance(each, Drift)]


def test_the_newest_report_that_is_complete_is_read(store, read, write):
    write(created=NOW - timedelta(days=1))
    write(created=NOW + timedelta(days=1))
    del store.objects["reports", f"inventory/{SOURCE}/daily/2026-11-21T01-30Z/manifest.checksum"]
    assert read(write()).created == NOW


@pytest.mark.parametrize("prefix", ["", "inventory", f"inventory/{SOURCE}/daily/", "inventory/"])
def test_the_place_may_be_as_exact_as_one_wants(read, write, prefix):
    write()
    assert read(f"s3://reports/{prefix}").created == NOW


def test_reports_about_other_buckets_are_passed_over(store, read, write):
    write()
    inventory_reports.write(store, "reports", "other", [], created=NOW + timedelta(days=1))
    assert read("s3://reports/inventory/").created == NOW


def damaged(key_end):
    def damage(objects):
        key = next(key for key in objects if key[1].endswith(key_end))
        objects[key] = objects[key][:-1] + b"?"

    return damage


@pytest.mark.parametrize("key_end", ["manifest.json", "manifest.checksum", "-0.csv", "-1.csv"])
def test_a_damaged_report_is_refused(store, read, write, key_end):
    location = write()
    damaged(key_end)(store.objects)
    with pytest.raises(UserError, match=r"is damaged: its MD5 is .*, expected .*: use another report"):
        entries(read(location))


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_is_no_such_file_is_refused(store, read, write, form):
    location = write(form=form, files=1)
    key = next(key for key in store.objects if "/data/" in key[1])
    store.objects[key] = content = b'"a"\n"b","c"\n'
    rewrite(
        store, lambda text: {**text, "files": [{**text["files"][0], "MD5checksum": inventory_reports.md5(content)}]}
    )
    with pytest.raises(UserError, match=f"is not the {form} that it should be"):
        entries(read(location))


def rewrite(store, change):
    key = next(key for key in store.objects if key[1].endswith("manifest.json"))
    text = json.dumps(change(json.loads(store.objects[key]))).encode()
    store.objects[key] = text
    store.objects[key[0], key[1].replace(".json", ".checksum")] = inventory_reports.md5(text).encode()


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("version_id", "all versions"),
        ("is_latest", "all versions"),
        ("is_delete_marker", "all versions"),
        ("size", "the optional field Size"),
        ("e_tag", "the optional field ETag"),
        ("last_modified_date", "the optional field LastModifiedDate"),
    ],
)
def test_a_report_that_lacks_a_column_is_refused(read, write, missing, remedy):
    columns = tuple(column for column in inventory_reports.COLUMNS if column != missing)
    with pytest.raises(UserError, match=rf"expected {missing} too: add {remedy}"):
        read(write(columns=columns))


def test_no_report_no_place_and_too_many_are_said(store, read, write):
    with pytest.raises(UserError, match="no complete inventory report of source-bucket"):
        read("s3://reports/inventory/")
    with pytest.raises(UserError, match="expected REGION=s3://BUCKET/PREFIX"):
        read("reports")
    write()
    write(prefix="other")
    with pytest.raises(UserError, match=r"reports of 2 configurations, expected one of inventory/.*, other/"):
        read("s3://reports/")


def test_a_manifest_that_is_none_is_refused(store, read, write):
    location = write()
    rewrite(store, lambda text: {"files": []})
    with pytest.raises(UserError, match="is no manifest of an inventory report"):
        read(location)


def test_without_pyarrow_it_is_said_what_to_install(read, write, monkeypatch):
    location = write()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"not installed: pip install 's3-failover\[inventory\]'"):
        read(location)
