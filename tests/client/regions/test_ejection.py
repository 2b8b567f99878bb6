"""The numbers of ejection, outliers by a clock of their own, and what one region's state keeps in mind."""

import random

import pytest

from s3_failover import Attempt, Ejection, InvalidConfiguration, Outcome, Phase, Region
from s3_failover.client.objects import ANSWERS
from s3_failover.client.regions import ejection as ejections
from s3_failover.client.regions.ejection import Outliers, RegionState, units

SLOW = "for a request or each 256 KiB of its body, where the other regions need"


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that stands still until a test moves it."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(ejections.time, "monotonic", lambda: Clock.now)
    return Clock


def took(seconds, region="a", *, size=0, outcome=Outcome.SUCCESS, probe=False, at=100.0):
    return Attempt(region, at, seconds, Phase.BODY, outcome, bytes_read=size, probe=probe)


# The numbers


@pytest.mark.parametrize(("bound", "seconds"), [(min, 4.0), (max, 6.0)])
def test_jitter_makes_an_ejection_a_fifth_longer_or_shorter_at_most(monkeypatch, bound, seconds):
    monkeypatch.setattr(random, "uniform", lambda *bounds: bound(bounds))
    assert Ejection().seconds(1) == pytest.approx(seconds)


@pytest.mark.parametrize(("bound", "seconds"), [(min, [0.5, 1, 2, 4, 8, 10, 10]), (max, [1, 2, 4, 8, 16, 20, 20])])
def test_a_pause_doubles_to_twenty_seconds_and_half_of_it_is_random(monkeypatch, bound, seconds):
    monkeypatch.setattr(random, "uniform", lambda *bounds: bound(bounds))
    assert [Ejection().throttled_seconds(times) for times in range(1, 8)] == seconds
    assert Ejection().throttled_seconds(100_000) == seconds[-1]


@pytest.mark.parametrize("value", [0, 0.99])
def test_jitter_is_any_part_of_the_time(value):
    assert Ejection(jitter=value).jitter == value


@pytest.mark.parametrize("value", ["0.1", None, True, float("nan"), float("inf")])
def test_jitter_is_a_number(value):
    with pytest.raises(InvalidConfiguration, match="ejection jitter"):
        Ejection(jitter=value)


@pytest.mark.parametrize("value", [1.01, 2, None])
def test_far_slower_is_any_factor_above_one_or_never(value):
    assert Ejection(latency_factor=value).latency_factor == value


def test_a_body_counts_in_units_of_256_kib_and_a_small_one_as_one():
    assert [units(took(1, size=size)) for size in (0, 100, 256 * 1024, 512 * 1024, 640 * 1024)] == [1, 1, 1, 2, 2.5]


# Outliers


def outliers(**options):
    return Outliers(["a", "b", "c"], Ejection(**options))


def test_what_a_region_needs_is_an_average_that_moves_by_a_fifth(clock):
    found = outliers()
    for seconds in (0.2, 0.4):
        assert found.slower(took(seconds, "b")) is None
    assert found.slower(took(9.0)) == f"9.00 s {SLOW} 0.240 s"


def test_an_outlier_is_compared_with_the_median_of_the_others(clock):
    found = outliers()
    for region, seconds in (("a", 5.0), ("b", 0.1), ("c", 0.3)):
        found.slower(took(seconds, region))
    assert found.slower(took(9.0)) == f"9.00 s {SLOW} 0.200 s"


def test_what_a_region_needed_counts_for_a_minute(clock):
    found = outliers()
    found.slower(took(0.2, "b"))
    clock.now += 59.5
    assert found.slower(took(9.0))
    clock.now += 0.5
    assert found.slower(took(9.0)) is None


@pytest.mark.parametrize(("later", "average"), [(60, "0.240"), (60.5, "0.400")])
def test_after_a_minute_an_average_begins_anew(clock, later, average):
    found = outliers()
    found.slower(took(0.2, "b"))
    clock.now += later
    found.slower(took(0.4, "b"))
    assert found.slower(took(9.0)) == f"9.00 s {SLOW} {average} s"


@pytest.mark.parametrize("options", [{"probe": True}, {"outcome": Outcome.DEADLINE}, {"outcome": Outcome.CANCELLED}])
def test_only_a_request_that_was_served_tells_what_a_region_needs(clock, options):
    found = outliers()
    found.slower(took(0.2, "b", **options))
    assert found.slower(took(9.0)) is None


@pytest.mark.parametrize(("usual", "seconds", "is_slower"), [(0.125, 1.25, True), (0.125, 1.24, False)])
def test_an_outlier_takes_ten_times_as_long_as_usual(clock, usual, seconds, is_slower):
    found = outliers()
    found.slower(took(usual, "b"))
    assert bool(found.slower(took(seconds))) == is_slower


@pytest.mark.parametrize(("seconds", "is_slower"), [(0.75, True), (0.74, False)])
def test_an_outlier_takes_three_quarters_of_a_second_at_least(clock, seconds, is_slower):
    found = outliers()
    found.slower(took(0.01, "b"))
    assert bool(found.slower(took(seconds))) == is_slower
    assert bool(found.slower(took(seconds * 4, size=1024 * 1024))) == is_slower


@pytest.mark.parametrize("outcome", sorted(Outcome))
def test_attempts_that_took_their_time_are_compared_whatever_ended_them(clock, outcome):
    found = outliers()
    found.slower(took(0.01, "b"))
    is_timed = outcome in (Outcome.SUCCESS, Outcome.DEADLINE, Outcome.CANCELLED)
    assert bool(found.slower(took(9.0, outcome=outcome))) == is_timed


# The state of one region


def state(**options):
    return RegionState(Region("a", bucket="a"), Ejection(jitter=0, **options))


def slow(of, times=1, **options):
    """Let attempts be far slower than in the other regions."""
    for _ in range(times):
        of.record(took(9.0, size=512 * 1024, **options), "9.00 s")


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome.TIMEOUT, (False, True, False, False)),
        (Outcome.DEADLINE, (True, False, False, False)),
        (Outcome.MISCONFIGURED, (False, False, True, False)),
        (Outcome.THROTTLED, (False, False, False, True)),
        (Outcome.SUCCESS, (False, False, False, False)),
    ],
)
def test_each_reason_alone_makes_a_region_doubtful(outcome, why):
    of = state(consecutive_failures=2)
    of.record(took(1.0, outcome=outcome))
    assert (of.suspect, of.health.failing, of.health.misconfigured, of.ejected) == why
    assert of.doubtful == any(why)


def test_a_region_that_was_never_asked_is_neither_slow_nor_doubtful(clock):
    of = state()
    assert (of.slow, of.doubtful, of.due, of.asked_at) == (False, False, False, clock.now)
    of.record(took(0.1))
    assert of.record(took(0.1)) is None


def test_one_has_the_right_to_probe_until_it_is_given_back():
    of = state()
    assert [of.begin_probe(), of.begin_probe()] == [True, False]
    of.end_probe()
    assert of.begin_probe()


def test_a_forked_child_has_locks_and_a_right_to_probe_of_its_own():
    of = state()
    of.begin_probe()
    for lock in (of._lock, of.telling):
        lock.acquire()
    of.after_fork()
    assert not of._lock.locked()
    assert not of.telling.locked()
    assert of.begin_probe()


def test_an_attempt_that_ejects_a_slow_region_ends_the_doubt_about_it(clock):
    of = state()
    slow(of, times=2, outcome=Outcome.DEADLINE)
    assert of.suspect
    clock.now += 7
    slow(of, outcome=Outcome.DEADLINE)
    assert (of.suspect, of.slow, of.asked_at) == (False, True, clock.now)
    assert of.health.last_error == "a: slow, 9.00 s"
    assert (of.health.failing, of.health.ejected, of.health.consecutive_failures) == (True, True, 1)
    assert of.health.last_attempt == 109.0


def test_a_short_answer_of_a_slow_region_says_that_it_was_asked_and_no_more(clock):
    of = state()
    slow(of, times=3)
    of.record(took(1.0, outcome=Outcome.CANCELLED))
    of.suspect = True
    clock.now += 2
    before, after = of.record(took(0.01))
    assert before == after == of.health
    assert of.health.failing
    assert (of.suspect, of.asked_at) == (False, clock.now)


@pytest.mark.parametrize("outcome", sorted(ANSWERS - {Outcome.THROTTLED, Outcome.MISCONFIGURED, Outcome.SUCCESS}))
def test_an_answer_without_a_body_brings_no_slow_region_back(clock, outcome):
    of = state()
    slow(of, times=3)
    of.record(took(0.01, outcome=outcome))
    assert of.health.failing


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.THROTTLED, Outcome.MISCONFIGURED])
def test_what_says_more_than_an_answer_counts_for_a_slow_region_too(clock, outcome):
    of = state()
    slow(of, times=3)
    of.record(took(0.01, outcome=outcome))
    assert of.health.last_error.startswith(f"a: {outcome}")


@pytest.mark.parametrize(("size", "is_back"), [(512 * 1024, True), (512 * 1024 - 1, False)])
def test_a_slow_region_is_well_when_it_sends_as_much_fast(clock, size, is_back):
    of = state()
    slow(of, times=2)
    of.record(took(9.0, size=768 * 1024), "9.00 s")
    of.record(took(0.1, size=size))
    assert of.health.failing != is_back
    assert of.slow != is_back
    clock.now += 5
    slow(of, times=1)
    assert of.health.failing != is_back


def test_answers_of_a_slow_region_that_is_back_count_as_those_of_any_other(clock):
    of = state()
    slow(of, times=3)
    clock.now += 5
    of.record(took(0.01))
    assert (of.slow, of.health.failing, of.ejected) == (False, False, False)
    assert of.record(took(0.01)) is None


def test_a_slow_region_that_is_well_again_has_as_many_attempts_as_before(clock):
    of = state()
    slow(of, times=3)
    of.record(took(0.1, size=512 * 1024))
    seen = []
    for _ in range(3):
        slow(of)
        seen.append(of.ejected)
    assert seen == [False, False, True]


def test_a_pause_after_an_answer_is_a_first_one(clock, monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda *bounds: max(bounds))
    of = state()
    for outcome in (Outcome.THROTTLED, Outcome.SUCCESS, Outcome.THROTTLED):
        of.record(took(0.1, outcome=outcome))
    clock.now += 0.99
    assert not of.due
    clock.now += 0.01
    assert of.due


def test_health_says_when_the_last_attempt_ended():
    of = state()
    for at in (100.0, 200.0, 300.0):
        of.record(took(0.5, at=at))
        assert of.health.last_attempt == at + 0.5
    of.record(took(0.5, at=400.0, outcome=Outcome.TIMEOUT))
    assert of.health.last_attempt == 400.5


@pytest.mark.parametrize("outcome", sorted(ANSWERS))
def test_health_says_what_was_wrong_with_the_last_answer(outcome):
    of = state()
    of.record(took(0.5, outcome=Outcome.TIMEOUT))
    of.record(took(0.5, outcome=outcome))
    assert of.health.last_error == (None if outcome is Outcome.SUCCESS else str(took(0.5, outcome=outcome)))


@pytest.mark.parametrize("outcome", sorted(ANSWERS - {Outcome.THROTTLED}))
def test_only_a_probe_that_may_read_shows_that_a_region_is_set_up_again(outcome):
    of = state()
    of.record(took(0.5, outcome=Outcome.MISCONFIGURED))
    of.record(took(0.5, outcome=outcome, probe=True))
    assert of.health.misconfigured == (outcome not in (Outcome.SUCCESS, Outcome.NOT_FOUND))


def test_a_failing_region_that_asks_for_patience_is_asked_again_soon(clock):
    of = state(throttle_time=0.5)
    of.record(took(1.0, outcome=Outcome.TIMEOUT))
    of.record(took(0.1, outcome=Outcome.THROTTLED))
    assert (of.health.failing, of.ejected, of.due) == (False, True, False)
    clock.now += 0.5
    assert of.due


def test_a_first_ejection_is_over_after_exactly_its_time(clock):
    of = state()
    of.record(took(1.0, outcome=Outcome.TIMEOUT))
    clock.now += 4.99
    assert not of.due
    clock.now += 0.01
    assert of.due


def test_failures_are_counted_one_by_one_and_keep_the_other_gauge():
    of = state()
    of.record(took(1.0, outcome=Outcome.MISCONFIGURED))
    for count in (1, 2, 3):
        of.record(took(1.0, outcome=Outcome.TIMEOUT))
        assert (of.health.consecutive_failures, of.health.misconfigured) == (count, True)
        assert of.health.last_attempt == 101.0
