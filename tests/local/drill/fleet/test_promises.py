import pytest
from fleets import ABSENT, EXHAUSTED, WARNING, drilled

from s3_failover.client import Ejection, Probe


def test_times_are_those_of_the_alarms_and_the_clients():
    fleet = drilled()
    # two regions, a request each two seconds; two bad minutes after the one that has begun; evaluation
    assert fleet.arrival(WARNING) == 4 + 180 + 15
    # ten silent minutes, two to be sure, and the one that has begun
    assert fleet.arrival(ABSENT) == 4 + 780 + 15
    # a probe at the latest, two good minutes after the one that has begun
    assert fleet.over(WARNING) == 45 + 180 + 15
    # a minute that still says what happened before
    assert fleet.over(EXHAUSTED) == 45 + 180 + 15
    assert fleet.aged_out(WARNING) == 180 + 15


def test_recovery_covers_the_latest_probe_and_the_look_after_it():
    probe = Probe()
    assert drilled().recovery >= 1.2 * probe.interval + min(1.0, probe.interval / 4)
    assert drilled(speed=60, slack=120).recovery >= 1.2 * probe.interval + probe.interval / 4
    assert Ejection().base_ejection_time < probe.interval


@pytest.mark.parametrize(("speed", "pace"), [(1, 2), (8, 2), (20, 5), (60, 15)])
def test_hosts_ask_each_two_seconds_unless_that_is_too_often_for_the_machine(speed, pace):
    assert drilled(speed=speed).pace == pace


def test_fleet_has_more_hosts_than_a_warning_needs_and_distinct_names():
    assert drilled().hosts == tuple(f"shop-host-{number}" for number in range(1, 6))


def test_every_region_has_the_sites_bucket():
    buckets = drilled().buckets("123456789012")
    assert set(buckets) == set(drilled().regions)
    assert buckets["eu-central-1"] == "shop.example.com"
