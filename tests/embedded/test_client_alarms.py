"""The alarms on clients' gauges, deployed, with real PutMetricData, at sixty times the speed of the clock on the wall.

Every test begins with five healthy hosts and all alarms OK, and ends when the alarms it set off are OK again.
"""

import json
import time

import embedded_aws
import pytest
from publishing_hosts import Fleet, Host

from breakable_aws.clock import EmbeddedClock

pytestmark = pytest.mark.embedded

SPEED = 60
REAL, OTHER, ALARMS = "eu-west-1", "eu-central-1", "us-west-2"
SITE = f"""
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "{REAL}"
replica_regions = ["{OTHER}", "{ALARMS}"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "dns"
clients         = {{ service = "ivr", absent_minutes = 3 }}
"""
REGIONS = (REAL, OTHER, ALARMS)
FAILING = f"client-region-failing-{REAL}"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("fast-aws"), speed=SPEED) as aws:
        yield aws.deploy(SITE, tmp_path_factory.mktemp("fast-site"))["shop"]


class Watched:
    """The deployed alarms as people see them: states, and messages at a subscription of each topic."""

    def __init__(self, site):
        self.site = site
        self.cloudwatch, self.sqs, sns = (site.aws.client(s, ALARMS) for s in ("cloudwatch", "sqs", "sns"))
        self.queue = self.sqs.create_queue(QueueName="people")["QueueUrl"]
        self.messages = []
        for topic in {alarm["AlarmActions"][0] for alarm in self._alarms()}:
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{ALARMS}:123456789012:people")

    def _alarms(self):
        return self.cloudwatch.describe_alarms(AlarmNamePrefix="shop.example.com/client-")["MetricAlarms"]

    def states(self):
        return {alarm["AlarmName"].removeprefix("shop.example.com/"): alarm["StateValue"] for alarm in self._alarms()}

    def on(self):
        """The alarms that are not OK."""
        return {name for name, state in self.states().items() if state != "OK"}

    def read(self):
        """Read what has arrived: alarm, state, severity of the topic, and the text for people."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            envelope = json.loads(message["Body"])
            body = json.loads(envelope["Message"])
            severity = "critical" if "Critical" in envelope["TopicArn"] else "warning"
            name = body["AlarmName"].removeprefix("shop.example.com/")
            self.messages.append((name, body["NewStateValue"], severity, body["AlarmDescription"]))
        return self.messages

    def arrived(self, state):
        """The alarms and severities of which a message of a state has arrived."""
        return {(name, severity) for name, new, severity, _ in self.read() if new == state}

    def description(self, alarm):
        return next(text for name, _, _, text in self.messages if name == alarm)


def until(check):
    """Wait until something is so, and return it; give up only after a time that no healthy run needs."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError("it never was so")


@pytest.fixture(scope="module")
def watched(site):
    return Watched(site)


@pytest.fixture(scope="module")
def publishing(site):
    emulator = site.aws.emulator
    clock = EmbeddedClock(started=emulator.clock_started, speed=emulator.speed)
    cloudwatch = site.aws.client("cloudwatch", ALARMS)
    with Fleet(cloudwatch, clock, service="ivr", regions=REGIONS) as fleet:
        yield fleet


@pytest.fixture
def fleet(publishing, watched):
    """Five healthy hosts, and no message since."""
    publishing.become(*(Host() for _ in range(5)))
    until(lambda: watched.on() == set())
    while watched.sqs.receive_message(QueueUrl=watched.queue, MaxNumberOfMessages=10).get("Messages"):
        watched.sqs.purge_queue(QueueUrl=watched.queue)
    watched.messages.clear()
    return publishing


def minutes(fleet, number):
    """Let hosts publish in so many further minutes."""
    end = fleet.minutes + number
    until(lambda: fleet.minutes >= end)


def over(watched, *alarms):
    """Wait until messages say that alarms are over, and return what else was said."""
    until(lambda: set(alarms) <= {name for name, _ in watched.arrived("OK")} and watched.on() == set())
    return {name for name, _ in watched.arrived("ALARM")} - set(alarms)


def test_everything_that_is_deployed_is_ok_while_hosts_report_good_news(fleet, watched):
    minutes(fleet, 2)
    assert set(watched.states().values()) == {"OK"}
    assert len(watched.states()) == 2 * len(REGIONS) + 5


@pytest.mark.long
def test_two_failing_hosts_for_each_region_are_silence(fleet, watched):
    for host, region in zip(fleet.hosts, (REAL, REAL, OTHER, OTHER), strict=False):
        host.failing = {region}
    minutes(fleet, 6)
    assert watched.read() == []


def test_three_failing_hosts_warn_and_name_the_region_and_it_is_over_by_itself(fleet, watched):
    for host in fleet.hosts[:3]:
        host.failing = {REAL}
    until(lambda: watched.arrived("ALARM") == {(FAILING, "warning")})
    assert f"3 hosts or more cannot read from S3 in {REAL}" in watched.description(FAILING)
    for host in fleet.hosts:
        host.failing = set()
    assert over(watched, FAILING) == set()


@pytest.mark.long
def test_hosts_that_vanish_while_they_fail_age_out(fleet, watched):
    for host in fleet.hosts[:3]:
        host.failing = {REAL}
    until(lambda: watched.arrived("ALARM") == {(FAILING, "warning")})
    fleet.become(*fleet.hosts[2:])
    assert over(watched, FAILING) == set()
    assert fleet.hosts[0].failing == {REAL}


def test_one_host_that_fails_for_all_regions_is_critical_until_it_heals(fleet, watched):
    fleet.hosts[0].failing = set(REGIONS)
    until(lambda: watched.arrived("ALARM") == {("client-all-regions-failing", "critical")})
    minutes(fleet, 3)
    fleet.hosts[0].failing = {REAL}
    assert over(watched, "client-all-regions-failing") == set()


@pytest.mark.long
def test_one_request_that_got_nothing_is_critical_although_every_gauge_is_good(fleet, watched):
    fleet.hosts[0].exhausted = 1
    until(lambda: watched.arrived("ALARM") == {("client-exhausted", "critical")})
    assert over(watched, "client-exhausted") == set()


@pytest.mark.long
def test_one_host_that_may_not_read_warns_and_names_the_region(fleet, watched):
    name = f"client-region-misconfigured-{OTHER}"
    fleet.hosts[0].misconfigured = {OTHER}
    until(lambda: watched.arrived("ALARM") == {(name, "warning")})
    assert f"its bucket in {OTHER}" in watched.description(name)
    fleet.hosts[0].misconfigured = set()
    assert over(watched, name) == set()


@pytest.mark.long
@pytest.mark.long
def test_one_host_that_reports_is_enough_and_none_is_an_alarm_of_its_own(fleet, watched):
    fleet.become(fleet.hosts[0])
    minutes(fleet, 7)
    assert watched.read() == []
    fleet.become()
    until(lambda: watched.arrived("ALARM") == {("client-metrics-absent", "warning")})
    assert "No host of ivr has published its gauges for 3 minutes" in watched.description("client-metrics-absent")
    fleet.become(Host())
    assert over(watched, "client-metrics-absent") == set()


def test_policy_for_hosts_names_every_copy_and_the_region_of_the_alarms(site):
    stack = site.stacks()[f"s3-failover-shop-example-com-clients-{ALARMS}"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    iam = site.aws.client("iam")
    version = iam.get_policy(PolicyArn=outputs["PolicyArn"])["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=outputs["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    statements = {statement["Sid"]: statement for statement in found["Statement"]}
    assert set(statements["ReadObjects"]["Resource"]) == {f"arn:aws:s3:::{name}/*" for name in site.copies.values()}
    assert set(statements["TellMissingFromDenied"]["Resource"]) == {f"arn:aws:s3:::{n}" for n in site.copies.values()}
    assert statements["PublishGauges"]["Condition"]["StringEquals"] == {
        "cloudwatch:namespace": "S3Failover",
        "aws:RequestedRegion": ALARMS,
    }
    assert outputs["Service"] == "ivr"
