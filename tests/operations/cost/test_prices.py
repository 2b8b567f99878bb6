"""The list of prices: where a price is taken from, and which files are refused."""

import hashlib
import os
import threading
from datetime import date
from decimal import Decimal

import pytest

from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError
from s3_failover.operations.cost.areas import AREAS
from s3_failover.operations.cost.prices import SHIPPED, Doubt, load, outdated


@pytest.fixture(scope="module")
def shipped():
    return load()


@pytest.fixture
def changed(tmp_path):
    """Loads the shipped file with something replaced."""

    def load_with(old, new):
        text = SHIPPED.read_text()
        assert old in text
        path = tmp_path / "prices.toml"
        path.write_text(text.replace(old, new, 1))
        return load(path)

    return load_with


def test_every_price_is_known_or_estimated_in_every_region(shipped):
    for name, entry in shipped.entries.items():
        places = AREAS if "us" in entry.places else known_regions()
        for place in places:
            assert shipped.price(name, place).usd > 0


def found(prices, name, place):
    price = prices.price(name, place)
    return price.usd, price.place, price.doubts(Decimal(1))


def test_a_price_of_the_place_itself_is_not_in_doubt(shipped):
    assert found(shipped, "s3-storage", "eu-central-1") == (Decimal("0.0245"), "eu-central-1", ())


def test_a_price_of_the_nearest_place_says_so(shipped):
    assert found(shipped, "s3-storage", "eu-central-2") == (Decimal("0.0245"), "eu-central-1", (Doubt.NEAREST,))


def test_a_price_that_was_not_read_is_remembered(shipped):
    assert found(shipped, "log-ingestion", "sa-east-1")[2] == (Doubt.REMEMBERED,)


def test_a_remembered_price_of_another_place_is_both(shipped):
    assert found(shipped, "s3-put", "ap-southeast-7")[2] == (Doubt.REMEMBERED, Doubt.NEAREST)


def test_a_price_for_everywhere_is_in_doubt_nowhere(shipped):
    assert found(shipped, "kms-key", "ap-southeast-7") == (Decimal("1.00"), "everywhere", ())


@pytest.mark.parametrize(
    ("name", "place", "usd"),
    [
        ("log-ingestion", "us-west-1", "0.67"),
        ("log-ingestion", "eu-central-1", "0.63"),
        ("log-ingestion", "us-east-2", "0.50"),
        ("log-storage", "us-west-1", "0.033"),
        ("http-api", "us-west-1", "1.17"),
        ("http-api", "us-west-2", "1.00"),
    ],
)
def test_logs_and_apis_have_prices_of_their_region(shipped, name, place, usd):
    assert found(shipped, name, place) == (Decimal(usd), place, ())


def test_every_source_was_read_when_it_was_there_already(shipped):
    for entry in shipped.entries.values():
        assert all(source.as_of is None or source.as_of <= source.read for source in entry.sources)


def test_an_old_price_is_named_and_the_oldest_first(shipped):
    today = date(2026, 11, 29)
    old, new = shipped.price("region-transfer", "sa-east-1"), shipped.price("kms-key")
    assert "the price region-transfer of sa-east-1 is of 2023-04-27, over a year ago" in outdated([new, old], today)
    assert outdated([new], today) is None
    assert outdated([], today) is None


@pytest.mark.parametrize(
    ("today", "warned"),
    [("2027-09-11", None), ("2027-09-12", "over a year ago"), ("2026-09-10", "after today"), ("2026-09-11", None)],
)
def test_a_price_is_old_after_a_year_and_may_not_be_of_tomorrow(shipped, today, warned):
    said = outdated([shipped.price("kms-key")], date.fromisoformat(today))
    assert warned in said if warned else said is None


def test_a_source_without_a_day_is_at_least_as_old_as_the_day_it_was_read(changed):
    undated = 'as_of = 2026-09-11\nread = 2026-11-29\nusd = { everywhere = "1.00" }'
    prices = changed(undated, undated.replace("as_of = 2026-09-11\nread = 2026", "read = 2019"))
    assert "kms-key of everywhere is without a date and was read on 2019-11-29, over a year ago" in outdated(
        [prices.price("kms-key")], date(2026, 11, 29)
    )


def test_an_unknown_price_says_where_to_get_it(shipped):
    with pytest.raises(UserError, match="has no price 'gold', expected one: copy it from"):
        shipped.price("gold", "us-east-1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('af-south-1 = "0.0274"', 'af-south-1 = "-1"', r"s3-storage\.sources\.6\.usd\.af-south-1\.0 is '-1'"),
        ('af-south-1 = "0.0274"', 'af-south-1 = "nan"', r"s3-storage\.sources\.6\.usd\.af-south-1\.0 is 'nan'"),
        ('af-south-1 = "0.0274"', 'af-south-1 = "cheap"', r"s3-storage\.sources\.6\.usd\.af-south-1\.0 is 'cheap'"),
        ('af-south-1 = "0.0274"', "af-south-1 = []", r"s3-storage\.sources\.6\.usd\.af-south-1"),
        (
            'af-south-1 = "0.0274"',
            'sa-west-9 = "0.0274"',
            r"s3-storage\.sources\.usd names 'sa-west-9', expected an AWS",
        ),
        ('af-south-1 = "0.0274"', 'us-east-1 = "0.0274"', "s3-storage: each place has one source"),
        (
            'af-south-1 = "0.0274"',
            'af-south-1 = ["3", "2", "1", "0"]',
            "s3-storage: a price may have one tier more than",
        ),
        (
            'af-south-1 = "0.0274"',
            'af-south-1 = "9999"',
            r"s3-storage.sources.usd.af-south-1 is 9999, expected less than",
        ),
        ('af-south-1 = "0.0274"', 'af-south-1 = "0.274"', r"expected less than 0\.274, 10 times the price of"),
        ('unit = "GB-month"', 'unit = "TB-month"', "s3-storage is per 1 TB-month, expected 1 GB-month"),
        ("up_to = [51_200, 512_000]", "up_to = [0, 512_000]", r"s3-storage\.up_to\.0 is '0'"),
        ("up_to = [51_200, 512_000]", "up_to = [51_200, 51_200]", r"s3-storage: up_to must rise"),
        ("up_to = [51_200, 512_000]", "upto = [51_200]", r"s3-storage\.upto"),
        ('unit = "GB-month"\n', "", r"s3-storage\.unit: field required"),
        ('remembered = "all"', 'remembered = "no"', r"s3-put\.sources\.4\.remembered is 'no'"),
        ("version = 2", "version = 1", "version is '1'"),
        ("version = 2", "", "version: field required"),
        (
            'us-west-1 = "1.17"',
            'us-west-1 = "11.7"',
            r"http-api.sources.usd.us-west-1 is 11.7, expected less than 11.7",
        ),
        ('ap-southeast-3 = "0.1"', 'ap-southeast-7 = "0.91"', r"region-transfer.sources.usd.ap-southeast-7 is 0.91"),
        ("[s3-put]", "[s3-put", "is no TOML"),
        ('africa = "europe"', 'africa = "mars"', "nearest names 'mars'"),
    ],
)
def test_a_file_that_is_wrong_says_where(changed, old, new, message):
    with pytest.raises(UserError, match=message):
        changed(old, new)


def test_a_file_without_one_of_the_prices(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(SHIPPED.read_text().replace("[alarm]", "[alarms]").replace("[alarm.", "[alarms."))
    with pytest.raises(UserError, match="has no price 'alarm', expected all of"):
        load(path)


def test_a_discount_may_be_as_large_as_it_likes(changed):
    assert changed('af-south-1 = "0.0274"', 'af-south-1 = "0"').price("s3-storage", "af-south-1").usd == 0


def test_places_that_are_nearest_to_each_other_lead_nowhere(changed):
    prices = changed('eu-central-1 = "eu-west-1"', 'eu-central-1 = "eu-central-2"')
    with pytest.raises(UserError, match="alarm has no price for eu-central-2 or eu-central-1, expected one of them"):
        prices.price("alarm", "eu-central-2")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="is no TOML"):
        load(path)


def test_the_digest_is_that_of_the_bytes_that_were_read(tmp_path):
    pipe, body = tmp_path / "prices", SHIPPED.read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(body,))
    writer.start()
    found = load(pipe)
    writer.join()
    assert found.sha256 == hashlib.sha256(body).hexdigest()
