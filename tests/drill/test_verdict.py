import dataclasses
from types import SimpleNamespace

import pytest
from sites import site

from s3_failover.drill.expected import DistributionState, Expected, Fails
from s3_failover.drill.kinds import BY_NAME, NEW_HTTP
from s3_failover.drill.site import DrilledSite
from s3_failover.drill.states import Leg
from s3_failover.drill.timeline import Lane, Message
from s3_failover.drill.verdict import Observed, judge, requests, stages
from s3_failover.drill.visits import Visit, VisitOutcome

OUTAGE, HEALING, END = 1000.0, 1300.0, 1600.0
# With 30 s x 3 and 60 s: detection 100 s, failover 160 s, alarm 220 s.
DRILLED = DrilledSite(site(), slack=0)

MOVES = Expected(
    dns_moves=True,
    http_fails=Fails.BRIEFLY,
    https_fails=Fails.THROUGHOUT,
    alarms=frozenset({"failover-unhealthy"}),
    quiet=frozenset({"no-healthy-leg"}),
)
STAYS = Expected(False, Fails.NEVER, Fails.NEVER, frozenset(), frozenset({"failover-unhealthy"}))


def visits(*bad, outcome=VisitOutcome.FAILED):
    """A visit each ten seconds, bad ones at the times given."""
    times = range(int(OUTAGE) - 50, int(END), 10)
    return [Visit(t, t + 0.1, Leg.UNKNOWN, outcome if t - OUTAGE in bad else VisitOutcome.OK, "503") for t in times]


def seen(
    expected=MOVES,
    *,
    dns=((95, "secondary"), (390, "distribution")),
    messages=((180, "ALARM"), (450, "OK")),
    http=(),
    https=(),
):
    answer = Lane("DNS answer", "dns")
    answer.look(900, "distribution")
    for at, state in dns:
        answer.look(OUTAGE + at, state)
    arrived = [Message(OUTAGE + at, "failover-unhealthy", state, "critical") for at, state in messages]

    def first(name, state, begin):
        return min((m.at for m in arrived if (m.alarm, m.state) == (name, state) and m.at >= begin), default=None)

    watch = SimpleNamespace(answer=answer, checks={}, messages=arrived, arrived=first)
    return Observed(DRILLED, expected, watch, {"http": visits(*http), "https": visits(*https)}, OUTAGE, HEALING, END)


def missed(observed):
    return [item.expectation for item in judge(observed) if not item.held]


def test_an_outage_as_documented_holds():
    assert missed(seen(http=(0, 50, 150), https=range(0, 450, 10))) == []


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        ({"dns": ((101, "secondary"), (390, "distribution"))}, "DNS moves to the secondary within 100 s, once"),
        (
            {"dns": ((50, "secondary"), (60, "distribution"), (70, "secondary"), (390, "distribution"))},
            "DNS moves to the secondary within 100 s, once",
        ),
        ({"dns": ((95, "secondary"),)}, "DNS is back at the distribution within 100 s after healing"),
        (
            {"dns": ((95, "secondary"), (401, "distribution"))},
            "DNS is back at the distribution within 100 s after healing",
        ),
        ({"http": (170,)}, "http requests succeed again within 160 s, and go on to"),
        ({"http": (400,)}, "http requests succeed again within 160 s, and go on to"),
        (
            {"https": (470,)},
            "https requests may fail for the whole outage, and succeed again within 160 s after healing",
        ),
        ({"messages": ((450, "OK"),)}, "alarm failover-unhealthy arrives within 220 s"),
        ({"messages": ((221, "ALARM"), (450, "OK"))}, "alarm failover-unhealthy arrives within 220 s"),
        ({"messages": ((180, "ALARM"),)}, "alarm failover-unhealthy says when it is over"),
    ],
)
def test_each_departure_is_missed_and_named(change, expectation):
    assert missed(seen(**change)) == [expectation]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_viewers_who_fail_to_the_end_of_a_short_drill_are_not_served_again(scheme):
    # It ends before the limits are over, as a drill in an account does where all else is as before sooner.
    observed = seen(messages=((100, "ALARM"), (150, "OK")), dns=((95, "secondary"), (130, "distribution")))
    served = {"http": visits(0, 50), "https": visits(*range(0, 130, 10))}
    short = dataclasses.replace(observed, visits=served, healing=OUTAGE + 120, end=OUTAGE + 155)
    unserved = {**served, scheme: visits(*range(0, 60, 10), *range(120, 160, 10))}

    assert missed(short) == []
    assert [text.split()[0] for text in missed(dataclasses.replace(short, visits=unserved))] == [scheme]


def test_viewers_who_are_served_again_are_said_to_be_and_when():
    told = {item.expectation.split()[0]: item.seen for item in judge(seen(http=(0, 50), https=range(0, 350, 10)))}

    assert (told["http"], told["https"]) == ("after 60 s", "50 s after healing")


def test_an_outage_that_ends_before_viewers_are_served_again_does_not_hold():
    short = dataclasses.replace(seen(http=range(0, 60, 10), https=range(0, 60, 10)), healing=OUTAGE + 60)
    [viewers] = [item for item in judge(short) if item.expectation.startswith("http requests succeed again")]
    assert (viewers.held, viewers.seen) == (False, "not before healing")


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        ({"dns": ((50, "secondary"),)}, "DNS stays at the distribution"),
        ({"http": (10,)}, "no http request fails"),
        ({"https": (10,)}, "no https request fails"),
        ({"messages": ((50, "ALARM"),)}, "alarm failover-unhealthy stays quiet"),
    ],
)
def test_where_nothing_may_change_a_change_is_missed(change, expectation):
    quiet = {"dns": (), "messages": ()} | change
    assert missed(seen(STAYS, **quiet)) == [expectation]


def test_request_slower_than_the_origins_timeouts_is_missed_where_nothing_may_fail():
    observed = seen(STAYS, dns=(), messages=())
    observed.visits["https"] = [*visits(), Visit(OUTAGE + 5, OUTAGE + 13.1, Leg.DISTRIBUTION, VisitOutcome.OK, "200")]
    assert missed(observed) == ["no https request takes longer than the origin's timeouts, 8 s"]


def of_kind(kind, bad, expected=MOVES, healing=HEALING):
    """Return which expectations fail for viewers of a kind whose visits fail at these times, and what the first one saw."""
    observed = dataclasses.replace(seen(expected), visits={kind: visits(*bad)}, healing=healing)
    found = [item for item in judge(observed) if item.expectation.startswith((BY_NAME[kind].requests, "no "))]
    missed = [item.expectation for item in found if not item.held and "byte" not in item.expectation]
    return missed, found[0].seen


def test_kept_connections_may_fail_until_the_region_heals_and_no_longer():
    assert of_kind("kept-https", range(0, 310, 10)) == ([], "10 s after healing")
    late = "https requests on a kept connection may fail for the whole outage, and succeed again within 160 s after healing"
    assert of_kind("kept-https", range(0, 480, 10))[0] == [late]


def test_kept_connections_to_a_distribution_that_serves_may_not_fail():
    serves = dataclasses.replace(MOVES, distribution=DistributionState.SERVES)
    assert of_kind("kept-http", (), serves)[0] == []
    assert of_kind("kept-http", (10,), serves)[0] == ["no http request on a kept connection fails"]


def test_kept_connections_that_are_gone_fail_as_new_ones_do():
    closed = dataclasses.replace(MOVES, distribution=DistributionState.CLOSED)
    assert of_kind("kept-http", range(0, 150, 10), closed)[0] == []
    assert of_kind("kept-http", range(0, 180, 10), closed)[0] == [
        "http requests on a kept connection succeed again within 160 s, and go on to"
    ]


@pytest.mark.parametrize(
    ("kind", "lasts", "limit"), [("browser", 150, "160 s"), ("serve-stale", 180, "190 s"), ("ttl-floor", 390, "400 s")]
)
def test_browsers_are_served_again_once_their_resolver_has_followed(kind, lasts, limit):
    healing = OUTAGE + 500
    assert of_kind(kind, range(0, lasts + 10, 10), healing=healing)[0] == []
    requests = BY_NAME[kind].requests
    assert of_kind(kind, range(0, lasts + 30, 10), healing=healing)[0] == [
        f"{requests} succeed again within {limit}, and go on to"
    ]


def test_a_resolver_that_keeps_answers_for_long_may_outlast_an_outage_but_not_its_healing():
    assert of_kind("ttl-floor", range(0, 310, 10)) == ([], "10 s after healing")
    requests = BY_NAME["ttl-floor"].requests
    assert of_kind("ttl-floor", range(0, 480, 10))[0] == [
        f"{requests} may fail for the whole outage, and succeed again within 160 s after healing"
    ]


def test_a_browser_has_waited_for_https_before_it_waits_for_the_replica():
    observed = dataclasses.replace(seen(STAYS, dns=(), messages=()), visits={})
    for kind, allowed in (("https", 7.9), ("browser", 10.9)):
        slow = Visit(OUTAGE + 5, OUTAGE + 5 + allowed, Leg.DISTRIBUTION, VisitOutcome.OK, "200")
        observed.visits[kind] = [*visits(), slow]
    assert missed(observed) == []
    observed.visits["browser"] = [Visit(OUTAGE + 5, OUTAGE + 16.1, Leg.DISTRIBUTION, VisitOutcome.OK, "200")]
    assert missed(observed) == ["no request of a browser takes longer than the origin's timeouts, 11 s"]


NAMELESS = dataclasses.replace(MOVES, distribution=DistributionState.NAMELESS)


def test_a_name_that_is_gone_until_dns_has_moved_is_no_second_move():
    gone = ((2, "elsewhere"), (95, "secondary"), (390, "distribution"))
    assert missed(seen(NAMELESS, dns=gone)) == []
    assert missed(seen(MOVES, dns=gone)) == ["DNS moves to the secondary within 100 s, once"]
    again = ((95, "secondary"), (120, "elsewhere"), (130, "secondary"), (390, "distribution"))
    assert missed(seen(NAMELESS, dns=again)) == ["DNS moves to the secondary within 100 s, once"]
    assert "DNS moves to the secondary within 100 s, once" in missed(seen(NAMELESS, dns=gone[:1]))


def test_kept_connections_serve_on_while_the_name_is_gone():
    assert of_kind("kept-https", (), NAMELESS)[0] == []
    assert of_kind("kept-https", (10,), NAMELESS)[0] == ["no https request on a kept connection fails"]


BROWN_OUT = dataclasses.replace(STAYS, http_fails=Fails.PARTLY, https_fails=Fails.PARTLY)
SOME = "some requests of a browser fail and others do not, none from 160 s after healing on"


@pytest.mark.parametrize(
    ("bad", "failed"),
    [(range(0, 300, 30), []), ((), [SOME]), (range(0, 300, 10), [SOME]), ((0, 100, 470), [SOME])],
    ids=["some", "none", "all", "after healing"],
)
def test_in_a_brown_out_some_requests_fail_and_neither_none_nor_all(bad, failed):
    observed = dataclasses.replace(seen(BROWN_OUT, dns=(), messages=()), visits={"browser": visits(*bad)})
    assert missed(observed) == failed


def test_requests_say_which_share_failed_from_the_first_failure_to_the_last():
    assert requests(seen(), NEW_HTTP).density == 1
    assert requests(seen(http=(50, 60, 70)), NEW_HTTP).density == 1
    assert requests(seen(http=(50, 80, 90, 140)), NEW_HTTP).density == 0.4


def test_dns_that_never_moves_is_missed():
    assert "DNS moves to the secondary within 100 s, once" in missed(seen(dns=()))


def test_wrong_bytes_are_always_missed():
    observed = seen()
    observed.visits["http"] = visits(10, outcome=VisitOutcome.WRONG)
    assert "no viewer gets bytes that were never published" in missed(observed)


def test_old_content_is_missed_unless_it_is_expected_and_then_its_absence_is():
    observed = seen()
    observed.visits["http"] = visits(200, outcome=VisitOutcome.STALE)
    assert missed(observed) == ["no viewer gets old content"]
    lagging = Expected(**{**MOVES.__dict__, "old_content": True})
    assert missed(seen(lagging)) == ["viewers get old or no bytes of what had not replicated, and it is counted"]


def test_requests_are_counted_by_outcome_from_the_outage_on():
    counted = requests(seen(http=(-10, 0, 50)), NEW_HTTP)
    assert (counted.kind, counted.scheme) == ("http", "http")
    assert (counted.total, counted.ok, counted.failed) == (60, 58, 2)
    assert counted.recovered_after == pytest.approx(60.1)


def test_viewers_who_never_failed_recovered_at_once_and_those_who_failed_to_the_end_not_at_all():
    assert requests(seen(), NEW_HTTP).recovered_after == 0
    assert requests(seen(http=range(0, 300, 10)), NEW_HTTP).recovered_after is None


def test_stages_say_what_they_count_from():
    found = {stage.name: (stage.after, stage.since) for stage in stages(seen(http=(0, 50)))}
    assert found["DNS answer moved"] == (95, "outage")
    assert found["DNS answer back"] == (90, "healing")
    assert found["http viewers served again"] == (60.1, "outage")
    assert found["first alarm arrived"] == (180, "outage")
    assert found["last alarm over"] == (150, "healing")


def test_alarms_that_are_only_looked_at_are_not_said_to_have_arrived():
    looked_at = dataclasses.replace(seen(http=(0,)), delivered=False)
    texts = [item.expectation for item in judge(looked_at)] + [stage.name for stage in stages(looked_at)]
    assert "alarm failover-unhealthy is on within 220 s" in texts
    assert "first alarm on" in texts
    assert not any("arrive" in text for text in texts)
