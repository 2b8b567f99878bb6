"""The second monitor, deployed: silent in calm, heard while us-east-1 and the primary's S3 are lost.

The function runs as deployed. The test takes EventBridge's place, because the embedded one keeps the time of the wall,
and gives the function a way to the embedded internet.
"""

import contextlib
import json
import threading
import time
from datetime import datetime

import embedded_aws
import pytest

from breakable_aws import faults
from breakable_aws.clock import EmbeddedClock

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SPEED = 4
PRIMARY, HERE = "eu-west-1", "eu-central-1"
SITE = f"""
[sites.shop]
hostname        = "shop.example.com"
primary_region  = "{PRIMARY}"
replica_regions = ["{HERE}"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "dns"
alarms          = {{ monitor = true }}
"""
CALM = 180
"""Embedded seconds without an alarm before anything breaks."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("monitored-aws"), speed=SPEED) as aws:
        yield aws.deploy(SITE, tmp_path_factory.mktemp("monitored-site"))["shop"]


class Monitored:
    """What people hear from the topics of the monitor's region."""

    def __init__(self, site):
        self.aws = site.aws
        self.cloudwatch, self.sqs, sns = (site.aws.client(each, HERE) for each in ("cloudwatch", "sqs", "sns"))
        self.queue = self.sqs.create_queue(QueueName="people")["QueueUrl"]
        for alarm in self.alarms():
            for topic in alarm["AlarmActions"]:
                sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HERE}:123456789012:people")

    def alarms(self):
        return self.cloudwatch.describe_alarms(AlarmNamePrefix="shop.example.com/monitor-")["MetricAlarms"]

    def calm(self):
        return {alarm["StateValue"] for alarm in self.alarms()} == {"OK"}

    def heard(self):
        """The messages that have come: alarm, state, topic and when the state changed."""
        for message in self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            envelope = json.loads(message["Body"])
            body = json.loads(envelope["Message"])
            changed = datetime.strptime(body["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
            yield body["AlarmName"].partition("/")[2], body["NewStateValue"], envelope["TopicArn"], changed


def until(look):
    """Wait until a look finds something, and return it."""
    end = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def every_minute(site, clock, proxy):
    """Invoke the function in every embedded minute, as its rule does on AWS; it goes by the proxy to the internet."""
    functions = site.aws.client("lambda", HERE)
    known = functions.list_functions()["Functions"]
    (function,) = (each for each in known if "URLS" in each.get("Environment", {}).get("Variables", {}))
    ways = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1,localhost"}
    variables = function["Environment"]["Variables"] | ways | {"SSL_CERT_FILE": str(site.aws.emulator.ca_file)}
    functions.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": variables})
    stop, answers = threading.Event(), []

    def run():
        while not stop.is_set():
            answer = functions.invoke(FunctionName=function["FunctionName"])
            answers.append(answer["Payload"].read().decode() if answer.get("FunctionError") else "")
            stop.wait(clock.real(60 - clock.now() % 60))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def test_the_monitor_is_silent_in_calm_and_tells_when_us_east_1_and_the_primary_are_lost(site):
    emulator = site.aws.emulator
    clock = EmbeddedClock(started=emulator.clock_started, speed=emulator.speed)
    monitored = Monitored(site)
    with site.aws.proxy() as proxy, every_minute(site, clock, proxy) as answers:
        until(monitored.calm)
        list(monitored.heard())
        begun = clock.now()
        until(lambda: clock.now() > begun + CALM)
        assert set(answers[-2:]) == {""}
        assert [each for each in monitored.heard() if each[1] == "ALARM"] == []

        broken = clock.now()
        for fault, region in (("region-down", "us-east-1"), ("s3-refuse", PRIMARY)):
            faults.break_(emulator, fault, region=region)
        (alarm, state, topic, at), *_ = until(lambda: list(monitored.heard()))
        assert (alarm, state) == ("monitor-failing", "ALARM")
        assert HERE in topic
        assert "Critical" in topic
        assert at - broken < 180

        faults.heal(emulator)
        until(monitored.calm)
