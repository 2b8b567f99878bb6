"""What the alarms of the ClientAlarms construct make of the datapoints that hosts really publish.

Hosts are simulated, datapoints are what their sinks send, and the evaluation is that of the embedded AWS.
"""

import pytest
from cdk_templates import new_stack, resources
from metric_hosts import MINUTE, REGIONS, fail, heal, request

from breakable_aws.emulator.cloudwatch.alarm_definition import AlarmDefinition
from s3_failover.client.results import RegionHealth, Result
from s3_failover_constructs import AlarmTopics, ClientAlarms


@pytest.fixture(scope="module")
def alarms():
    """Each alarm by name: its definition, and the metric and region that it watches."""
    stack = new_stack("us-west-2")
    topics = AlarmTopics(stack, "Topics", display_name="x")
    ClientAlarms(stack, "Alarms", name="site", service="ivr", regions=REGIONS, notifications=topics)
    found = {}
    for resource in resources(stack, "AWS::CloudWatch::Alarm").values():
        alarm = resource["Properties"]
        dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
        assert (alarm["Namespace"], dimensions.pop("Service")) == ("S3Failover", "ivr")
        name = alarm["AlarmName"].removeprefix("site/client-")
        found[name] = AlarmDefinition.of(alarm), alarm["MetricName"], dimensions.get("Region")
    return found


@pytest.fixture
def fleet(sink, clock, cloudwatch, alarms):
    return Fleet(sink, clock, cloudwatch, alarms)


class Fleet:
    def __init__(self, sink, clock, cloudwatch, alarms):
        self._sink, self._clock, self._cloudwatch, self._alarms = sink, clock, cloudwatch, alarms
        self.hosts = []
        self._states = {}

    def grow(self, count):
        new = [self._sink(f"host-{len(self.hosts) + number}") for number in range(count)]
        self.hosts += new
        return new

    def run(self, minutes):
        """Let minutes pass, the alarms being evaluated at the end of each; return their states."""
        for _ in range(minutes):
            self._clock.run(60)
            for name, (alarm, metric, region) in self._alarms.items():
                before = self._states.get(name, "OK")
                self._states[name] = self._cloudwatch.state(alarm, self._clock.now(), metric, region, before)
        return {name for name, state in self._states.items() if state == "ALARM"}


def test_two_failing_hosts_are_silence_and_three_a_warning_that_names_the_region(fleet):
    one, two, three, _, _ = fleet.grow(5)
    assert fleet.run(3) == set()
    fail(one, "us-east-1")
    fail(two, "us-east-1")
    assert fleet.run(5) == set()
    fail(three, "us-east-1")
    assert fleet.run(3) == {"region-failing-us-east-1"}
    for host in (one, two, three):
        heal(host, "us-east-1")
    assert fleet.run(3) == set()


def test_a_blip_of_less_than_a_minute_is_no_warning(fleet):
    hosts = fleet.grow(4)
    fleet.run(3)
    for host in hosts:
        fail(host, "us-east-1")
    assert fleet.run(1) == set()
    for host in hosts:
        heal(host, "us-east-1")
    assert fleet.run(3) == set()


def test_three_workers_of_one_host_are_one_host(fleet, sink):
    fleet.grow(1)
    workers = [sink("host-0") for _ in range(3)]
    for worker in workers:
        fail(worker, "us-east-1")
    assert fleet.run(5) == set()


def test_one_host_cut_off_from_every_region_is_critical(fleet):
    _, lonely, _ = fleet.grow(3)
    fleet.run(2)
    fail(lonely, *REGIONS)
    assert fleet.run(1) == {"all-regions-failing"}
    heal(lonely, REGIONS[0])
    assert fleet.run(1) == set()


def test_different_regions_on_different_hosts_are_not_critical(fleet):
    for host, region in zip(fleet.grow(3), REGIONS, strict=True):
        fail(host, region)
    assert fleet.run(5) == set()


def test_different_regions_in_different_workers_of_a_host_are_not_critical(fleet, sink):
    fleet.grow(1)
    for region in REGIONS:
        fail(sink("host-0"), region)
    assert fleet.run(5) == set()


def test_one_exhausted_request_is_critical_even_when_everything_works_a_moment_later(fleet):
    (one,) = fleet.grow(1)
    fleet.run(2)
    fail(one, *REGIONS, exhausted=True)
    heal(one, *REGIONS)
    assert fleet.run(1) == {"exhausted"}
    assert fleet.run(1) == set()


@pytest.mark.parametrize(
    ("result", "alarm"),
    [
        (Result.ALL_REGIONS_FAILED, "exhausted"),
        (Result.DEADLINE_EXCEEDED, "exhausted"),
        (Result.LOCAL, "local-faults"),
        (Result.MISCONFIGURED, "refused"),
    ],
)
def test_no_failed_request_is_silent(fleet, result, alarm):
    one, _ = fleet.grow(2)
    fleet.run(2)
    one.on_request(request(result))
    assert fleet.run(1) == {alarm}
    assert fleet.run(1) == set()


@pytest.mark.parametrize("result", [Result.SUCCESS, Result.NOT_FOUND, Result.REJECTED, Result.CANCELLED])
def test_a_request_that_was_answered_is_no_alarm(fleet, result):
    (one,) = fleet.grow(1)
    one.on_request(request(result))
    assert fleet.run(2) == set()


def test_a_failing_host_that_vanishes_leaves_the_sum_at_once(fleet):
    hosts = fleet.grow(4)
    for host in hosts[:3]:
        fail(host, "us-east-1")
    assert fleet.run(3) == {"region-failing-us-east-1"}
    hosts[0].on_close()
    # Its last word is for the minute after; then two hosts fail.
    assert fleet.run(4) == set()


def test_hosts_that_no_longer_report_are_noticed_after_ten_minutes(fleet):
    hosts = fleet.grow(2)
    fleet.run(3)
    hosts[0].on_close()
    assert fleet.run(12) == set()
    hosts[1].on_close()
    assert "metrics-absent" not in fleet.run(5)
    assert fleet.run(8) == {"metrics-absent"}
    fleet.grow(1)
    assert fleet.run(2) == set()


def test_a_region_that_refuses_does_not_fail_and_has_a_warning_of_its_own(fleet, cloudwatch):
    for host in fleet.grow(4):
        host.on_region_change(RegionHealth("us-east-1", misconfigured=True))
    assert fleet.run(3) == {"region-misconfigured-us-east-1"}
    assert cloudwatch.values("RegionMisconfigured", "us-east-1")[2] == 4


def test_datapoints_say_how_many_hosts_report(fleet, cloudwatch):
    fleet.grow(3)
    fleet.run(1)
    fleet.grow(2)
    fleet.run(1)
    times = [sample.timestamp for sample in cloudwatch.samples["AllRegionsFailing", None]]
    assert [times.count(MINUTE + 60 * minute) for minute in (0, 1)] == [3, 5]
