"""What is seen of deployed sites, with nothing wrong, with control planes down, and with the primary out of reach."""

import contextlib
import json
import time

import pytest

from breakable_aws import faults
from s3_failover.cli import status_screen
from s3_failover.drill.states import Leg
from s3_failover.operations import notes, resolvers
from s3_failover.operations.status import fleet, overview
from s3_failover.operations.status.fleet import Place

pytestmark = pytest.mark.embedded


@pytest.fixture
def look(account, resolver):
    """Looks at a site until nothing but what is expected is unknown and DNS leads to the distribution.

    A busy machine answers later than `status` waits, and than health checkers do.
    """

    def looked(site, unknown=()):
        patience = time.monotonic() + 240
        while True:
            found = overview.look(site.site, account, resolvers.servers(resolver))
            as_expected = found.serves is Leg.DISTRIBUTION and list(found.unknown) == list(unknown)
            if as_expected or time.monotonic() > patience:
                return found

    return looked


@contextlib.contextmanager
def broken(emulator, fault):
    made = faults.break_(emulator, fault)
    try:
        yield
    finally:
        faults.heal(emulator, made.id)


def test_who_serves_and_how_everything_is(site, look):
    found = look(site)
    assert (found.serves, found.answer.status, found.copy) == (Leg.DISTRIBUTION, 200, "primary")
    assert [(heard.target, heard.ttl) for heard in found.heard] == [(site.output("DistributionDomainName"), 60)]
    assert next(check for check in found.checks if check.decides).id == site.output("FailoverHealthCheckId")
    assert {check.role for check in found.checks} >= {"primary", "distribution", "secondary"}
    assert not any(check.forced for check in found.checks)
    assert [lag.rule_id for lag in found.lags] == [route.rule_id for route in site.site.routes]
    assert all(found.alarms.values())
    assert found.unknown == {}
    assert found.exit_code < 3


def test_many_sites_are_seen_as_each_by_itself(sites, look, account, resolver):
    places = [Place(site.site, account, resolvers.servers(resolver)) for site in sites.values()]
    for site, seen in zip(sites.values(), fleet.look(places, seconds=240), strict=True):
        alone = look(site)
        assert (seen.site, seen.serves, seen.answer.status, seen.account) == (
            site.site,
            Leg.DISTRIBUTION,
            200,
            account.id,
        )
        assert seen.unknown == {}
        assert [(check.role, check.id, check.decides) for check in seen.checks] == [
            (check.role, check.id, check.decides) for check in alone.checks if check.role != "evacuation"
        ]
        assert {check.source for check in seen.checks} <= {"cloudwatch", ""}
        assert [lag.rule_id for lag in seen.lags] == [lag.rule_id for lag in alone.lags]
        names = [
            {region: [alarm.name for alarm in found] for region, found in each.alarms.items()} for each in (seen, alone)
        ]
        assert names[0] == names[1]


def test_alarms_are_all_of_the_sites_and_no_other(site, look):
    names = {alarm.name for found in look(site).alarms.values() for alarm in found}
    deployed, types = set(), ["MetricAlarm", "CompositeAlarm"]
    for region in site.regions:
        pages = site.aws.client("cloudwatch", region).get_paginator("describe_alarms").paginate(AlarmTypes=types)
        deployed |= {a["AlarmName"] for page in pages for a in [*page["MetricAlarms"], *page["CompositeAlarms"]]}
    assert names == {name for name in deployed if name.startswith(site.site.naming.alarms)}


def test_who_serves_is_known_while_the_control_planes_are_down(site, look, aws):
    with broken(aws.emulator, "control-planes-down"):
        found = look(site, ["checks in Route 53"])
    assert (found.serves, found.answer.status) == (Leg.DISTRIBUTION, 200)
    assert list(found.unknown) == ["checks in Route 53"]
    assert {check.source for check in found.checks} <= {"cloudwatch", ""}
    assert [check.id for check in found.checks if check.decides] == [site.output("FailoverHealthCheckId")]


def test_a_distribution_that_reads_the_replica_is_an_outage_though_dns_stays(hybrid, look, policy_of):
    deny = {
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{hybrid.primary}/*"],
    }
    with policy_of(hybrid, lambda statements: [*statements, deny]):
        found = look(hybrid)
    assert (found.serves, found.copy, found.exit_code) == (Leg.DISTRIBUTION, "replica", 3)


def test_the_last_drill_is_read_from_the_first_replicas_region(dns, look):
    ssm = dns.aws.client("ssm", dns.site.replica_regions[0])
    name = notes.name(dns.site, notes.LAST_DRILL)
    drill = {
        "scenario": "primary",
        "begin": "2026-11-20T09:00:00Z",
        "end": "2026-11-20T10:00:00Z",
        "held": True,
        "by": "x",
    }
    assert look(dns).notes.last_drill is None
    ssm.put_parameter(Name=name, Type="String", Value=json.dumps(drill))
    try:
        assert any("primary 2026-11-20 10:00 UTC, passed, by x" in line for line in status_screen.lines(look(dns)))
    finally:
        ssm.delete_parameter(Name=name)
