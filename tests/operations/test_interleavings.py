"""Drills and holds of two people, step by step: neither undoes the other's, and nothing stays broken unnoticed."""

import dataclasses
import json
from types import SimpleNamespace

import pytest
from fake_accounts import ACCOUNT, HealthChecks, Parameters, Policies, account, begun, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations import legs, notes
from s3_failover.operations.clock import WALL
from s3_failover.operations.drill import drill as drilling
from s3_failover.operations.drill import faults, remains
from s3_failover.operations.drill.conduct import Conductor
from s3_failover.operations.drill.deny_primary import statement
from s3_failover.operations.drill.drill import Drill, DrillOptions
from s3_failover.operations.drill.fault import FaultPlan
from s3_failover.operations.drill.finish import finish, undo_written
from s3_failover.operations.drill.journal import Journal
from s3_failover.operations.failback import hold
from s3_failover.operations.status import checks
from s3_failover.operations.status.checks import Check

HYBRID = site(mode="hybrid")
INVERTED = begun("invert-check", {"checks": [{"id": "c", "name": "shop distribution", "inverted": False}]})
AS_DEPLOYED = {"Disabled": False, "Inverted": False}
HELD = {"Disabled": True, "Inverted": True}


class Check53(HealthChecks):
    """A health check that can be disabled too."""

    def __init__(self):
        super().__init__()
        self.settings = dict(AS_DEPLOYED)

    def get_health_check(self, HealthCheckId):  # noqa: N803
        return {"HealthCheck": {"HealthCheckVersion": self.version, "HealthCheckConfig": dict(self.settings)}}

    def update_health_check(self, HealthCheckId, HealthCheckVersion, **settings):  # noqa: N803
        if HealthCheckVersion != self.version:
            raise refusal("HealthCheckVersionMismatch", "UpdateHealthCheck", 409)
        self.settings |= settings
        self.version += 1


class Caller:
    def get_caller_identity(self):
        return {"Account": ACCOUNT, "Arn": "arn:aws:iam::123456789012:user/me"}


@pytest.fixture(autouse=True)
def no_checks(monkeypatch):
    """No check of these sites is looked at for what lost records left: the fakes have only one."""
    monkeypatch.setattr(remains.health_checks, "endpoints", lambda site, account: {})


@pytest.fixture
def ssm():
    return Parameters()


@pytest.fixture
def check():
    return Check53()


@pytest.fixture
def s3():
    return Policies([])


@pytest.fixture
def there(ssm, check, s3, monkeypatch):
    """An account of one site, whose secondary serves."""

    def look(site, account):
        forced = checks.forced(check.settings)
        return (
            Check("distribution", "c", True, True, forced=forced, config=dict(check.settings), version=check.version),
        )

    monkeypatch.setattr(checks, "look", look)
    answer = SimpleNamespace(status=200)
    monkeypatch.setattr(legs, "secondary", lambda site, account: SimpleNamespace(get=lambda key: answer))
    return account(ssm=ssm, route53=check, s3=s3, sts=Caller())


@pytest.fixture
def journal(there, tmp_path):
    return Journal(HYBRID, there, tmp_path)


def undo(journal):
    return undo_written(journal.account, journal, say=lambda line: None)


def held(there):
    hold.hold(HYBRID, there, hold.holding(HYBRID, there))


def test_a_drill_whose_inversion_somebody_undid_leaves_the_hold_that_was_made_since(there, journal, check, tmp_path):
    journal.write(INVERTED)
    faults.named("invert-check").begin(there, INVERTED.undo)
    undo(Journal(HYBRID, there, tmp_path / "another machine"))
    held(there)
    assert not finish(there, journal, INVERTED, say=print, patience=0)
    assert check.settings == HELD
    assert journal.copy() is None


def test_a_copy_that_is_left_on_a_machine_does_not_end_a_hold(there, journal, check, ssm):
    journal.write(INVERTED)
    ssm.values.clear()
    held(there)
    assert undo(journal).entries == (INVERTED,)
    assert check.settings == HELD
    assert notes.read(HYBRID, there).hold is not None


def test_viewers_are_not_held_while_a_drill_is_written_down(there, journal, check, ssm):
    change = hold.holding(HYBRID, there)
    journal.write(INVERTED)
    with pytest.raises(UserError, match=r"a drill.*finish it with `s3-failover drill --undo shop`"):
        hold.holding(HYBRID, there)
    with pytest.raises(UserError, match="a drill"):
        hold.hold(HYBRID, there, change)
    assert check.settings == AS_DEPLOYED
    assert list(ssm.values) == ["/s3-failover/shop.example.com/drill"]


def test_a_site_is_not_drilled_while_viewers_are_held(there, journal, ssm):
    held(there)
    with pytest.raises(UserError, match=r"viewers are held.*s3-failover failback shop --release"):
        journal.require_none()
    with pytest.raises(UserError, match="viewers are held"):
        journal.write(INVERTED)
    assert list(ssm.values) == ["/s3-failover/shop.example.com/hold"]
    assert journal.copy() is None


SID = "S3FailoverDrill1"
DENIED = {
    "bucket": "bucket",
    "region": "eu-west-1",
    "statement": statement(SID, "bucket", "arn", "2026-01-01T00:00:00Z"),
}


@pytest.fixture
def drill(there, monkeypatch, tmp_path):
    where = drilling.names.Targets("d1.cloudfront.net", "secondary")
    monkeypatch.setattr(drilling.names, "targets", lambda site, account: where)
    monkeypatch.setattr(drilling.names, "servers", lambda site, resolver: None)
    fault = faults.named("deny-primary")
    made = Drill(HYBRID, there, fault, DrillOptions(undo_patience=0), folder=tmp_path / "drills", say=lambda line: None)
    monkeypatch.setattr(made, "plan", lambda: FaultPlan(DENIED, (), ()))
    return made


@pytest.fixture
def conducted(drill, monkeypatch):
    """Runs the drill without a site to look at; returns the phases that it waited in."""
    waited = []
    monkeypatch.setattr(Conductor, "wait", lambda _self, phase, *_: waited.append(phase))

    def run():
        Conductor([], drill.injected("me"), WALL, calm=0).run()

    return waited, run


def test_a_drill_that_is_finished_by_somebody_before_it_breaks_anything_does_not_last(
    drill, conducted, there, s3, tmp_path, monkeypatch
):
    other, begin = Journal(HYBRID, there, tmp_path / "another machine"), drill.fault.begin

    def late(account, record):
        undo(other)
        begin(account, record)

    monkeypatch.setattr(type(drill.fault), "begin", lambda _, account, record: late(account, record))
    waited, run = conducted
    with pytest.raises(UserError, match="another user has ended this drill"):
        run()
    assert (waited, s3.policy) == (["calm"], None)


def test_what_begins_while_somebody_finishes_it_is_undone_all_the_same(there, journal, s3, monkeypatch):
    entry = dataclasses.replace(INVERTED, fault="deny-primary", undo=DENIED)
    journal.write(entry)
    clear = Journal.clear

    def begins(self, written):
        faults.named("deny-primary").begin(there, DENIED)
        clear(self, written)

    monkeypatch.setattr(Journal, "clear", begins)
    undo(journal)
    assert s3.policy is None


def test_a_drill_that_nobody_finishes_lasts_and_is_undone(conducted, s3):
    waited, run = conducted
    run()
    assert (waited, s3.policy) == (["calm", "outage", "outage", "healing", "after"], None)


def test_a_copy_that_was_cut_off_keeps_nobody_from_undoing_what_the_account_says(there, journal, ssm, s3):
    entry = dataclasses.replace(INVERTED, fault="deny-primary", undo=DENIED)
    journal.write(entry)
    faults.named("deny-primary").begin(there, DENIED)
    journal.file.write_text(json.dumps(dataclasses.asdict(entry))[:40])
    assert undo(journal).entries == (entry,)
    assert (s3.policy, ssm.values) == (None, {})


def test_a_full_disk_leaves_no_half_copy(journal, monkeypatch):
    def full(self, text, **_):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(journal.file), "write_text", full)
    with pytest.raises(UserError, match="No space left"):
        journal.write(INVERTED)
    monkeypatch.undo()
    assert journal.copy() is None
    assert list(journal.folder.iterdir()) == []


def test_what_is_undone_is_said_to_be_even_where_its_record_cannot_be_taken_away(journal, ssm):
    journal.write(INVERTED)

    def away(**_):
        raise refusal("ServiceUnavailable", "DeleteParameter", 503)

    ssm.delete_parameter = away
    with pytest.raises(UserError, match=r"is undone, but its record is not gone: .*s3-failover drill --undo shop"):
        undo(journal)


def test_an_update_whose_answer_was_lost_holds_all_the_same(there, check, ssm):
    update = check.update_health_check

    def lost(**settings):
        update(**settings)
        update(**settings)

    check.update_health_check = lost
    held(there)
    assert check.settings == HELD
    hold.release(HYBRID, there, hold.releasing(HYBRID, there))
    assert (check.settings, ssm.values) == (AS_DEPLOYED, {})


def test_an_undo_whose_answer_was_lost_was_the_drills(there, check):
    faults.named("invert-check").begin(there, INVERTED.undo)
    update = check.update_health_check

    def lost(**settings):
        update(**settings)
        update(**settings)

    check.update_health_check = lost
    assert faults.named("invert-check").undo(there, INVERTED.undo)
