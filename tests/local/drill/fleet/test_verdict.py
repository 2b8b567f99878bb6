"""Verdicts on fleets: an outage as it must be holds, and each departure is missed and named."""

from types import SimpleNamespace

import pytest
from fleets import ABSENT, ALL, EXHAUSTED, PRIMARY, REPLICA, WARNING, drilled

from s3_failover.drill.timeline import Lane, Message
from s3_failover.local.drill.fleet.gauges import Count, Counted
from s3_failover.local.drill.fleet.records import OK, RAISED, WRONG, HostRequest
from s3_failover.local.drill.fleet.scenarios import SCENARIOS
from s3_failover.local.drill.fleet.verdict import ObservedFleet, judge, requests, stages

OUTAGE, END = 1000.0, 1500.0
FLEET = drilled()
# arrival 199 s, over 240 s, aged out 195 s
BY_NAME = {scenario.name: scenario.expected(FLEET) for scenario in SCENARIOS}
REGION_DOWN, CUT_OFF = BY_NAME["fleet-region-down"], BY_NAME["fleet-one-host-cut-off"]
TWO, VANISHES, SILENT = (BY_NAME[f"fleet-{name}"] for name in ("two-hosts-fail", "host-vanishes", "silent"))
TEXT = f"3 hosts or more cannot read from S3 in {PRIMARY}; their requests go to the other regions."


def message(at, name=WARNING, state="ALARM", severity="warning", text=TEXT):
    return Message(OUTAGE + at, name, state, severity, text)


def request(at, result=OK, *, rerouted=False):
    attempts = (PRIMARY, REPLICA) if rerouted else (REPLICA,)
    return HostRequest(OUTAGE + at, OUTAGE + at + 0.1, result, REPLICA, attempts, (), "" if result == OK else "why")


def told(rerouted=(), raising=(), bad=None):
    """What each host said each two seconds, from before the outage; `bad` is a host, a time and a result."""
    found = {}
    for host in FLEET.hosts:
        found[host] = [request(at, rerouted=host in rerouted and at == 4) for at in range(-20, 500, 2)]
        if host in raising:
            found[host] = [request(at, RAISED if 0 <= at < 250 else OK) for at in range(-20, 500, 2)]
    if bad:
        host, at, result = bad
        found[host].append(request(at, result))
    return found


def minutes(*hosts):
    """A number for each minute from the outage's on."""
    return [Count(960.0 + 60 * index, number) for index, number in enumerate(hosts)]


def seen(expected, *, messages=(), failing=None, reporting=(5,) * 9, on=(), killed=None, healed=250, **spoken):
    watch = SimpleNamespace(messages=list(messages), lanes=[])
    for name in FLEET.alarms:
        lane = Lane(name, "alarm")
        lane.look(OUTAGE - 20, "ALARM" if name in on else "OK")
        watch.lanes.append(lane)
    counts = failing or {region: (0, *(number,) * 4) for region, number in expected.failing.items()}
    counted = Counted(minutes(*reporting), {region: minutes(*numbers) for region, numbers in counts.items()})
    requests, at = told(**spoken), killed and OUTAGE + killed
    return ObservedFleet(FLEET, expected, watch, requests, counted, OUTAGE, OUTAGE + healed, END, at)


def missed(observed):
    return [item.expectation for item in judge(observed) if not item.held]


def region_down(**changed):
    good = {"messages": [message(150), message(430, state="OK")], "rerouted": FLEET.hosts}
    return seen(REGION_DOWN, **good | changed)


def cut_off(**changed):
    named = [message(110, name, severity="critical") for name in (ALL, EXHAUSTED)]
    over = [message(380, name, "OK", "critical") for name in (ALL, EXHAUSTED)]
    return seen(CUT_OFF, **{"messages": named + over, "raising": CUT_OFF.hosts} | changed)


def vanishes(**changed):
    good = {
        "messages": [message(80), message(240, state="OK")],
        "rerouted": VANISHES.hosts,
        "killed": 82,
        "failing": {PRIMARY: (0, 3, 2, 2, 2), REPLICA: (0,) * 5},
        "reporting": (5, 5, 4, 4, 4),
    }
    return seen(VANISHES, **good | changed)


def test_outages_as_they_must_be_hold():
    assert missed(seen(TWO, rerouted=TWO.hosts)) == []
    assert missed(region_down()) == []
    assert missed(cut_off()) == []
    assert missed(vanishes()) == []
    silence = [message(700, ABSENT), message(800, ABSENT, "OK")]
    assert missed(seen(SILENT, messages=silence, healed=750)) == []


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        ({"messages": [message(200), message(430, state="OK")]}, f"alarm {WARNING} arrives within 199 s, warning"),
        (
            {"messages": [message(150, severity="critical"), message(430, state="OK")]},
            f"alarm {WARNING} arrives within 199 s, warning",
        ),
        (
            {"messages": [message(150, text="3 hosts fail somewhere"), message(430, state="OK")]},
            f"its message names {PRIMARY}",
        ),
        ({"messages": [message(150)]}, f"alarm {WARNING} says that it is over within 240 s after healing"),
        (
            {"messages": [message(150), message(491, state="OK")]},
            f"alarm {WARNING} says that it is over within 240 s after healing",
        ),
        (
            {"messages": [message(150), message(430, state="OK"), message(160, EXHAUSTED)]},
            "none of the 8 other alarms on clients goes off",
        ),
        ({"failing": {PRIMARY: (0, 4, 4, 4), REPLICA: (0,) * 4}}, f"5 of them fail for {PRIMARY}"),
        ({"failing": {PRIMARY: (0, 5, 5, 5), REPLICA: (0, 1, 0)}}, f"none of them fails for {REPLICA}"),
        ({"reporting": (5, 4, 4, 4, 4)}, "CloudWatch counts 5 hosts"),
        ({"reporting": (5, 6, 5, 5, 5)}, "CloudWatch counts 5 hosts"),
        ({"bad": ("shop-host-2", 100, RAISED)}, "no request fails"),
        ({"bad": ("shop-host-2", 100, "DeadlineExceeded")}, "no request fails"),
        ({"rerouted": FLEET.hosts[1:]}, "shop-host-1 to shop-host-5 go to another region within a request"),
        ({"on": {WARNING}}, "every alarm on clients is OK at the end"),
    ],
)
def test_each_departure_is_missed_and_named(change, expectation):
    assert missed(region_down(**change)) == [expectation]


def test_alarm_that_never_arrives_is_missed_and_names_nothing():
    observed = region_down(messages=[message(430, state="OK")])
    assert missed(observed) == [f"alarm {WARNING} arrives within 199 s, warning", f"its message names {PRIMARY}"]


def test_wrong_bytes_are_a_failure_of_their_own():
    observed = region_down(bad=("shop-host-3", 50, WRONG))
    assert missed(observed) == ["no request fails", "every object is the one that was published"]


def test_any_alarm_breaks_the_silence_of_too_few_hosts():
    observed = seen(TWO, rerouted=TWO.hosts, messages=[message(170)])
    assert missed(observed) == ["no alarm goes off"]


def test_alarms_before_the_outage_are_not_the_drills():
    assert missed(seen(TWO, rerouted=TWO.hosts, messages=[message(-30, ABSENT)])) == []


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        (
            {"bad": ("shop-host-1", 100, OK)},
            "every request of shop-host-1 raises AllRegionsFailed until healing",
        ),
        (
            {"bad": ("shop-host-1", 100, "DeadlineExceeded")},
            "every request of shop-host-1 raises AllRegionsFailed until healing",
        ),
        ({"bad": ("shop-host-2", 100, RAISED)}, "no request of shop-host-2 to shop-host-5 fails"),
        (
            {"bad": ("shop-host-1", 253, RAISED)},
            "requests of shop-host-1 succeed again within 2 s after healing",
        ),
    ],
)
def test_who_is_cut_off_raises_and_nobody_else(change, expectation):
    assert missed(cut_off(**change)) == [expectation]


def test_requests_at_the_outages_edges_may_go_either_way():
    assert missed(cut_off(bad=("shop-host-1", 0.5, OK))) == []
    assert missed(cut_off(bad=("shop-host-1", 249.95, OK))) == []
    assert missed(cut_off(bad=("shop-host-1", 251, RAISED))) == []


def test_alarm_must_be_over_in_time_after_a_host_was_killed_and_before_healing():
    aged = f"alarm {WARNING} is over within 195 s after a host was killed, "
    aged += "while shop-host-1 and shop-host-2 go on failing"
    assert missed(vanishes(messages=[message(70)])) == [aged]
    assert missed(vanishes(messages=[message(70), message(251, state="OK")])) == [aged]
    assert missed(vanishes(messages=[message(70), message(280, state="OK")])) == [aged]


def test_killed_host_must_be_counted_no_more():
    assert missed(vanishes(reporting=(5, 5, 5, 5, 5))) == ["after a host was killed, CloudWatch counts 4"]


def test_requests_are_counted_by_host():
    first, second, *_ = requests(cut_off(bad=("shop-host-2", 100, "DeadlineExceeded")))
    assert (first.host, first.total, first.ok, first.raised, first.failed) == ("shop-host-1", 250, 125, 125, 0)
    assert (second.ok, second.raised, second.failed, second.slowest) == (250, 0, 1, 0.1)


def test_stages_say_what_they_count_from():
    found = {stage.name: (stage.after, stage.since) for stage in stages(region_down())}
    assert found["first request served by another region"] == (4.1, "outage")
    assert found["first request that no region served"] == (None, "outage")
    assert found["first alarm arrived"] == (150, "outage")
    assert found["last alarm over"] == (180, "healing")
    killed = {stage.name: stage.after for stage in stages(vanishes())}
    assert (killed["a failing host was killed"], killed["alarm over without it"]) == (82, 240)
