"""The list of prices: where a price is taken from, and which files are refused."""

from decimal import Decimal

import pytest

from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError
from s3_failover.operations.cost.prices import AREAS, SHIPPED, load


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
        places = AREAS if "us" in entry.usd else known_regions()
        for place in places:
            assert shipped.price(name, place).usd > 0


def test_a_price_of_the_place_itself_is_no_estimate(shipped):
    price = shipped.price("s3-storage", "eu-central-1")
    assert (price.usd, price.place, price.estimated) == (Decimal("0.0245"), "eu-central-1", False)


def test_a_price_of_the_nearest_place_is_an_estimate(shipped):
    price = shipped.price("s3-storage", "eu-central-2")
    assert (price.usd, price.place, price.estimated) == (Decimal("0.0245"), "eu-central-1", True)


def test_a_price_that_was_not_read_is_an_estimate(shipped):
    assert shipped.price("replication-time-control", "eu-west-1").estimated


def test_a_price_for_everywhere_is_no_estimate_anywhere(shipped):
    price = shipped.price("kms-key", "ap-southeast-7")
    assert (price.place, price.estimated) == ("everywhere", False)


def test_an_unknown_price_says_where_to_get_it(shipped):
    with pytest.raises(UserError, match="has no price 'gold', expected one: copy it from"):
        shipped.price("gold", "us-east-1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('sa-east-1 = "0.0405"', 'sa-east-1 = "-1"', r"s3-storage\.usd\.sa-east-1 is '-1'"),
        ('sa-east-1 = "0.0405"', 'sa-east-1 = "nan"', r"s3-storage\.usd\.sa-east-1 is 'nan'"),
        ('sa-east-1 = "0.0405"', 'sa-east-1 = "cheap"', r"s3-storage\.usd\.sa-east-1 is 'cheap'"),
        ('sa-east-1 = "0.0405"', "sa-east-1 = []", r"s3-storage\.usd\.sa-east-1"),
        ('sa-east-1 = "0.0405"', 'sa-west-9 = "0.0405"', "s3-storage.usd names 'sa-west-9', expected an AWS region"),
        ("up_to = 51_200", "up_to = 0", r"s3-storage\.up_to is '0'"),
        ("up_to = 51_200", "upto = 51_200", r"s3-storage\.upto"),
        ('unit = "GB-month"\n', "", r"s3-storage\.unit: field required"),
        ("version = 1", "version = 2", "version is '2'"),
        ("version = 1", "", "version: field required"),
        ("[alarm]", "[alarms]", "has no price 'alarm', expected all of"),
        ("[s3-put]", "[s3-put", "is no TOML"),
        ('africa = "europe"', 'africa = "mars"', "nearest names 'mars'"),
    ],
)
def test_a_file_that_is_wrong_says_where(changed, old, new, message):
    with pytest.raises(UserError, match=message):
        changed(old, new)


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
