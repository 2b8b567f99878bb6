"""The estimate as a whole: years, readings, first copies, outage."""

from decimal import Decimal

import pytest
from sites import site

from s3_failover.operations.cost.estimate import Estimator, Range
from s3_failover.operations.cost.inventory import CheckInUse, SecondaryEndpoint, inventory
from s3_failover.operations.cost.items import BillOptions
from s3_failover.operations.cost.prices import load
from s3_failover.operations.cost.usage import told

PRICES = load()
KEYS = 'encryption = "kms"\nsecondary = { type = "https" }\nclients = {}'
SITES = {
    "dns": site(),
    "https": site(more='secondary = { type = "https" }'),
    "hybrid": site(mode="hybrid", replicas=3, more=KEYS),
    "lambda": site(replicas=2, more='replication = { engine = "lambda" }'),
    "external": site(more='secondary = { type = "external", hostname = "shop.cdn.example.net" }'),
}


def estimator(of, *, others=(), free=True, options=None, **given):
    return Estimator(of, inventory(of), told(given), others, PRICES, options or BillOptions(), free)


def estimate(of, **options):
    return estimator(of, **options).estimate()


@pytest.fixture(params=SITES)
def of(request):
    return SITES[request.param]


def test_each_of_the_first_two_rotations_costs_as_much_as_all_keys(of):
    counted = inventory(of)
    keys = sum(counted.topic_keys.values()) + sum(counted.content_keys.values())
    first, second, later = estimate(of).years
    assert (second.low - first.low, later.low - second.low) == (keys, keys)
    assert (second.high - first.high, later.high - second.high) == (keys, keys)


def test_the_lines_are_those_of_the_first_year_by_the_reading_that_was_asked_for(of):
    low, high = (estimate(of, options=BillOptions(unverified_aws=aws)) for aws in (True, False))
    assert low.years == high.years
    assert low.years[0] == Range(low.bill.total, high.bill.total)


@pytest.mark.parametrize(
    ("name", "difference"),
    # The distribution's check as another's: 0.75 and 1.00 more for HTTPS; the calculated one 0.50; an API's as the first.
    [("dns", "2.25"), ("https", "4.00"), ("hybrid", "4.00"), ("lambda", "2.25"), ("external", "2.25")],
)
def test_the_range_is_what_health_checks_may_cost_more(name, difference):
    first = estimate(SITES[name]).years[0]
    assert first.high - first.low == Decimal(difference)


def test_without_what_is_free_the_range_is_smaller():
    # Three checks are 0.50 each by the cheap reading; by the other one two are, one is 0.75, and its option 1.00 more.
    first = estimate(site(), free=False).years[0]
    assert first.high - first.low == Decimal("0.25") + Decimal("1.00") + Decimal("0.50")


def test_other_checks_of_the_account_use_up_what_is_free():
    others = [CheckInUse(SecondaryEndpoint.S3)] * 49
    alone, beside = estimate(site()).years[0], estimate(site(), others=others).years[0]
    assert (beside.low - alone.low, beside.high - alone.high) == (Decimal("1.50"), Decimal("1.00"))
    assert estimate(site(), others=[CheckInUse(SecondaryEndpoint.CALCULATED)] * 99).years[0] == alone


def test_first_copies_are_paid_once_and_not_with_the_month():
    small, large = (estimate(site(), stored_gb=gb, objects="1000") for gb in ("0", "1024"))
    assert large.first_copies.total - small.first_copies.total == Decimal("20.48")
    assert large.bill.total - small.bill.total == Decimal("23.55") + Decimal("25.09")


def test_what_an_outage_costs_is_in_the_bill_and_named(of):
    given = {"viewer_gb": "5000", "viewer_requests": "20000000"}
    calm, lost = estimate(of, **given), estimate(of, **given, outage_hours="10")
    assert calm.outage == 0
    assert lost.outage == lost.bill.total - calm.bill.total


def test_an_outage_of_the_whole_month_moves_everything_to_the_secondary():
    of, given = SITES["https"], {"viewer_gb": "1000", "viewer_requests": "10000000"}
    lines = {line.item.what: line for line in estimate(of, **given, outage_hours="730", free=False).bill.lines}
    assert lines["transfer to viewers in the outage"].usd == Decimal("90.00")
    assert lines["https secondary"].item.quantity.value == 10_000_000 + 15 * 120 * 730
    assert lines["functions"].item.quantity.value == 0
