import os
import threading

import pytest
from metric_hosts import MINUTE, attempt, fail, heal, request

from s3_failover.client.objects import Outcome, Phase
from s3_failover.client.results import RegionHealth, Result
from s3_failover.metrics import latency
from s3_failover.metrics.recorder import Gauges, Recorder, RegionGauges, merged

BOTH = ("us-east-1", "us-west-2")


@pytest.fixture
def recorder():
    made = Recorder(now=lambda: MINUTE)
    made.on_start(BOTH)
    return made


def test_everything_is_there_with_0_from_the_start(recorder):
    assert recorder.gauges() == Gauges({"us-east-1": RegionGauges(), "us-west-2": RegionGauges()})
    counts = recorder.counts()
    assert counts.attempts["us-west-2", Outcome.TIMEOUT, Phase.CONNECT] == 0
    assert set(counts.requests) == set(Result)
    assert counts.ejections == dict.fromkeys(BOTH, 0)
    assert counts.hedges == {"won": 0, "lost": 0}
    assert not any((*counts.attempts.values(), *counts.requests.values(), *counts.latencies.values()))


def test_every_outcome_has_a_label_set_from_the_start(recorder):
    assert {outcome for _, outcome, _ in recorder.counts().attempts} == set(Outcome)


def test_a_gauge_keeps_its_value_until_the_client_says_otherwise(recorder):
    fail(recorder, "us-east-1")
    assert recorder.gauges().regions["us-east-1"] == RegionGauges(True, False, True, MINUTE)
    heal(recorder, "us-east-1")
    assert recorder.gauges().regions["us-east-1"] == RegionGauges(last_attempt=MINUTE)


def test_all_regions_fail_when_each_one_does(recorder):
    fail(recorder, "us-east-1")
    assert not recorder.gauges().all_failing
    fail(recorder, "us-west-2")
    assert recorder.gauges().all_failing


def test_a_client_without_regions_does_not_fail():
    assert not Recorder().gauges().all_failing


def test_ejections_are_counted_when_they_begin(recorder):
    for ejected in (True, True, False, True):
        recorder.on_region_change(RegionHealth("us-east-1", failing=True, ejected=ejected))
    assert recorder.counts().ejections == {"us-east-1": 2, "us-west-2": 0}


@pytest.mark.parametrize("outcome", [Outcome.LOCAL, Outcome.CANCELLED, Outcome.DEADLINE])
def test_outcomes_that_say_nothing_about_a_region_leave_its_last_attempt_alone(recorder, outcome):
    recorder.on_attempt(attempt("us-east-1", outcome))
    assert recorder.gauges().regions["us-east-1"].last_attempt is None


def test_hedges_are_counted_by_who_won(recorder):
    for won in (True, False, False):
        recorder.on_hedge(won=won)
    assert recorder.counts().hedges == {"won": 1, "lost": 2}


def test_a_change_that_arrives_after_closing_is_not_remembered(recorder):
    recorder.on_close()
    fail(recorder, "us-east-1")
    assert recorder.gauges() == Gauges()
    assert recorder.counts().attempts["us-east-1", Outcome.TIMEOUT, Phase.HEADERS] == 1


def test_nothing_is_lost_between_threads(recorder):
    def work():
        for _ in range(2000):
            recorder.on_attempt(attempt())
            recorder.on_request(request())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = recorder.counts()
    assert counts.attempts["us-east-1", Outcome.SUCCESS, Phase.VERIFY] == 16_000
    assert sum(counts.latencies.values()) == counts.requests[Result.SUCCESS] == 16_000


def test_regions_of_several_clients_merge_and_their_failures_do_not_add_up_to_all():
    one = Gauges({"a": RegionGauges(failing=True, last_attempt=5.0), "b": RegionGauges()})
    other = Gauges({"b": RegionGauges(failing=True), "a": RegionGauges(ejected=True, last_attempt=7.0)})
    assert merged([one, other]) == Gauges(
        {"a": RegionGauges(True, False, True, 7.0), "b": RegionGauges(failing=True)}, all_failing=False
    )
    assert merged([one, Gauges({"c": RegionGauges(failing=True)}, all_failing=True)]).all_failing


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 0.0001, 0.00012, 0.004, 0.0333, 1.0, 9.99, 60, 3600, 4000])
def test_a_bucket_is_at_most_6_percent_from_what_was_measured(seconds):
    assert latency.milliseconds(latency.bucket(seconds)) == pytest.approx(max(seconds, 0.0001) * 1000, rel=0.065)


def test_buckets_are_as_many_as_cloudwatch_takes_and_end_somewhere():
    assert {latency.bucket(seconds) for seconds in (1e5, 1e9)} == {latency.BUCKETS - 1}
    assert len({latency.milliseconds(index) for index in range(latency.BUCKETS)}) == latency.BUCKETS <= 150


def test_a_forked_child_keeps_the_gauges_and_counts_from_0_even_if_a_lock_was_held(recorder, monkeypatch):
    fail(recorder, "us-east-1", exhausted=True)
    recorder._lock.acquire()
    recorder._tally._lock.acquire()
    monkeypatch.setattr(os, "getpid", lambda: -1)  # a fork for real: test_forks.py
    recorder.after_fork()
    recorder.on_attempt(attempt("us-east-1"))
    recorder.after_fork()
    recorder.on_start(BOTH)
    assert recorder.gauges().regions["us-east-1"].failing
    assert recorder.counts().exhausted == 0
    assert sum(recorder.counts().attempts.values()) == 1
