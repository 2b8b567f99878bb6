"""Gauges, ejection and order, without a network."""

import threading
import time

import pytest

from s3_failover import Attempt, Ejection, Listener, Outcome, Phase, Region
from s3_failover.client import pool as pools
from s3_failover.client.health import all_failing
from s3_failover.client.listener import Listeners
from s3_failover.client.outcomes import ANSWERS, REGION_FAILURES
from s3_failover.client.pool import RegionPool

NAMES = ("us-east-1", "us-west-2", "eu-west-1")


class First:
    """Begins every request at the first region."""

    def next_index(self, count):
        return 0


class Changes(Listener):
    def __init__(self):
        self.seen = []

    def on_region_change(self, health):
        self.seen.append((health.region, health.failing, health.misconfigured, health.ejected))


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that stands still until it is told otherwise."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(pools.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def changes():
    return Changes()


@pytest.fixture
def pool(clock, changes):
    regions = [Region(name, bucket=name) for name in NAMES]
    return RegionPool(regions, selector=First(), ejection=Ejection(jitter=0), listeners=Listeners([changes]))


def attempt(region, outcome, *, probe=False):
    return Attempt(region, 100.0, 0.5, Phase.HEADERS, outcome, probe=probe)


def record(pool, index, outcome, **options):
    pool.record(pool.states[index], attempt(NAMES[index], outcome, **options))


def order(pool):
    """The order in which the next request would ask, with a star where it probes."""
    found = []
    for state, probe in pool.rotation():
        found.append(state.region.name + "*" * probe)
        if probe:
            state.end_probe()
    return found


def test_no_region_fails_before_it_was_asked(pool):
    assert [(h.failing, h.ejected, h.last_attempt) for h in pool.health] == [(False, False, None)] * 3


@pytest.mark.parametrize("outcome", sorted(REGION_FAILURES))
def test_a_failure_of_the_region_sets_its_gauge_and_ejects_it(pool, outcome):
    record(pool, 0, outcome)
    health = pool.health[0]
    assert (health.failing, health.ejected, health.consecutive_failures) == (True, True, 1)
    assert health.last_attempt == 100.5
    assert outcome in health.last_error


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - REGION_FAILURES - ANSWERS))
def test_what_says_nothing_about_a_region_leaves_its_gauge_alone(pool, outcome):
    before = pool.health
    record(pool, 0, outcome)
    assert pool.health == before
    record(pool, 0, Outcome.TIMEOUT)
    record(pool, 0, outcome)
    assert pool.health[0].failing


@pytest.mark.parametrize("outcome", sorted(ANSWERS))
def test_any_answer_clears_the_gauge_and_brings_the_region_back(pool, outcome):
    record(pool, 0, Outcome.SERVER_ERROR)
    record(pool, 0, outcome)
    assert (pool.health[0].failing, pool.health[0].ejected) == (False, False)


def test_a_misconfigured_region_has_a_gauge_of_its_own(pool):
    record(pool, 0, Outcome.MISCONFIGURED)
    assert (pool.health[0].failing, pool.health[0].misconfigured) == (False, True)
    record(pool, 0, Outcome.SUCCESS)
    assert not pool.health[0].misconfigured


@pytest.mark.parametrize("outcome", [Outcome.MISCONFIGURED, Outcome.NOT_FOUND])
def test_a_probe_of_an_object_that_cannot_be_read_says_nothing_about_the_set_up(pool, outcome):
    record(pool, 0, Outcome.TIMEOUT)
    record(pool, 0, outcome, probe=True)
    assert (pool.health[0].failing, pool.health[0].misconfigured) == (False, False)


def test_an_ejected_region_is_asked_last(pool):
    record(pool, 0, Outcome.CONNECTION)
    assert order(pool) == ["us-west-2", "eu-west-1", "us-east-1"]


def test_regions_that_are_all_ejected_are_asked_all_the_same(pool):
    for index in range(3):
        record(pool, index, Outcome.CONNECTION)
    assert order(pool) == list(NAMES)
    assert all_failing(pool.health)


def test_one_request_at_a_time_probes_a_region_whose_time_is_up(pool, clock):
    record(pool, 0, Outcome.CONNECTION)
    clock.now += 5
    prober = pool.rotation()
    assert next(prober) == (pool.states[0], True)
    # While the probe runs, the others leave the region alone.
    assert order(pool) == ["us-west-2", "eu-west-1", "us-east-1"]
    pool.states[0].end_probe()
    assert order(pool) == ["us-east-1*", "us-west-2", "eu-west-1"]


def test_a_right_to_probe_that_no_request_needed_is_not_taken(pool, clock):
    record(pool, 2, Outcome.CONNECTION)
    clock.now += 5
    next(pool.rotation())
    assert order(pool) == ["us-east-1", "us-west-2", "eu-west-1*"]


def ejected_for(pool, clock):
    """How long the first region stays ejected, in whole seconds."""
    begin = clock.now
    while not pool.states[0].due:
        clock.now += 1
    return clock.now - begin


def test_each_failed_probe_doubles_the_ejection_up_to_its_longest(pool, clock):
    times = []
    for _ in range(9):
        record(pool, 0, Outcome.TIMEOUT)
        times.append(ejected_for(pool, clock))
    assert times == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_requests_that_were_under_way_do_not_make_an_ejection_longer(pool, clock):
    for _ in range(16):
        record(pool, 0, Outcome.TIMEOUT)
    assert ejected_for(pool, clock) == 5


def test_an_answer_makes_the_next_ejection_a_first_one(pool, clock):
    record(pool, 0, Outcome.TIMEOUT)
    ejected_for(pool, clock)
    record(pool, 0, Outcome.TIMEOUT)
    record(pool, 0, Outcome.SUCCESS)
    record(pool, 0, Outcome.TIMEOUT)
    assert ejected_for(pool, clock) == 5


def test_ejection_may_wait_for_several_failures_in_a_row(clock):
    ejection = Ejection(consecutive_failures=3, jitter=0)
    pool = RegionPool([Region("us-east-1", bucket="b")], selector=First(), ejection=ejection, listeners=Listeners([]))
    seen = []
    for outcome in (Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.SUCCESS, *[Outcome.TIMEOUT] * 3):
        record(pool, 0, outcome)
        seen.append((pool.health[0].failing, pool.health[0].ejected))
    assert seen == [(True, False), (True, False), (False, False), (True, False), (True, False), (True, True)]


def test_listeners_hear_of_changes_once(pool, changes):
    for outcome in (Outcome.SUCCESS, Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.SUCCESS, Outcome.SUCCESS):
        record(pool, 0, outcome)
    assert changes.seen == [("us-east-1", True, False, True), ("us-east-1", False, False, False)]


def test_what_listeners_hear_last_is_true(clock):
    # Two threads turn a region: the one that failed first tells last.
    slow = Changes()
    pool = RegionPool(
        [Region("us-east-1", bucket="b")], selector=First(), ejection=Ejection(), listeners=Listeners([slow])
    )
    state = pool.states[0]
    with state.telling:
        threads = [
            threading.Thread(target=record, args=(pool, 0, outcome)) for outcome in (Outcome.TIMEOUT, Outcome.SUCCESS)
        ]
        for thread in threads:
            thread.start()
            while state.health.failing != (thread is threads[0]):
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert [failing for _, failing, _, _ in slow.seen] == [False, False]


def test_ejections_do_not_overflow():
    assert Ejection(jitter=0).seconds(100_000) == 300


def test_jitter_spreads_ejections():
    times = {round(Ejection().seconds(1), 3) for _ in range(50)}
    assert len(times) > 10
    assert all(4 <= time <= 6 for time in times)


def test_people_are_told_when_a_region_turns_and_not_for_each_failure(pool, caplog):
    with caplog.at_level("INFO", logger="s3_failover.client"):
        for outcome in (Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.SUCCESS):
            record(pool, 0, outcome)
    assert [(r.levelname, r.s3_failover_region) for r in caplog.records] == [
        ("WARNING", "us-east-1"),
        ("INFO", "us-east-1"),
    ]
