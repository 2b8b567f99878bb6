"""Gauges, ejection and order, without a network."""

import os
import threading
import time
from collections import Counter

import pytest

from s3_failover import Attempt, Ejection, InvalidConfiguration, Listener, Outcome, Phase, Probe, Region, RoundRobin
from s3_failover.client.objects import ANSWERS, REGION_FAILURES
from s3_failover.client.regions import pool as pools
from s3_failover.client.regions.pool import RegionPool, Turn
from s3_failover.client.regions.pool import _shuffled as shuffled
from s3_failover.client.results import Listeners, all_failing

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
    """A monotonic clock that stands still until the test moves it."""

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
    for turn in pool.rotation():
        found.append(turn.state.region.name + "*" * turn.probe)
        turn.end()
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


@pytest.mark.parametrize("outcome", sorted(ANSWERS - {Outcome.THROTTLED}))
def test_any_answer_clears_the_gauge_and_brings_the_region_back(pool, outcome):
    record(pool, 0, Outcome.SERVER_ERROR)
    record(pool, 0, outcome)
    assert (pool.health[0].failing, pool.health[0].ejected) == (False, False)


@pytest.mark.parametrize("outcome", sorted(ANSWERS))
def test_any_answer_says_when_the_region_was_asked_last(pool, outcome):
    for _ in range(2):
        record(pool, 0, outcome)
        assert pool.health[0].last_attempt == 100.5


@pytest.mark.parametrize("outcome", sorted(REGION_FAILURES | ANSWERS))
def test_whatever_a_region_answers_or_fails_to_answer_ends_the_doubt_about_it(pool, clock, outcome):
    state = pool.states[0]
    begin = clock.now
    record(pool, 0, Outcome.DEADLINE)
    assert (state.suspect, state.doubtful, state.asked_at) == (True, True, begin)
    clock.now += 7
    record(pool, 0, outcome)
    assert (state.suspect, state.asked_at) == (False, begin + 7)


@pytest.mark.parametrize("outcome", [Outcome.LOCAL, Outcome.CANCELLED])
def test_what_says_nothing_about_a_region_leaves_the_doubt_about_it(pool, clock, outcome):
    state = pool.states[0]
    begin = clock.now
    record(pool, 0, outcome)
    assert not state.suspect
    record(pool, 0, Outcome.DEADLINE)
    clock.now += 7
    record(pool, 0, outcome)
    assert (state.suspect, state.asked_at) == (True, begin)


def test_each_answer_moves_the_time_at_which_a_region_was_asked_last(pool, clock):
    begin = clock.now
    for seconds in (3, 4):
        clock.now += seconds
        record(pool, 0, Outcome.SUCCESS)
    assert pool.states[0].asked_at == begin + 7
    assert pool.states[1].asked_at == begin


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
    assert next(prober) == Turn(pool.states[0], probe=True)
    # While the probe runs, the others leave the region alone.
    assert order(pool) == ["us-west-2", "eu-west-1", "us-east-1"]
    pool.states[0].end_probe()
    assert order(pool) == ["us-east-1*", "us-west-2", "eu-west-1"]


def test_a_right_to_probe_that_no_request_needed_is_not_taken(pool, clock):
    record(pool, 2, Outcome.CONNECTION)
    clock.now += 5
    next(pool.rotation())
    assert order(pool) == ["us-east-1", "us-west-2", "eu-west-1*"]


def test_a_turn_without_the_right_to_probe_gives_none_back(pool):
    state = pool.states[0]
    assert state.begin_probe()
    Turn(state).end()
    assert not state.begin_probe()
    Turn(state, probe=True).end()
    assert state.begin_probe()


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


def test_people_are_told_once_that_a_region_is_misconfigured(pool, caplog):
    with caplog.at_level("INFO", logger="s3_failover.client"):
        # It fails meanwhile, and is misconfigured all the same.
        for outcome in (
            Outcome.SUCCESS,
            Outcome.MISCONFIGURED,
            Outcome.MISCONFIGURED,
            Outcome.TIMEOUT,
            Outcome.SUCCESS,
        ):
            record(pool, 0, outcome)
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert told == [
        ("WARNING", f"region us-east-1 is misconfigured: {attempt('us-east-1', Outcome.MISCONFIGURED)}"),
        (
            "WARNING",
            f"region us-east-1 fails, requests go to the other regions: {attempt('us-east-1', Outcome.TIMEOUT)}",
        ),
        ("INFO", "region us-east-1 answers again"),
    ]


def test_people_are_told_when_no_region_is_left(pool, caplog):
    for index in range(3):
        record(pool, index, Outcome.TIMEOUT)
    told = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert told == [
        "region us-east-1 fails, requests go to the other regions",
        "region us-west-2 fails, requests go to the other regions",
        "region eu-west-1 fails, every region fails",
    ]


def test_listeners_hear_of_every_attempt(clock):
    class Attempts(Listener):
        seen = ()

        def on_attempt(self, attempt):
            self.seen += (attempt.outcome,)

    heard = Attempts()
    pool = RegionPool(
        [Region("us-east-1", bucket="b")], selector=First(), ejection=Ejection(), listeners=Listeners([heard])
    )
    for outcome in (Outcome.SUCCESS, Outcome.SUCCESS, Outcome.TIMEOUT, Outcome.LOCAL):
        record(pool, 0, outcome)
    assert heard.seen == (Outcome.SUCCESS, Outcome.SUCCESS, Outcome.TIMEOUT, Outcome.LOCAL)


def test_a_region_in_doubt_is_to_be_probed(pool):
    doubts = []
    pool.on_doubt = lambda: doubts.append(1)
    for outcome, number in ((Outcome.SUCCESS, 0), (Outcome.TIMEOUT, 1), (Outcome.SUCCESS, 1), (Outcome.DEADLINE, 2)):
        record(pool, 0, outcome)
        assert len(doubts) == number


def test_a_forked_child_may_probe_what_its_parent_probes(pool):
    state = pool.states[0]
    assert state.begin_probe()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"1" if state.begin_probe() else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    assert not state.begin_probe()
    os.close(read)
    os.close(write)


class TestASlowRegion:
    """Compared with the others, by a clock of its own."""

    SLOW, FAST = 5.0, 0.02

    @staticmethod
    def read(pool, index, seconds, *, size=1_500_000, outcome=Outcome.SUCCESS, probe=False):
        attempt = Attempt(NAMES[index], 100.0, seconds, Phase.BODY, outcome, bytes_read=size, probe=probe, error=None)
        pool.record(pool.states[index], attempt)

    def warm_up(self, pool):
        for index in range(3):
            self.read(pool, index, self.FAST)

    def be_slow(self, pool, index=0, times=3, **options):
        for _ in range(times):
            self.read(pool, index, self.SLOW, **options)

    def test_is_ejected_and_blamed_after_a_few_attempts(self, pool, changes):
        self.warm_up(pool)
        self.be_slow(pool, times=2)
        assert not pool.health[0].ejected
        self.be_slow(pool, times=1)
        health = pool.health[0]
        assert (health.failing, health.ejected) == (True, True)
        assert health.last_error.startswith("us-east-1: slow, 0.87 s for a request or each 256 KiB of its body")
        assert order(pool) == ["us-west-2", "eu-west-1", "us-east-1"]
        assert changes.seen == [("us-east-1", True, False, True)]

    def test_is_one_whose_answers_come_late_too(self, pool):
        self.warm_up(pool)
        self.be_slow(pool, size=100)
        assert pool.health[0].failing

    def test_is_one_that_a_deadline_had_to_cut_short_too(self, pool):
        self.warm_up(pool)
        for _ in range(3):
            self.read(pool, 0, 1.0, size=300_000, outcome=Outcome.DEADLINE)
        assert pool.health[0].failing

    def test_is_not_blamed_for_a_single_attempt(self, pool):
        self.warm_up(pool)
        for _ in range(10):
            self.be_slow(pool, times=2)
            self.read(pool, 0, self.FAST)
        assert not pool.health[0].ejected

    def test_is_not_cleared_by_small_objects_in_between(self, pool):
        self.warm_up(pool)
        for _ in range(3):
            self.be_slow(pool, times=1)
            self.read(pool, 0, self.FAST, size=100)
        assert pool.health[0].ejected

    def test_is_none_where_all_are_slow(self, pool):
        for _ in range(10):
            for index in range(3):
                self.read(pool, index, self.SLOW)
        assert not any(health.ejected for health in pool.health)

    def test_is_none_where_the_others_are_not_known_any_more(self, pool, clock):
        self.warm_up(pool)
        clock.now += 61
        self.be_slow(pool)
        assert not pool.health[0].ejected

    def test_is_none_where_it_is_the_only_one(self, clock):
        alone = RegionPool(
            [Region("us-east-1", bucket="b")], selector=First(), ejection=Ejection(), listeners=Listeners([])
        )
        self.read(alone, 0, self.FAST)
        self.be_slow(alone, times=9)
        assert not alone.health[0].ejected

    def test_is_never_the_last_one(self, pool):
        self.warm_up(pool)
        record(pool, 1, Outcome.TIMEOUT)
        record(pool, 2, Outcome.TIMEOUT)
        self.be_slow(pool, times=9)
        assert not pool.health[0].ejected
        assert not all_failing(pool.health)

    @pytest.mark.parametrize("seconds", [0.25, 0.7])
    def test_is_none_that_is_only_far_away(self, pool, seconds):
        self.warm_up(pool)
        for _ in range(9):
            self.read(pool, 0, seconds, size=1000)
        assert not pool.health[0].ejected

    def test_is_none_where_that_is_not_wanted(self, clock):
        pool = RegionPool(
            [Region(name, bucket=name) for name in NAMES],
            selector=First(),
            ejection=Ejection(latency_factor=None),
            listeners=Listeners([]),
        )
        self.warm_up(pool)
        self.be_slow(pool, times=9)
        assert not pool.health[0].ejected

    def test_comes_back_when_it_is_fast_again(self, pool, clock):
        self.warm_up(pool)
        self.be_slow(pool)
        clock.now += 5
        assert order(pool)[0] == "us-east-1*"
        self.read(pool, 0, self.FAST)
        assert (pool.health[0].failing, pool.health[0].ejected) == (False, False)
        self.be_slow(pool, times=2)
        assert not pool.health[0].ejected

    def test_stays_away_for_twice_as_long_when_it_is_still_slow(self, pool, clock):
        self.warm_up(pool)
        self.be_slow(pool)
        times = []
        for _ in range(4):
            times.append(ejected_for(pool, clock))
            for index in (1, 2):
                self.read(pool, index, self.FAST)
            self.read(pool, 0, self.SLOW)
        assert times == [5, 10, 20, 40]

    @pytest.mark.parametrize("outcome", [Outcome.SUCCESS, Outcome.NOT_FOUND])
    def test_is_not_called_well_by_a_probe_of_a_small_object(self, pool, clock, outcome):
        self.warm_up(pool)
        self.be_slow(pool)
        self.read(pool, 0, self.FAST, size=20, probe=True, outcome=outcome)
        assert pool.health[0].failing
        # When its time is up it is, so that a gauge is not 1 for ever without traffic; one slow attempt ejects again.
        clock.now += 5
        self.read(pool, 0, self.FAST, size=20, probe=True, outcome=outcome)
        assert not pool.health[0].failing
        for index in (1, 2):
            self.read(pool, index, self.FAST)
        self.be_slow(pool, times=1)
        assert ejected_for(pool, clock) == 10

    def test_that_fails_is_failing_and_comes_back_like_any_other(self, pool, clock):
        self.warm_up(pool)
        self.be_slow(pool)
        clock.now += 5
        record(pool, 0, Outcome.TIMEOUT)
        clock.now += 10
        self.read(pool, 0, self.FAST)
        assert not pool.health[0].failing


class TestAThrottledRegion:
    def test_is_asked_last_for_a_short_time_and_does_not_fail(self, pool, clock, changes):
        record(pool, 0, Outcome.THROTTLED)
        assert (pool.health[0].failing, pool.health[0].ejected) == (False, True)
        assert order(pool) == ["us-west-2", "eu-west-1", "us-east-1"]
        clock.now += 1
        assert order(pool)[0] == "us-east-1*"
        record(pool, 0, Outcome.SUCCESS)
        assert order(pool)[0] == "us-east-1"
        assert changes.seen == [("us-east-1", False, False, True), ("us-east-1", False, False, False)]

    def test_is_left_alone_for_longer_each_time(self, pool, clock):
        ends = []
        for _ in range(8):
            record(pool, 0, Outcome.THROTTLED)
            ends.append(pool.states[0]._ejected_until - clock.now)
            clock.now += 20
        for number, seconds in enumerate(ends):
            longest = min(2.0**number, 20.0)
            assert longest / 2 <= seconds <= longest
        assert len({seconds / min(2.0**number, 20.0) for number, seconds in enumerate(ends)}) > 1

    def test_is_not_left_for_longer_by_what_was_under_way(self, pool, clock):
        for _ in range(16):
            record(pool, 0, Outcome.THROTTLED)
        clock.now += 1
        assert pool.states[0].due

    def test_begins_anew_after_an_answer(self, pool, clock):
        for outcome in (Outcome.THROTTLED, Outcome.SUCCESS, Outcome.THROTTLED):
            record(pool, 0, outcome)
        clock.now += 1
        assert pool.states[0].due


def test_the_load_of_a_lost_region_is_spread_evenly(clock, monkeypatch):
    monkeypatch.setattr(pools, "_shuffled", shuffled)
    names = [f"region-{number}" for number in range(5)]
    for lost in (1, 2):
        pool = RegionPool(
            [Region(name, bucket=name) for name in names],
            selector=RoundRobin(),
            ejection=Ejection(),
            listeners=Listeners([]),
        )
        for index in range(lost):
            pool.record(pool.states[index], attempt(names[index], Outcome.TIMEOUT))
        served = Counter(next(pool.rotation()).state.region.name for _ in range(6000))
        assert set(served) == set(names[lost:])
        # Six standard deviations: by chance once in a hundred million runs.
        expected = 6000 / (5 - lost)
        assert all(abs(count - expected) < 6 * expected**0.5 for count in served.values())


def test_a_request_that_ends_in_the_first_region_orders_no_others(pool, monkeypatch):
    def never(_):
        raise AssertionError("not needed")
        yield

    monkeypatch.setattr(pools, "_shuffled", never)
    assert next(pool.rotation()) == Turn(pool.states[0])


BAD = [0, -1, float("inf"), float("nan"), "5", None, True]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("name", ["base_ejection_time", "max_ejection_time", "latency_minimum", "throttle_time"])
def test_times_of_an_ejection_are_positive_numbers(name, value):
    with pytest.raises(InvalidConfiguration, match=f"ejection {name} is .*, expected a positive number"):
        Ejection(**{name: value})


@pytest.mark.parametrize("value", [*BAD, 1.5])
@pytest.mark.parametrize("name", ["consecutive_failures", "latency_requests"])
def test_counts_of_an_ejection_are_positive_whole_numbers(name, value):
    with pytest.raises(InvalidConfiguration, match=f"ejection {name} is .*, expected a positive whole number"):
        Ejection(**{name: value})


@pytest.mark.parametrize("value", [1, 0, -1, float("nan"), "5", True])
def test_what_is_far_slower_takes_more_than_the_others(value):
    with pytest.raises(InvalidConfiguration, match=r"ejection latency_factor is .*, expected more than 1"):
        Ejection(latency_factor=value)


def test_all_ejections_may_last_equally_long():
    ejection = Ejection(base_ejection_time=7, max_ejection_time=7, jitter=0)
    assert [ejection.seconds(times) for times in (1, 2, 9)] == [7, 7, 7]


@pytest.mark.parametrize("value", BAD)
def test_the_interval_of_probes_is_a_positive_number(value):
    with pytest.raises(InvalidConfiguration, match=r"probe interval is .*, expected a positive number"):
        Probe(interval=value)
