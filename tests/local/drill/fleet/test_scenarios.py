import pytest
from fleets import ABSENT, ALL, EXHAUSTED, PRIMARY, REPLICA, WARNING, drilled
from sites import site

from breakable_aws import faults
from s3_failover.errors import UserError
from s3_failover.local.drill.fleet.scenarios import MOST_HOSTS, SCENARIOS, drillable, objection, require

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def expected(name, threshold=3):
    return BY_NAME[name].expected(drilled(threshold))


@pytest.mark.parametrize(
    ("name", "hosts", "alarms"),
    [
        ("fleet-two-hosts-fail", 2, set()),
        ("fleet-region-down", 5, {WARNING}),
        ("fleet-one-host-cut-off", 1, {ALL, EXHAUSTED}),
        ("fleet-host-vanishes", 3, {WARNING}),
        ("fleet-silent", 5, {ABSENT}),
    ],
)
def test_each_scenario_befalls_so_many_hosts_and_sets_off_so_many_alarms(name, hosts, alarms):
    assert (len(expected(name).hosts), expected(name).alarms) == (hosts, alarms)


def test_hosts_fail_for_the_regions_that_they_are_cut_off_from():
    assert expected("fleet-two-hosts-fail").failing == {PRIMARY: 2, REPLICA: 0}
    assert expected("fleet-one-host-cut-off").failing == {PRIMARY: 1, REPLICA: 1}


def test_only_who_is_cut_off_from_everything_raises():
    assert {scenario.name for scenario in SCENARIOS if scenario.expected(drilled()).raises} == {
        "fleet-one-host-cut-off"
    }


def test_host_that_is_killed_is_one_that_fails():
    found = expected("fleet-host-vanishes")
    assert found.killed in found.hosts


def test_numbers_follow_the_deployed_threshold():
    assert len(expected("fleet-two-hosts-fail", 5).hosts) == 4
    assert len(expected("fleet-host-vanishes", 2).hosts) == 2


def test_where_one_failing_host_warns_a_host_that_is_cut_off_warns_for_every_region_too():
    both = {WARNING, f"client-region-failing-{REPLICA}"}
    assert expected("fleet-one-host-cut-off", 1).alarms == {ALL, EXHAUSTED} | both


def test_there_are_always_hosts_that_nothing_befalls_unless_it_is_everybody():
    for threshold in (1, 2, 3, 8):
        hosts = drilled(threshold).hosts
        assert set(hosts) > set(expected("fleet-host-vanishes", threshold).hosts)


def test_every_fault_is_one_that_can_be_broken():
    assert {fault.name for scenario in SCENARIOS for fault in scenario.faults} <= set(faults.NAMES)


def test_site_without_clients_is_refused_with_what_is_missing_and_what_to_do():
    with pytest.raises(UserError) as refused:
        require(BY_NAME["fleet-silent"], [site()])
    assert str(refused.value) == (
        "fleet-silent: sites.shop.clients is missing, expected a fleet: add `clients = {}` to the site and deploy it "
        "again"
    )


def test_of_several_sites_those_with_a_fleet_take_part():
    with_clients = site(more="clients = {}")
    assert require(BY_NAME["fleet-silent"], [site(), with_clients]) == [with_clients]


def test_warning_that_needs_more_hosts_than_a_machine_should_run_is_refused():
    many = site(more="clients = { failing_hosts = 11 }")
    assert f"expected at most {MOST_HOSTS - 2}" in objection(BY_NAME["fleet-region-down"], many)
    assert objection(BY_NAME["fleet-region-down"], site(more="clients = { failing_hosts = 10 }")) is None


def test_where_one_failing_host_warns_fewer_than_that_cannot_be_drilled():
    alone = site(more="clients = { fleet_size = 1 }")
    assert drillable(BY_NAME["fleet-two-hosts-fail"], [alone]) == []
    assert drillable(BY_NAME["fleet-host-vanishes"], [alone]) == [alone]
