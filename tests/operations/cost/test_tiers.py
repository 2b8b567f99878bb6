"""What AWS charges less for when there is more of it."""

from decimal import Decimal

import pytest

from s3_failover.operations.cost.bill import bill
from s3_failover.operations.cost.items import Item
from s3_failover.operations.cost.prices import Doubt, load
from s3_failover.operations.cost.quantity import Quantity

PRICES = load()
TIERED = [
    (name, place) for name, entry in PRICES.entries.items() if entry.up_to for place in entry.places if entry.up_to
]


def item(price, quantity, place="us-east-1"):
    return Item("Service", price, place, price, Quantity(Decimal(quantity)))


def lines(*items, free=False):
    return bill(items, PRICES, free=free).lines


def usd(*items, free=False):
    return [str(line.usd) for line in lines(*items, free=free)]


@pytest.mark.parametrize(
    ("gb", "expected"),
    [(1024, "0.00"), (10_240, "783.36"), (51_200, "4060.16"), (102_400, "7132.16"), (512_000, "24540.16")],
)
def test_cloudfront_transfer_after_the_free_tb(gb, expected):
    assert usd(item("cdn-transfer", gb, "us"), free=True) == [expected]


@pytest.mark.parametrize(("name", "place"), TIERED, ids=lambda each: each)
def test_at_a_tiers_end_the_old_price_is_charged_and_one_beyond_the_next(name, place):
    price = PRICES.price(name, place)
    for end, before, after in zip(price.up_to, price.tiers, price.tiers[1:], strict=False):
        assert price.charge(Decimal(end - 1), Decimal(end)) == before / price.per
        assert price.charge(Decimal(end), Decimal(end + 1)) == after / price.per
        assert price.charge(Decimal(end - 1), Decimal(end + 1)) == (before + after) / price.per


@pytest.mark.parametrize(("name", "place"), TIERED, ids=lambda each: each)
def test_no_tier_costs_more_than_the_one_before(name, place):
    tiers = PRICES.price(name, place).tiers
    assert list(tiers) == sorted(tiers, reverse=True)


@pytest.mark.parametrize(
    ("name", "quantity", "expected"),
    [
        ("s3-storage", 51_200 + 1000, "1199.60"),
        ("internet-transfer", 10_240 + 1000, "1006.60"),
        ("dns-queries", 1_001_000_000, "400.20"),
        ("custom-metric", 10_010, "3001.00"),
        ("http-api", 310_000_000, "309.00"),
        ("hosted-zone", 30, "13.00"),
    ],
)
def test_what_is_beyond_the_first_tier_costs_less(name, quantity, expected):
    assert usd(item(name, quantity)) == [expected]


def test_what_is_free_lies_in_the_first_tier():
    free = usd(item("internet-transfer", 10_240), free=True)
    assert free == [str(((10_240 - 100) * Decimal("0.09")).quantize(Decimal("0.01")))]


def test_all_items_of_a_region_climb_its_tiers_together():
    assert usd(item("s3-storage", 51_200), item("s3-storage", 1000)) == ["1177.60", "22.00"]
    apart = usd(item("s3-storage", 51_200), item("s3-storage", 1000, "us-west-2"))
    assert apart == ["1177.60", "23.00"]


def test_regions_that_borrow_a_price_have_tiers_of_their_own():
    assert usd(item("s3-storage", 51_200, "eu-central-1"), item("s3-storage", 1000, "eu-central-2"))[1] == "24.50"


def test_a_line_names_the_prices_of_the_tiers_that_it_is_in():
    first, second = lines(item("cdn-transfer", 60_000, "us"), item("cdn-transfer", 1, "us"))
    assert first.charged == (Decimal("0.085"), Decimal("0.080"), Decimal("0.060"))
    assert second.charged == (Decimal("0.060"),)


def test_more_than_the_list_has_tiers_for_costs_at_most_what_the_line_says():
    within, beyond = lines(item("s3-storage", 51_200, "me-south-1"), item("s3-storage", 1, "me-south-1"))
    assert (within.doubts, beyond.doubts) == ((), (Doubt.AT_MOST,))
    assert usd(item("s3-storage", 52_200, "me-south-1")) == ["1305.00"]


def test_a_price_is_remembered_only_in_the_tiers_that_were_not_read():
    price = PRICES.price("s3-storage", "us-west-2")
    assert price.doubts(Decimal(51_200)) == ()
    assert price.doubts(Decimal(51_201)) == (Doubt.REMEMBERED,)
