"""Drills and evacuations of two people, step by step: neither undoes the other's, and nothing stays broken unnoticed."""

import dataclasses
import json

import pytest
from fake_accounts import ACCOUNT, HealthChecks, Parameters, Policies, account, begun, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.clock import WALL
from s3_failover.operations.drill import drill as drilling
from s3_failover.operations.drill import faults, remains
from s3_failover.operations.drill.conduct import Conductor
from s3_failover.operations.drill.deny_primary import statement
from s3_failover.operations.drill.drill import Drill, DrillOptions
from s3_failover.operations.drill.fault import FaultPlan
from s3_failover.operations.drill.finish import undo_written
from s3_failover.operations.drill.journal import Journal
from s3_failover.operations.evacuation import switch

HYBRID = site(mode="hybrid")
INVERTED = begun("invert-check", {"checks": [{"id": "c", "name": "shop distribution", "inverted": False}]})
NOTE = "/s3-failover/shop.example.com/evacuation"


class Objects(Policies):
    """A bucket policy, and the objects of the evacuation switch."""

    def __init__(self):
        super().__init__([])
        self.keys = set()

    def head_object(self, **asked):
        if asked["Key"] not in self.keys:
            raise refusal("404", "HeadObject", 404)
        return {}

    def put_object(self, **asked):
        self.keys.add(asked["Key"])


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
    return HealthChecks()


@pytest.fixture
def s3():
    return Objects()


@pytest.fixture
def there(ssm, check, s3):
    """An account of one site."""
    return account(ssm=ssm, route53=check, s3=s3, sts=Caller())


@pytest.fixture
def journal(there, tmp_path):
    return Journal(HYBRID, there, tmp_path)


def undo(journal):
    return undo_written(journal.account, journal, say=lambda line: None)


def evacuate(there):
    switch.evacuate(HYBRID, there, switch.require_calm(HYBRID, there))


def test_an_evacuation_outlasts_a_drill_that_another_machine_still_has_written_down(there, journal, check, s3, ssm):
    journal.write(INVERTED)
    faults.named("invert-check").begin(there, INVERTED.undo)
    ssm.values.clear()
    evacuate(there)
    assert undo(journal).entries == (INVERTED,)
    assert not check.inverted
    assert switch.is_on(HYBRID, there)
    assert list(ssm.values) == [NOTE]


def test_viewers_are_not_evacuated_while_a_drill_is_written_down(there, journal, s3, ssm):
    journal.write(INVERTED)
    for began in (None, {"id": "1"}):
        with pytest.raises(UserError, match=r"a drill.*finish it with `s3-failover drill --undo shop`"):
            switch.require_calm(HYBRID, there) if began else switch.evacuate(HYBRID, there, None)
    assert (s3.keys, list(ssm.values)) == (set(), ["/s3-failover/shop.example.com/drill"])


def test_a_site_is_not_drilled_while_viewers_are_evacuated(there, journal, ssm):
    evacuate(there)
    with pytest.raises(UserError, match=r"viewers are evacuated.*s3-failover return shop"):
        journal.require_none()
    with pytest.raises(UserError, match="viewers are evacuated"):
        journal.write(INVERTED)
    assert list(ssm.values) == [NOTE]
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


def test_an_undo_whose_answer_was_lost_was_the_drills(there, check):
    faults.named("invert-check").begin(there, INVERTED.undo)
    update = check.update_health_check

    def lost(**settings):
        update(**settings)
        update(**settings)

    check.update_health_check = lost
    assert faults.named("invert-check").undo(there, INVERTED.undo)
