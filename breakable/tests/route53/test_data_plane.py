import asyncio
import contextlib
import threading
import time

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from breakable_aws.clock import EmbeddedClock
from breakable_aws.route53 import data_plane
from breakable_aws.route53.data_plane import DataPlane
from breakable_aws.route53.snapshot import Reader, Snapshot, Zone

HTTP = {"Type": "HTTP", "FullyQualifiedDomainName": "www.example.com", "RequestInterval": 10, "FailureThreshold": 1}
ALARM = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "eu-west-1", "Name": "x"}}
DOWN = ClientError({"Error": {"Code": "503"}}, "any")


class Admin:
    """An embedded AWS without names; it keeps what it is told."""

    def __init__(self):
        self.asked, self.told = set(), {}

    async def find(self, name, scheme):
        self.asked.add((name, scheme))
        raise OSError

    def report(self, identifier, status):
        self.told[identifier] = status


class Deployed:
    def __init__(self, *snapshots):
        self._snapshots = list(snapshots)

    def refresh(self):
        return self._snapshots.pop(0) if len(self._snapshots) > 1 else self._snapshots[0]


class CloudWatch:
    def __init__(self, *answers):
        self._answers = list(answers)
        self.published = []

    def describe_alarms(self, **_):
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"MetricAlarms": [{"StateValue": answer}] if answer else []}

    def put_metric_data(self, **data):
        self.published.append(data)

    @property
    def names(self):
        """The metrics that were published, each with the check it is about."""
        return {(d["MetricName"], d["Dimensions"][0]["Value"]) for p in self.published for d in p["MetricData"]}


def carried_out(checks, *, until, zones=(), cloudwatch=None, admin=None, deployed=None):
    """A data plane that ran at a thousand times the speed until `until(told)` held, and what it told."""
    admin, cloudwatch = admin or Admin(), cloudwatch or CloudWatch("OK")
    deployed = deployed or Deployed(Snapshot(checks, zones))
    plane = DataPlane(admin, deployed, lambda region: cloudwatch, EmbeddedClock(time.time(), 1000.0), per_region=1)

    async def run():
        work = asyncio.create_task(plane.run())
        for _ in range(2400):
            if work.done() or until(admin.told):
                break
            await asyncio.sleep(0.025)
        if work.done():
            work.result()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(run())
    assert until(admin.told), admin.told
    return plane, admin


def sick(identifier):
    return lambda told: identifier in told and not told[identifier]["healthy"]


def told(*identifiers):
    return lambda told: set(identifiers) <= told.keys()


def test_a_checker_cannot_resolve_a_name_that_is_lost_although_it_knew_its_port():
    class Knows(Admin):
        async def find(self, name, scheme):
            raise AssertionError(name)

    lost = Snapshot({"a": HTTP | {"FullyQualifiedDomainName": "d1.cloudfront.net"}}, lost=("cloudfront.net.",))
    _, admin = carried_out({}, until=sick("a"), admin=Knows(), deployed=Deployed(lost))
    told = {seen["status"] for seen in admin.told["a"]["observations"]}
    assert "Failure: DNS resolution failed: Rcode NXDomain(3)" in told


def test_check_turns_and_says_why_and_what_depends_on_it_turns_too():
    checks = {"a": HTTP, "all": {"Type": "CALCULATED", "ChildHealthChecks": ["a"], "HealthThreshold": 1}}
    cloudwatch = CloudWatch("OK")
    measured = {("HealthCheckStatus", "a"), ("HealthCheckPercentageHealthy", "a"), ("HealthCheckStatus", "all")}

    def every_checker_turned(told):
        # Fewer than all are enough to turn the check.
        return sick("all")(told) and told["a"]["percent_healthy"] == 0 and cloudwatch.names >= measured

    _, admin = carried_out(checks, until=every_checker_turned, cloudwatch=cloudwatch)

    status = admin.told["a"]
    assert (status["healthy"], status["percent_healthy"]) == (False, 0.0)
    assert len(status["observations"]) == 8
    assert {seen["status"] for seen in status["observations"]} == {"Failure: DNS resolution failed: Rcode NXDomain(3)"}
    assert admin.told["all"] == {"healthy": False, "percent_healthy": 0.0, "observations": []}
    assert cloudwatch.names == measured


def test_checker_that_cannot_carry_out_its_check_says_so_and_goes_on(monkeypatch):
    results = iter([ZeroDivisionError("once")] * 8)

    async def failing(*_):
        raise next(results, OSError("later"))

    monkeypatch.setattr(data_plane, "probe", failing)
    _, admin = carried_out({"a": HTTP}, until=lambda told: "later" in str(told))

    assert all("cannot carry out the check" in seen["status"] for seen in admin.told["a"]["observations"])


def test_disabled_check_is_not_carried_out_and_is_healthy():
    _, admin = carried_out({"a": {**HTTP, "Disabled": True}, "b": HTTP}, until=sick("b"))

    assert admin.told["a"] == {"healthy": True, "percent_healthy": 100.0, "observations": []}


def test_inverted_check_starts_unhealthy():
    _, admin = carried_out({"a": {**HTTP, "Inverted": True, "RequestInterval": 1e9}}, until=told("a"))

    assert not admin.told["a"]["healthy"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "D1.cloudfront.net"}]}, "d1.cloudfront.net"),
        ({"Type": "A", "AliasTarget": {"DNSName": "d1.cloudfront.net."}}, "d1.cloudfront.net"),
        ({"Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}, "www.example.com"),
    ],
)
def test_checkers_follow_our_own_dns_to_the_endpoint(record, expected):
    zone = Zone("example.com.", ({"Name": "www.example.com.", **record},))
    _, admin = carried_out({"a": HTTP}, zones=(zone,), until=sick("a"))

    assert admin.asked == {(expected, "http")}


def test_state_of_an_alarm_that_cannot_be_asked_is_what_it_was():
    checks = {"a": {**ALARM, "InsufficientDataHealthStatus": "Healthy"}}
    plane, admin = carried_out(checks, cloudwatch=CloudWatch("ALARM", DOWN), until=sick("a"))

    for _ in range(3):
        assert plane._read_alarms() == {("eu-west-1", "x"): "ALARM"}
    assert not admin.told["a"]["healthy"]


def test_check_that_is_gone_is_checked_no_more():
    gone = Snapshot({"b": HTTP})
    plane, _ = carried_out({}, deployed=Deployed(Snapshot({"a": HTTP}), gone), until=sick("b"))

    assert plane._watched.keys() == {"b"}


def test_check_that_goes_while_it_is_told_of_ends_nothing():
    gone = threading.Event()

    class Slow(Admin):
        def report(self, identifier, status):
            if identifier == "a" and gone.wait(30):
                # By then its state is forgotten: judging takes 50 ms.
                time.sleep(0.5)
            super().report(identifier, status)

    class Leaving(Deployed):
        def refresh(self):
            gone.set() if len(self._snapshots) == 1 else None
            return super().refresh()

    snapshots = Leaving(Snapshot({"a": HTTP}), Snapshot({"b": HTTP}))
    carried_out({}, deployed=snapshots, admin=Slow(), until=sick("b"))


class Route53:
    """A control plane with one check and one zone, which can be down."""

    down = None

    def get_paginator(self, operation):
        self.operation = operation
        return self

    def paginate(self, **_):
        if self.down:
            raise self.down
        return [
            {
                "list_health_checks": {"HealthChecks": [{"Id": "a", "HealthCheckConfig": HTTP}]},
                "list_hosted_zones": {"HostedZones": [{"Id": "Z", "Name": "Example.com."}]},
                "list_resource_record_sets": {"ResourceRecordSets": [{"Name": "www.example.com.", "Type": "A"}]},
            }[self.operation]
        ]


@pytest.mark.parametrize("down", [DOWN, EndpointConnectionError(endpoint_url="x")])
def test_reader_keeps_what_was_while_the_control_plane_is_down(down):
    route53 = Route53()
    reader = Reader(route53)
    expected = Snapshot({"a": HTTP}, (Zone("example.com.", ({"Name": "www.example.com.", "Type": "A"},)),))

    assert reader.refresh() == expected
    route53.down = down
    assert reader.refresh() == expected


def test_reader_knows_nothing_before_the_control_plane_ever_answered():
    route53 = Route53()
    route53.down = DOWN
    assert Reader(route53).refresh() == Snapshot()
