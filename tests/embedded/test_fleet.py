"""The drills of a fleet: real client processes on one deployment, the alarms as deployed, every scenario for real."""

import functools

import pytest
from drills import Drills, missed

from s3_failover.local.drill import session
from s3_failover.local.drill.fleet.scenarios import SCENARIOS

pytestmark = [pytest.mark.embedded, pytest.mark.long]

REGION = "eu-west-1"
SITE = f"""
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "{REGION}"
replica_regions = ["eu-central-1"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "dns"
clients         = {{ absent_minutes = 3 }}
"""
WARNING = f"client-region-failing-{REGION}"


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Runs scenarios on one deployment, each once, and returns what became of the site."""
    with Drills(tmp_path_factory.mktemp("fleet"), SITE) as drills:
        yield functools.cache(lambda name: drills.run(session.named(name)).scenarios[0].sites[0])


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_what_must_happen_happens(drill, scenario):
    assert missed(drill(scenario)) == []


def alarms(outcome):
    """The alarms on clients that were on during a drill."""
    return {t.name for t in outcome.tracks if t.kind == "alarm" and any(band.state == "ALARM" for band in t.bands)}


def failing(outcome, region=REGION):
    """The numbers of hosts that failed for a region, minute by minute."""
    (track,) = (track for track in outcome.tracks if (track.kind, track.name) == ("failing", region))
    return [int(band.state) for band in track.bands]


def test_two_failing_hosts_are_silence(drill):
    outcome = drill("fleet-two-hosts-fail")
    assert alarms(outcome) == set()
    assert max(failing(outcome)) == 2
    assert [host.rerouted > 0 for host in outcome.hosts] == [True, True, False, False, False]
    assert sum(host.raised + host.failed for host in outcome.hosts) == 0


def test_a_region_that_is_down_warns_and_no_request_notices(drill):
    outcome = drill("fleet-region-down")
    assert alarms(outcome) == {WARNING}
    assert sum(host.raised + host.failed for host in outcome.hosts) == 0


def test_a_host_that_is_cut_off_is_critical_and_raises_while_the_others_read(drill):
    outcome = drill("fleet-one-host-cut-off")
    assert alarms(outcome) == {"client-all-regions-failing", "client-exhausted"}
    assert [host.raised > 0 for host in outcome.hosts] == [True, False, False, False, False]


def test_a_host_that_vanishes_while_it_fails_is_counted_no_more(drill):
    outcome = drill("fleet-host-vanishes")
    assert alarms(outcome) == {WARNING}
    counts = failing(outcome)
    assert 2 in counts[counts.index(3) :]
