"""The bill: what is free, how lines are rounded, and that they make the total."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3_failover.operations.cost.bill import CENT, bill
from s3_failover.operations.cost.items import Item
from s3_failover.operations.cost.prices import load
from s3_failover.operations.cost.quantity import Basis, Quantity

PRICES = load()


def item(price, quantity, place="us-east-1"):
    return Item("Service", price, place, price, Quantity(Decimal(quantity)))


def usd(*items, **options):
    return [str(line.usd) for line in bill(items, PRICES, **{"free": True} | options).lines]


def test_a_line_is_quantity_times_price():
    assert usd(item("s3-storage", 1000)) == ["23.00"]
    assert usd(item("s3-put", 1_000_000)) == ["5.00"]


@pytest.mark.parametrize(("paths", "charged"), [(1000, "0.00"), (1001, "0.01"), (1003, "0.02"), (3000, "10.00")])
def test_half_a_cent_is_rounded_up(paths, charged):
    assert usd(item("cdn-invalidations", paths)) == [charged]


def test_what_is_free_is_free_once_for_all_regions():
    alarms = [item("alarm", 6, region) for region in ("us-east-1", "eu-west-1", "sa-east-1")]
    assert usd(*alarms) == ["0.00", "0.20", "0.60"]
    assert usd(*alarms, free=False) == ["0.60", "0.60", "0.60"]


def test_what_others_use_of_it_is_not_free():
    checks = item("health-check-aws", 4)
    assert usd(checks, used={"health-check-aws": 48}) == ["1.00"]
    assert usd(checks, used={"health-check-aws": 1000}) == ["2.00"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(PRICES.entries)),
            st.decimals(min_value=0, max_value=10**15, places=9),
            st.sampled_from(["eu-central-1", "ap-southeast-7", "us"]),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_lines_and_services_make_the_total_exactly(amounts, free):
    items = [
        Item(
            f"Service {number % 3}",
            price,
            "us" if "us" in PRICES.entries[price].places else place,
            price,
            Quantity(value),
        )
        for number, (price, value, place) in enumerate(amounts)
        if place != "us" or "us" in PRICES.entries[price].places
    ]
    found = bill(items, PRICES, free=free)
    assert found.total == sum((line.usd for line in found.lines), Decimal(0)) == sum(found.services.values())
    assert all(line.usd == line.usd.quantize(CENT) and line.usd >= 0 for line in found.lines)


def test_what_is_computed_is_as_unsure_as_the_worst_of_it():
    assumed, counted = Quantity(Decimal(2), Basis.ASSUMED), Quantity(Decimal(3))
    assert (assumed * counted).basis is (counted + assumed).basis is Basis.ASSUMED
    assert (counted * 2).basis is Basis.COUNTED
    assert (counted + Quantity(Decimal(0), Basis.ASSUMED)).basis is Basis.COUNTED
