"""Clocks that tests move, what clients tell their listeners, and CloudWatch's side of what sinks publish."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

import boto3
from botocore.validate import ParamValidator

from breakable_aws.emulator.cloudwatch.alarm_evaluation import evaluate
from breakable_aws.emulator.cloudwatch.alarm_statistics import Sample
from s3_failover.client.objects import Attempt, Outcome, Phase
from s3_failover.client.results import RegionHealth, Request, Result

REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
THREAD = "s3-failover-metrics"
MINUTE = 1_800_000_000.0
"""The start of a minute."""


class StepClock:
    """Time that stands still until `run` moves it from one wake-up of a publisher thread to the next."""

    def __init__(self, start=MINUTE):
        self._now = start
        self._offset = 0.0
        self._changed = threading.Condition()
        self._waiting = {}

    def now(self):
        return self._now + self._offset

    def set_back(self, seconds):
        """Let the time be another one, as an administrator does: who waits, waits no longer for that."""
        self._offset -= seconds

    def wait(self, event, seconds):
        me = threading.get_ident()
        with self._changed:
            until = self._now + seconds
            self._waiting[me] = (until, event)
            self._changed.notify_all()
            while self._now < until and not event.is_set():
                self._changed.wait(0.05)  # an event is set without a word to the clock
            del self._waiting[me]
        return event.is_set()

    def run(self, seconds):
        """Let so many seconds pass, every thread doing in each moment what it has to do."""
        end = self._now + seconds
        while True:
            self.settle()
            with self._changed:
                following = min((until for until, _ in self._waiting.values()), default=end)
                self._now = min(following, end)
                self._changed.notify_all()
                if following >= end:
                    break
        self.settle()

    def settle(self):
        """Wait until every publisher thread waits for the time."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            alive = {thread.ident for thread in threading.enumerate() if thread.name == THREAD}
            with self._changed:
                asleep = {
                    me for me, (until, event) in self._waiting.items() if until > self._now and not event.is_set()
                }
            if alive <= asleep:
                return
            time.sleep(0.0005)
        raise TimeoutError(f"publisher threads are busy: {alive - asleep}")


@dataclass(frozen=True)
class FastClock:
    """The clock on the wall, many times as fast; the same in all processes that know its start."""

    started: float
    speed: float

    def now(self):
        return self.started + (time.time() - self.started) * self.speed

    def wait(self, event, seconds):
        return event.wait(seconds / self.speed)


def attempt(region="us-east-1", outcome=Outcome.SUCCESS, phase=None, **named):
    phase = phase or (Phase.VERIFY if outcome is Outcome.SUCCESS else Phase.HEADERS)
    return Attempt(region, MINUTE, 0.02, phase, outcome, **named)


def request(result=Result.SUCCESS, duration=0.02, attempts=()):
    return Request("get_object", "greeting.wav", result, duration, tuple(attempts))


def fail(sink, *regions, exhausted=False):
    """Tell a sink what a client tells it when attempts in these regions fail, and perhaps the request with them."""
    for region in regions:
        sink.on_attempt(attempt(region, Outcome.TIMEOUT))
        sink.on_region_change(RegionHealth(region, failing=True, ejected=True))
    if exhausted:
        sink.on_request(request(Result.ALL_REGIONS_FAILED))


def heal(sink, *regions):
    for region in regions:
        sink.on_attempt(attempt(region))
        sink.on_region_change(RegionHealth(region))


class CloudWatch:
    """Takes PutMetricData as CloudWatch does, refuses what its model refuses, and evaluates alarms."""

    def __init__(self):
        self.calls = []
        self.fails_with = None
        model = boto3.client("cloudwatch", "us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
        self._shape = model.meta.service_model.operation_model("PutMetricData").input_shape
        model.close()

    def put_metric_data(self, **parameters):
        problems = ParamValidator().validate(parameters, self._shape)
        assert not problems.has_errors(), problems.generate_report()
        self.calls.append(parameters)
        if self.fails_with:
            raise self.fails_with

    def close(self):
        pass

    @property
    def samples(self):
        """What was published, by metric and region."""
        found = defaultdict(list)
        for call in self.calls:
            for datum in call["MetricData"]:
                region = {item["Name"]: item["Value"] for item in datum["Dimensions"]}.get("Region")
                values = datum.get("Values", [datum.get("Value")])
                counts = datum.get("Counts", [1] * len(values))
                for value, count in zip(values, counts, strict=True):
                    at = datum["Timestamp"].timestamp()
                    found[datum["MetricName"], region].append(Sample(at, count, value * count, value, value))
        return found

    def values(self, metric, region=None):
        """Return the sums of a metric by minute, from the first minute on."""
        sums = defaultdict(float)
        for sample in self.samples[metric, region]:
            sums[int((sample.timestamp - MINUTE) // 60)] += sample.total
        return dict(sums)

    def state(self, alarm, now, metric, region=None, state="OK"):
        """Return the state of an alarm."""
        return evaluate(alarm, self.samples[metric, region], now, state).state
