"""Hedging: a second region is asked when the first is slow, within a budget that holds."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from s3_failover import (
    AllRegionsFailed,
    Attempt,
    Hedging,
    Listener,
    ObjectNotFound,
    Outcome,
    Phase,
    RetryBudget,
    RetryBudgetExhausted,
)
from s3_failover.client.net.sender import Ended
from s3_failover.client.regions.request import Run

BODY = bytes(range(256)) * 4
ALWAYS = Hedging(delay=0.05, token_ratio=1)


class Hedges(Listener):
    def __init__(self):
        self.won, self.attempts = [], []

    def on_hedge(self, *, won):
        self.won.append(won)

    def on_attempt(self, attempt):
        self.attempts.append(attempt)


def test_a_slow_region_is_overtaken(server, make_client):
    hedges = Hedges()
    server.regions[0].fault("slow", seconds=3)
    client = make_client(hedging=ALWAYS, listeners=[hedges])
    found = client.get_object("key")
    assert (found.region, found.attempts[-1].hedged, hedges.won) == ("us-west-2", True, [True])


def test_who_is_overtaken_is_shut_down_and_not_blamed(server, make_client):
    hedges = Hedges()
    server.regions[0].fault("hang")
    client = make_client(hedging=ALWAYS, listeners=[hedges])
    client.get_object("key")
    client.close()
    assert sorted(a.outcome for a in hedges.attempts) == [Outcome.CANCELLED, Outcome.SUCCESS]
    assert not client.health()[0].failing


def test_a_fast_region_is_never_hedged(server, make_client):
    client = make_client(hedging=Hedging(delay=20, token_ratio=1))
    for _ in range(20):
        client.get_object("key")
    assert sum(region.counts.requests for region in server.regions) == 20


def test_the_first_may_still_win(server, make_client):
    hedges = Hedges()
    server.regions[0].fault("slow", seconds=0.2)
    server.regions[1].fault("hang")
    client = make_client(hedging=ALWAYS, listeners=[hedges])
    assert (client.get_object("key").region, hedges.won) == ("us-east-1", [False])


def test_extra_requests_stay_within_the_budget_when_everything_is_slow(server, make_client):
    for region in server.regions:
        region.fault("slow", seconds=0.03)
    client = make_client(hedging=Hedging(delay=0.005, token_ratio=0.1))

    def read():
        for _ in range(25):
            client.get_object("key")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    extra = sum(region.counts.requests for region in server.regions) - 200
    assert 10 <= extra <= 20


def test_a_failure_is_followed_by_the_next_region_at_once(server, make_client):
    server.regions[0].fault("refuse")
    client = make_client(hedging=Hedging(delay=3, token_ratio=1))
    found = client.get_object("key")
    assert (found.region, found.attempts[-1].hedged) == ("us-west-2", False)


def test_each_region_is_asked_once_by_a_hedged_request(server, make_client):
    for region in server.regions:
        region.fault("truncate")
    with pytest.raises(AllRegionsFailed) as caught:
        make_client(hedging=Hedging(delay=0.005, token_ratio=1)).get_object("key")
    assert sorted(a.region for a in caught.value.attempts) == ["eu-west-1", "us-east-1", "us-west-2"]
    assert [region.counts.requests for region in server.regions] == [1, 1, 1]


def test_an_answer_of_the_second_region_ends_a_hedged_request(server, make_client):
    server.regions[0].fault("hang")
    with pytest.raises(ObjectNotFound):
        make_client(hedging=ALWAYS).get_object("missing")


def test_downloads_are_not_hedged(server, make_client, tmp_path):
    server.regions[0].fault("slow", seconds=0.3)
    make_client(hedging=ALWAYS).download_file("key", tmp_path / "file")
    assert server.regions[1].counts.requests == 0


def test_a_budget_starts_empty_and_keeps_no_more_than_its_tokens():
    budget = Hedging(token_ratio=0.05, max_tokens=2).bucket()
    assert not budget.spend()
    for _ in range(20):
        budget.earn()
    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(1000):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]


def test_requests_beyond_the_threads_are_sent_without_a_hedge(server, make_client):
    for region in server.regions:
        region.fault("slow", seconds=0.4)
    client = make_client(hedging=Hedging(delay=3), max_pool_connections=1)
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: client.get_object("key"), range(16)))
    assert len(found) == 16
    assert not any(region.failing for region in client.health())


def test_a_hedge_whose_thread_cannot_start_is_sent_all_the_same(server, make_client, monkeypatch):
    client = make_client(hedging=ALWAYS)

    def refuse(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    assert client.get_object("key").body == BODY


def ended(monkeypatch):
    """Return the event that an attempt has ended, and that its request knows."""
    known, ends = threading.Event(), Run.ends

    def noted(run, attempt):
        try:
            return ends(run, attempt)
        finally:
            known.set()

    monkeypatch.setattr(Run, "ends", noted)
    return known


class TestWithARetryBudget:
    """The first region fails once the second one has been asked, and the budget has a single token."""

    BUDGET = RetryBudget(token_ratio=1e-9, max_tokens=1)

    @pytest.fixture
    def failing_later(self, server, monkeypatch):
        """Lets the first region fail when the second one is asked, and the second one answer when that is known."""
        hedged, known, attempt = threading.Event(), ended(monkeypatch), Run.attempt

        def in_turn(run, start, *args, **options):
            region = start.turn.state.region.name
            if region == "us-east-1":
                assert hedged.wait(60)
            elif region == "us-west-2":
                hedged.set()
                assert known.wait(60)
            return attempt(run, start, *args, **options)

        monkeypatch.setattr(Run, "attempt", in_turn)
        server.regions[0].fault("refuse")
        return server

    def test_no_token_is_spent_while_a_hedge_may_win(self, failing_later, make_client):
        client = make_client(hedging=ALWAYS, retry_budget=self.BUDGET)
        assert client.get_object("key").region == "us-west-2"
        assert client._retry_tokens.spend()

    def test_an_empty_budget_is_no_error_while_a_hedge_may_win(self, failing_later, make_client):
        client = make_client(hedging=ALWAYS, retry_budget=self.BUDGET)
        assert client._retry_tokens.spend()
        assert client.get_object("key").region == "us-west-2"

    def test_the_attempt_after_both_is_paid_for_once(self, failing_later, make_client):
        failing_later.regions[1].fault("refuse")
        client = make_client(hedging=ALWAYS, retry_budget=self.BUDGET)
        assert client.get_object("key").region == "eu-west-1"
        assert not client._retry_tokens.spend()

    def test_an_empty_budget_is_an_error_when_both_have_failed(self, failing_later, make_client):
        failing_later.regions[1].fault("refuse")
        client = make_client(hedging=ALWAYS, retry_budget=self.BUDGET)
        assert client._retry_tokens.spend()
        with pytest.raises(RetryBudgetExhausted, match="eu-west-1 not asked") as caught:
            client.get_object("key")
        assert len(caught.value.attempts) == 2


@pytest.mark.parametrize("kind", [None, "refuse"])
def test_a_hedge_that_this_host_cannot_send_ends_nothing_while_the_first_runs(server, make_client, monkeypatch, kind):
    known, attempt = ended(monkeypatch), Run.attempt
    full = OSError(errno.EMFILE, "too many open files")

    def without_descriptors(run, start, *args, **options):
        if options["hedged"]:
            region = start.turn.state.region.name
            return Ended(Attempt(region, 0, 0, Phase.CONNECT, Outcome.LOCAL, full), None)
        assert known.wait(60)
        return attempt(run, start, *args, **options)

    monkeypatch.setattr(Run, "attempt", without_descriptors)
    client = make_client(hedging=ALWAYS)
    if kind is None:
        assert client.get_object("key").region == "us-east-1"
        return
    server.regions[0].fault(kind)
    with pytest.raises(OSError, match="too many open files"):
        client.get_object("key")


def test_no_hedge_is_sent_when_time_is_up(server, make_client, monkeypatch):
    monkeypatch.setattr(Run, "can_hedge", property(lambda run: False))
    server.regions[0].fault("slow", seconds=0.2)
    found = make_client(hedging=ALWAYS).get_object("key")
    assert (found.region, server.regions[1].counts.requests) == ("us-east-1", 0)
