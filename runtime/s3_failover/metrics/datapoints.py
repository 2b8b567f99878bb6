"""What a host says about one minute, to CloudWatch: names, dimensions and units as docs/metrics.md has them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from s3_failover.metrics import latency, snapshot
from s3_failover.metrics.recorder import Gauges
from s3_failover.names import metrics as names

COUNT, SECONDS, MILLISECONDS = "Count", "Seconds", "Milliseconds"

_REQUESTS = (
    (names.EXHAUSTED, snapshot.EXHAUSTED),
    (names.LOCAL_FAULTS, snapshot.LOCAL),
    (names.REFUSED, snapshot.REFUSED),
)
_COUNTERS = (
    ("Attempts", snapshot.ATTEMPTS),
    ("FailedAttempts", snapshot.FAILED_ATTEMPTS),
    ("Ejections", snapshot.EJECTIONS),
)


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One metric of one host in one minute."""

    name: str
    """The metric."""
    unit: str
    """As CloudWatch spells it."""
    values: tuple[tuple[float, int], ...]
    """Each value and how often it occurred; one value, once, for all but `Latency`."""
    region: str | None = None
    """The region it is about, None for what is about all."""
    distribution: bool = False
    """Whether it can have many values."""


@dataclass(frozen=True)
class HostReport:
    """What a host says about one minute."""

    slot: float
    """The start of the minute, in seconds since the epoch."""
    gauges: Gauges
    """Those of all live processes together."""
    counts: Counter[str]
    """What was counted since the last report, as in `Snapshot.counters`."""
    now: float
    """When it was made, in seconds since the epoch."""

    @property
    def is_urgent(self) -> bool:
        """Whether an operator must know: a region fails, or a request did."""
        failing = any(region.failing for region in self.gauges.regions.values())
        return failing or any(self.counts[counter] > 0 for _, counter in _REQUESTS)

    def datapoints(self) -> Iterator[Datapoint]:
        """Yield one datapoint for each metric; counts that are 0 too."""
        yield _single(names.ALL_REGIONS_FAILING, self.gauges.all_failing)
        for name, counter in _REQUESTS:
            yield _single(name, self.counts[counter])
        if latencies := self._latencies():
            yield Datapoint("Latency", MILLISECONDS, latencies, distribution=True)
        counted = {name.partition("/")[2] for name in self.counts if name.startswith(f"{snapshot.ATTEMPTS}/")}
        for region in sorted({*self.gauges.regions, *counted}):
            yield from self._of(region)

    def _of(self, region: str) -> Iterator[Datapoint]:
        gauges = self.gauges.regions.get(region)
        if gauges:
            yield _single(names.REGION_FAILING, gauges.failing, region)
            yield _single(names.REGION_MISCONFIGURED, gauges.misconfigured, region)
        for name, counter in _COUNTERS:
            yield _single(name, self.counts[f"{counter}/{region}"], region)
        if gauges and gauges.last_attempt is not None:
            age = max(0.0, self.now - gauges.last_attempt)
            yield Datapoint("SecondsSinceLastAttempt", SECONDS, ((round(age, 3), 1),), region)

    def _latencies(self) -> tuple[tuple[float, int], ...]:
        found = (name.partition("/") for name in self.counts)
        buckets = sorted((int(index), f"{kind}/{index}") for kind, _, index in found if kind == snapshot.LATENCY)
        return tuple((latency.milliseconds(index), self.counts[name]) for index, name in buckets if self.counts[name])


def _single(name: str, value: float, region: str | None = None) -> Datapoint:
    return Datapoint(name, COUNT, ((float(value), 1),), region)
