"""What a drill promises and how long it lasts, before anything is asked of AWS."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fake_accounts import Policies, account
from sites import site

from s3_failover.drill.expected import Fails
from s3_failover.drill.timeline import Lane
from s3_failover.errors import UserError
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.drill import drill as module
from s3_failover.operations.drill import faults
from s3_failover.operations.drill.drill import Drill, DrillOptions, followed
from s3_failover.operations.drill.fault import AskedFault
from s3_failover.operations.drill.names import Targets
from s3_failover.operations.drill.permissions import policy

WHERE = Targets("d1.cloudfront.net", "shop.example.com.s3-website.eu-central-1.amazonaws.com")


@pytest.fixture
def drill(monkeypatch, tmp_path):
    monkeypatch.setattr(module.names, "targets", lambda site, account: WHERE)
    monkeypatch.setattr(module.names, "servers", lambda site, resolver: None)

    def made(fault, drilled=None, **options):
        return Drill(
            drilled or site(),
            account(),
            faults.named(fault),
            DrillOptions(**options),
            folder=tmp_path,
            say=lambda line: None,
        )

    return made


def test_it_lasts_as_long_as_the_configuration_needs(drill):
    # 30 s x 3, ten seconds for the last probe, thirty to spread; a minute to live and one for what must not happen
    assert drill("deny-primary").times == module.Times(detection=130, record_ttl=60, longest=250)
    assert drill("invert-check").times.longest == 250
    assert drill("pause-replication").times.longest == 120
    assert drill("deny-primary", seconds=45).times.longest == 45


def test_a_site_that_needs_longer_than_a_drill_may_last_is_refused_unless_a_time_is_given(drill):
    slow = site(more="record_ttl = 3600")
    with pytest.raises(
        UserError, match=r"needs 3790 s to fail over, expected at most 600 s.*or give a time with --for"
    ):
        drill("deny-primary", slow)
    assert drill("deny-primary", slow, seconds=300).times.longest == 300


@pytest.mark.parametrize(
    ("fault", "mode", "moves", "alarms"),
    [
        ("deny-primary", "dns", True, {"failover-unhealthy", "distribution-unhealthy"}),
        ("deny-primary", "hybrid", False, set()),
        ("invert-check", "dns", True, {"failover-unhealthy", "primary-unhealthy"}),
        ("invert-check", "hybrid", True, {"failover-unhealthy", "distribution-unhealthy"}),
        ("pause-replication", "dns", False, set()),
        ("pause-replication", "hybrid", False, set()),
    ],
)
def test_what_must_happen_is_what_the_mode_promises(drill, fault, mode, moves, alarms):
    expected = drill(fault, site(mode=mode)).expected
    assert (expected.dns_moves, expected.alarms) == (moves, alarms)
    assert "no-healthy-leg" in expected.quiet


def test_an_https_secondary_loses_no_viewer_over_https(drill):
    expected = drill("deny-primary", site(more='secondary = { type = "https" }')).expected
    assert expected.https_fails is Fails.BRIEFLY


def test_the_policy_of_one_fault_is_a_part_of_the_policy_of_all():
    every = policy(site(), account())["Statement"]
    for fault in faults.EVERY:
        one = policy(site(), account(), fault)["Statement"]
        assert all(statement in every for statement in one)
        assert len(one) < len(every)


@pytest.mark.parametrize(
    ("marks", "held"),
    [
        ([], []),
        ([(5, "COMPLETED"), (15, "REPLICA")], [True]),
        ([(5, "COMPLETED"), (15, "COMPLETED")], [False]),
        ([(5, "REPLICA"), (25, "REPLICA")], [False]),
    ],
)
def test_that_the_replica_answers_is_judged_only_where_answers_tell_it(marks, held):
    stays = SimpleNamespace(dns_moves=False)
    run = SimpleNamespace(viewers={"https": SimpleNamespace(copies=marks)}, expected=stays)
    assert [item.held for item in faults.named("deny-primary").judge(run, 10, 20)] == held


@pytest.mark.parametrize(
    ("looks", "held"),
    [
        ([(0, "distribution"), (150, "secondary")], [True]),
        ([(0, "distribution"), (195, "secondary")], [False]),
        ([(0, "distribution")], [False]),
        ([(0, "unknown")], []),
    ],
)
def test_public_resolvers_must_follow_in_time_if_they_answer_at_all(drill, looks, held):
    lane = Lane("DNS by Example", "dns")
    for at, state in looks:
        lane.look(at, state)
    run = SimpleNamespace(drilled=drill("deny-primary").drilled, watch=SimpleNamespace(public=[lane]))
    assert [item.held for item in followed(run, 1, 1000)] == held


def test_in_hybrid_mode_nothing_is_denied_where_the_origin_group_does_not_move_on_a_denial(monkeypatch):
    monkeypatch.setattr(Deployment, "outputs", lambda deployment: {"DistributionId": "E1"})

    def planned(codes, mode="hybrid"):
        chosen = site(mode=mode, more=f"failover_status_codes = {codes}")
        return faults.named("deny-primary").plan(AskedFault(chosen, account(s3=Policies([])), "1", datetime.now(UTC)))

    assert planned([403, 500, 502, 503, 504]).changes
    assert planned([500, 502, 503, 504], "dns").changes
    with pytest.raises(UserError, match=r"failover_status_codes.*expected 403 among them"):
        planned([500, 502, 503, 504])


@pytest.mark.parametrize(
    ("fault", "mode", "muted"),
    [
        ("deny-primary", "dns", {"failover-unhealthy", "distribution-unhealthy", "monitor-failing"}),
        ("deny-primary", "hybrid", set()),
        ("invert-check", "hybrid", {"failover-unhealthy", "distribution-unhealthy", "monitor-failing"}),
        ("pause-replication", "dns", set()),
    ],
)
def test_a_drill_mutes_what_it_sets_off_and_no_other_alarm(drill, fault, mode, muted):
    monitored = site(mode=mode, more="alarms = { monitor = true }")
    found = drill(fault, monitored).mute.alarms.values()
    assert {name.partition("/")[2] for each in found for name in each} == muted
    for loud in ({"mute": False}, {"embedded": True}):
        assert not drill(fault, monitored, **loud).mute.alarms


def test_alarms_are_muted_for_as_long_as_the_drill_and_the_way_back_may_take(drill):
    made = drill("deny-primary")
    assert made.muted_seconds > made.times.longest + made.drilled.failover + made.drilled.detection


class Recorded:
    """What a drill does, in its order."""

    def __init__(self, error=None):
        self.done, self.error = [], error
        self.alarms = {"us-east-1": ("shop.example.com/failover-unhealthy",)}
        self.name = "rule"

    def begin(self, seconds):
        self.done.append("mute")
        if self.error:
            raise self.error
        return module.datetime(2026, 1, 1, tzinfo=module.UTC)

    def end(self):
        self.done.append("unmute")
        if self.error:
            raise self.error


@pytest.fixture
def injected(drill, tmp_path):
    def made(muted):
        lines = []
        this = drill("deny-primary")
        written = SimpleNamespace(
            account=account(), name="record", region="eu-west-1", file=tmp_path / "drill", require=lambda entry: None
        )
        outage = module.Injected(this, written, probe=None, by="arn", say=lines.append)
        outage._mute, outage._entry = muted, None
        this.fault = SimpleNamespace(
            name="deny-primary", title="denied", service="s3", begin=lambda account, undo: muted.done.append("break")
        )
        return outage, lines

    return made


def test_alarms_are_muted_before_anything_breaks_and_notify_again_however_the_drill_ends(injected):
    muted = Recorded()
    outage, lines = injected(muted)
    outage.begin()
    outage.tidy()
    assert muted.done == ["mute", "break", "unmute"]
    assert "muted until 2026-01-01T00:00:00Z at the latest: shop.example.com/failover-unhealthy" in lines


def test_a_drill_that_cannot_mute_says_who_will_notify_and_goes_on(injected):
    muted = Recorded(UserError("no mute rules here"))
    outage, lines = injected(muted)
    outage.begin()
    outage.tidy()
    assert muted.done == ["mute", "break", "unmute"]
    assert "not muted, shop.example.com/failover-unhealthy will notify: no mute rules here" in lines
    assert any("may be muted until the mute rule rule ends by itself" in line for line in lines)
