import re
from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import pytest
from sites import site

from breakable_aws import faults
from breakable_aws.faults import Broken
from s3_failover.config import Mode
from s3_failover.drill.expected import Fails
from s3_failover.drill.kinds import KINDS
from s3_failover.drill.site import DrilledSite
from s3_failover.local.drill import outage
from s3_failover.local.drill.incidents import INCIDENTS
from s3_failover.local.drill.objects import Catalogue
from s3_failover.local.drill.outage import EmbeddedOutage
from s3_failover.local.drill.scenarios import ScenarioTarget
from s3_failover.local.drill.session import named


def test_history_are_all_incidents_and_all_are_none_of_them():
    assert named("history") == INCIDENTS
    assert not {each.name for each in INCIDENTS} & {each.name for each in named("all")}


@pytest.mark.parametrize("scenario", INCIDENTS, ids=lambda scenario: scenario.name)
def test_an_incident_has_a_day_a_source_and_a_timeline_that_ends(scenario):
    incident = scenario.incident
    assert incident.date is None or date.fromisoformat(incident.date)
    assert incident.date is None or scenario.name == f"history-{incident.date}"
    assert incident.sources
    assert all(re.fullmatch(r"https://[^ ]+", source) for source in incident.sources)
    assert incident.steps[0].minute == 0
    assert all(step.minute < following.minute for step, following in pairwise(incident.steps))
    assert scenario.faults == incident.steps[0].faults != ()
    assert incident.steps[-1].faults == ()


@pytest.mark.parametrize("scenario", INCIDENTS, ids=lambda scenario: scenario.name)
def test_every_fault_of_an_incident_can_be_broken_in_each_mode(scenario):
    assert set(scenario.expected) == set(Mode)
    for fault in scenario.every_fault:
        assert fault.name in faults.NAMES
        assert fault.name.startswith(("s3-", "region-")) == (fault.target is not ScenarioTarget.NOWHERE)


def fails(name, *, mode, secondary="website"):
    [scenario] = named(name)
    more = {"website": "", "https": 'secondary = { type = "https" }'}[secondary]
    expected = scenario.expectation(site(mode=mode, more=more))
    return {kind.name: expected.fails(kind) for kind in KINDS}


def test_names_that_are_gone_leave_kept_connections_alone():
    for mode in Mode:
        seen = fails("history-2026-02-10", mode=mode)
        assert (seen["kept-http"], seen["kept-https"]) == (Fails.NEVER, Fails.NEVER)
        assert (seen["http"], seen["https"], seen["browser"]) == (Fails.BRIEFLY, Fails.THROUGHOUT, Fails.BRIEFLY)
        assert fails("history-2026-02-10", mode=mode, secondary="https")["https"] is Fails.BRIEFLY


def test_a_brown_out_is_seen_in_dns_mode_by_every_kind_and_moves_no_dns():
    [scenario] = named("history-slowdown")
    assert set(fails("history-slowdown", mode="dns").values()) == {Fails.PARTLY}
    assert set(fails("history-slowdown", mode="hybrid").values()) == {Fails.NEVER}
    assert not any(expected.dns_moves for expected in scenario.expected.values())


class Clockwork:
    """A conductor that lets time pass at once."""

    def __init__(self, put):
        self.runs = [SimpleNamespace(least=160.0, patience=400.0)]
        self.clock = SimpleNamespace(now=lambda: self.now)
        self.outage = self.now = 1000.0
        self._put = put
        self.spans = []

    def last(self, seconds=None):
        self.wait("outage", 200.0 if seconds is None else min(seconds, 200.0))

    def wait(self, _phase, longest):
        self.spans.append((longest, sorted(self._put.values())))
        self.now += longest


@pytest.fixture
def put(monkeypatch):
    """The faults in effect, by their ids."""
    made = {}

    def break_(_emulator, fault, *, region, lag, percent):
        identifier = f"fault-{len(made)}"
        made[identifier] = (fault, region, percent)
        return Broken(identifier, fault, region, None)

    monkeypatch.setattr(outage.faults, "break_", break_)
    monkeypatch.setattr(outage.faults, "heal", lambda _, identifier=None: made.pop(identifier))
    return made


def test_an_incident_is_replayed_step_by_step_and_long_spans_are_cut(put):
    [scenario] = named("history-2017-02-28")
    conductor, said = Clockwork(put), []
    replayed = EmbeddedOutage(scenario, None, None, [(DrilledSite(site(), slack=0), Catalogue())], say=said.append)

    replayed.begin()
    replayed.last(conductor)

    region = site().primary_region
    assert conductor.spans == [(200.0, [("s3-503", region, None)]), (160.0, [("s3-503", region, 80)])]
    assert [(step.minute, step.after) for step in replayed.steps] == [(0, 0.0), (169, 200.0), (221, 360.0)]
    assert [len(step.faults) for step in replayed.steps] == [1, 1, 0]
    assert len(said) == len(replayed.steps)
