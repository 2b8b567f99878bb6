import os

import pytest
from sites import site

from s3_failover.config import Config
from s3_failover.errors import UserError
from s3_failover.local.drill import session
from s3_failover.local.drill.fleet.scenarios import SCENARIOS as FLEETS
from s3_failover.local.drill.scenarios import SCENARIOS as SITES

WITHOUT = Config(sites=(site(),))
WITH = Config(sites=(site(more="clients = {}"),))


def test_all_are_the_sites_scenarios_and_then_the_fleets():
    assert session.named("all") == (*SITES, *FLEETS)
    assert len({scenario.name for scenario in session.EVERY}) == len(session.EVERY)


def test_every_name_leads_to_its_scenario():
    assert all(session.named(scenario.name) == (scenario,) for scenario in session.EVERY)


def test_unknown_name_is_refused_with_all_that_are_known():
    with pytest.raises(
        UserError, match=r"no scenario none, expected all, history or one of .*flapping-primary.*fleet-silent"
    ):
        session.named("none")


def test_all_of_a_configuration_without_a_fleet_are_the_sites_scenarios():
    assert session.drillable(session.named("all"), WITHOUT) == list(SITES)
    assert session.drillable(session.named("all"), WITH) == list(session.named("all"))


def test_fleet_that_is_asked_for_and_is_not_there_is_refused():
    with pytest.raises(UserError, match=r"fleet-silent: sites\.shop\.clients is missing"):
        session.drillable(session.named("fleet-silent"), WITHOUT)
    assert session.drillable(session.named("fleet-silent"), WITH) == list(session.named("fleet-silent"))


@pytest.mark.parametrize(
    ("load", "cores", "speed"), [(0.2, 2, 10), (2.0, 2, 10), (4.0, 2, 5), (4.0, None, 2), (90.0, 2, 2)]
)
def test_time_runs_slower_where_the_computer_is_busy(monkeypatch, load, cores, speed):
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert session.speed_here() == speed
