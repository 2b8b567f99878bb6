"""A retry budget: extra attempts are paid for, and alarms still fire."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry

from s3_failover import (
    AllRegionsFailed,
    Ejection,
    InvalidConfiguration,
    RetryBudget,
    RetryBudgetExhausted,
    RoundRobin,
    S3FailoverClient,
)
from s3_failover.client.results import all_failing
from s3_failover.client.settings import TokenBucket
from s3_failover.metrics.prometheus import PrometheusMetrics

BODY = bytes(range(256)) * 4


def requests(server):
    return sum(region.counts.requests for region in server.regions)


def fail(client, times):
    """Let so many requests fail, and return the kinds of their errors."""
    kinds = set()
    for _ in range(times):
        with pytest.raises(AllRegionsFailed) as caught:
            client.get_object("key")
        kinds.add(type(caught.value))
    return kinds


@pytest.fixture
def outage(server):
    for region in server.regions:
        region.fault("status", status=500, code="InternalError")
    return server


def test_without_a_budget_a_request_asks_as_many_regions_as_there_are(outage, make_client):
    assert fail(make_client(selector=RoundRobin()), 20) == {AllRegionsFailed}
    assert requests(outage) == 60


def test_with_a_budget_a_total_outage_costs_little_more_than_a_request_each(outage, make_client):
    registry = CollectorRegistry()
    client = make_client(selector=RoundRobin(), retry_budget=RetryBudget(), listeners=[PrometheusMetrics(registry)])
    assert fail(client, 300) == {AllRegionsFailed, RetryBudgetExhausted}
    assert 300 < requests(outage) <= 1.2 * 300
    # Every region is known to fail, and every request counts.
    assert all_failing(client.health())
    assert registry.get_sample_value("s3_failover_all_regions_failing") == 1
    assert registry.get_sample_value("s3_failover_exhausted_total") == 300


def test_an_outage_that_is_over_is_over_at_once(outage, make_client):
    client = make_client(selector=RoundRobin(), retry_budget=RetryBudget(max_tokens=1))
    fail(client, 20)
    for region in outage.regions:
        region.heal()
    assert [client.get_object("key").body for _ in range(5)] == [BODY] * 5


def test_one_failing_region_is_paid_for(server, make_client):
    server.regions[0].fault("refuse")
    client = make_client(
        selector=RoundRobin(),
        retry_budget=RetryBudget(max_tokens=4),
        ejection=Ejection(base_ejection_time=0.001, max_ejection_time=0.001),
    )
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: client.get_object("key").body, range(12))) == {BODY}


def test_the_error_names_who_was_not_asked(outage, make_client):
    client = make_client(retry_budget=RetryBudget(token_ratio=0.01, max_tokens=1))
    fail(client, 1)
    with pytest.raises(RetryBudgetExhausted, match="us-east-1, us-west-2 not asked") as caught:
        client.get_object("key")
    assert caught.value.untried == ("us-east-1", "us-west-2")
    assert len(caught.value.attempts) == 1
    assert caught.value.__cause__ is caught.value.attempts[0].error
    assert pickle.loads(pickle.dumps(caught.value)).untried == caught.value.untried


def test_going_on_after_an_answer_is_free(server, make_client):
    server.regions[0].fault("status", status=404, code="NoSuchKey")
    server.regions[1].fault("status", status=403, code="AccessDenied")
    client = make_client(not_found="try_next", retry_budget=RetryBudget(token_ratio=0.01, max_tokens=1))
    assert [client.get_object("key").region for _ in range(9)] == ["eu-west-1"] * 9


def test_a_single_region_needs_no_tokens(outage, make_client, regions):
    assert fail(make_client(regions[:1], retry_budget=RetryBudget(max_tokens=1)), 5) == {AllRegionsFailed}


def test_a_bucket_is_full_at_first_and_never_holds_more():
    bucket = TokenBucket(0.5, 2, 2)
    for _ in range(9):
        bucket.earn()
    assert [bucket.spend() for _ in range(3)] == [True, True, False]
    bucket.earn()
    assert not bucket.spend()
    bucket.earn()
    assert bucket.spend()


@pytest.mark.parametrize("options", [{"token_ratio": 0}, {"max_tokens": 0.5}, {"max_tokens": -1}])
def test_a_budget_that_cannot_be_is_refused(regions, options):
    with pytest.raises(InvalidConfiguration, match=next(iter(options))):
        S3FailoverClient(regions, retry_budget=RetryBudget(**options))
