"""Which numbers are taken from the command line, and where viewers are."""

from decimal import Decimal

import pytest

from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError
from s3_failover.operations.cost.areas import AREAS, around, shares
from s3_failover.operations.cost.usage import ASSUMPTIONS

_OTHER_DIGITS = [chr(0x663), chr(0xFF13)]
_ASCII = "-1|nan|inf|-0.001|many||1e99|1,00|1,0000|1,,000|,1|1_000|1.|.5|+1| 1|0x1|1.000,5"
REFUSED = [*_ASCII.split("|"), *_OTHER_DIGITS]


@pytest.mark.parametrize("assumption", ASSUMPTIONS.values(), ids=ASSUMPTIONS.keys())
@pytest.mark.parametrize("value", REFUSED)
def test_a_number_that_makes_no_sense(assumption, value):
    kind = "a whole number" if assumption.whole else "a number"
    with pytest.raises(UserError) as refused:
        assumption.given(value)
    assert str(refused.value).startswith(f"{assumption.option} is {value!r}, expected {kind} from 0")


@pytest.mark.parametrize(
    ("value", "taken"), [("1,000", "1000"), ("1,234,567.5", "1234567.5"), ("0012", "12"), ("7.25", "7.25"), ("0", "0")]
)
def test_a_number_as_the_output_prints_it_is_taken(value, taken):
    assert ASSUMPTIONS["stored_gb"].given(value).value == Decimal(taken)


@pytest.mark.parametrize(
    ("name", "value", "like"),
    [
        ("cache_hits", "90", "0.9"),
        ("cache_hits", "90%", "0.9"),
        ("cache_hits", "1.1", "0.011"),
        ("cache_hits", "150", "0.9"),
        ("overwritten", "many", "0.5"),
        ("stored_gb", "1TB", "1,024"),
        ("stored_gb", "1.5 TiB", "1,536"),
        ("viewer_gb", "512MB", "0.5"),
        ("viewer_gb", "2g", "2"),
        ("viewer_gb", "50kg", "100"),
        ("viewer_requests", "10M", "10,000,000"),
        ("viewer_requests", "10MB", "1,000,000"),
        ("objects", "1_000", "1,000"),
        ("objects", "0.5", "10,000"),
        ("hosts", "0.5", "3"),
        ("outage_hours", "731", "1"),
    ],
)
def test_a_refusal_shows_a_number_that_would_be_taken(name, value, like):
    with pytest.raises(UserError, match=f", like {like}: "):
        ASSUMPTIONS[name].given(value)
    assert ASSUMPTIONS[name].given(like).value == Decimal(like.replace(",", ""))


@pytest.mark.parametrize(
    ("region", "area"),
    [
        ("eu-central-1", "europe"),
        ("us-west-2", "us"),
        ("ca-west-1", "us"),
        ("ap-northeast-1", "japan"),
        ("ap-northeast-2", "asia"),
        ("ap-south-1", "india"),
        ("ap-southeast-1", "asia"),
        ("ap-southeast-2", "australia"),
        ("sa-east-1", "south-america"),
        ("me-central-1", "africa"),
        ("il-central-1", "europe"),
        ("xx-new-1", "us"),
    ],
)
def test_viewers_are_around_the_primary_unless_it_is_said_where(region, area):
    assert around(region) == {area: 1}


def test_every_region_is_in_an_area():
    assert {area for region in known_regions() for area in around(region)} <= set(AREAS)


@pytest.mark.parametrize("text", ["mars", "", "us,us", "us, mars=0.5", "us=1=1x,"])
def test_an_area_that_is_none(text):
    with pytest.raises(UserError, match="expected us, europe, africa, asia, australia, india, japan or south-america"):
        shares(text)


@pytest.mark.parametrize("text", ["us,asia", "us=0.5,asia=0.6", "us=1,asia=0", "us=-1", "us=", "us=0.5"])
def test_shares_that_are_not_all_viewers(text):
    with pytest.raises(UserError, match=r"expected shares that add up to 1, like europe=0\.6,asia=0\.4"):
        shares(text)


def test_shares():
    assert shares("asia") == {"asia": 1}
    assert shares("asia=1") == {"asia": 1}
    assert shares("europe=0.6, asia=0.4") == {"europe": Decimal("0.6"), "asia": Decimal("0.4")}
    assert shares("europe = 0.6 ,asia= 0.4") == {"europe": Decimal("0.6"), "asia": Decimal("0.4")}
