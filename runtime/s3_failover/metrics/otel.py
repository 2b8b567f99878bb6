"""Metrics for OpenTelemetry: names as in Prometheus, with dots.

All state is this module's own, and the SDK asks for it at each collection: a synchronous gauge of the Python SDK is
gone after one export, unless its temporality is cumulative. The one exception is the histogram of durations, which
has no observable kind.

In a process that forks, make the meter provider in the child, as OpenTelemetry's documentation asks ("Working With
Fork Process Models"); counters begin at 0 there.
"""

import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from s3_failover.client.results import Request
from s3_failover.metrics.extras import MissingExtraError
from s3_failover.metrics.panel import Panel
from s3_failover.metrics.recorder import Recorder, RegionGauges, RegionTally

try:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter
except ImportError as error:
    raise MissingExtraError("otel", "opentelemetry-api") from error

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0)
"""Seconds; the SDK's own buckets are made for milliseconds."""

Values = Iterable[tuple[float, Mapping[str, str]]]
"""Values, and the attributes of each but `host`."""


class Instruments(RegionTally):
    """The instruments of one meter provider, which all sinks of that provider share.

    Args:
        provider: the provider; None means the global one, also when that is set later.
        host: the attribute `host` of every data point.
    """

    def __init__(self, provider: MeterProvider | None, host: str) -> None:
        super().__init__()
        self.panel = Panel()
        self._host = {"host": host}
        self._meter = get_meter("s3_failover", meter_provider=provider)
        self._gauges()
        self._counters()
        self._histogram = self._meter.create_histogram(
            "s3_failover.request.duration",
            unit="s",
            description="How long requests took, all attempts together.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )

    def duration(self, seconds: float) -> None:
        """Record how long a request took."""
        self._histogram.record(seconds, self._host)

    # No gauge has the unit "1": Prometheus exporters would call it a ratio.
    def _gauges(self) -> None:
        for name, text in (
            ("failing", "Whether the last attempt says that the region fails."),
            ("misconfigured", "Whether the region refuses: access, bucket or keys."),
            ("ejected", "Whether requests go to the other regions first."),
        ):
            self._gauge(f"region.{name}", text, self._regions(attrgetter(name)))
        self._gauge(
            "region.last_attempt.timestamp",
            "When the region last answered or failed, 0 for never.",
            self._regions(lambda region: region.last_attempt or 0.0),
            unit="s",
        )
        self._gauge(
            "all_regions_failing",
            "Whether every region of one client fails.",
            lambda: [(self.panel.gauges().all_failing, {})],
        )

    def _counters(self) -> None:
        self._counter("attempts", "Attempts, probes included.", "{attempt}", self._attempts)
        self._counter(
            "exhausted", "Requests that got nothing from any region, or not in time.", "{request}", self._exhausted
        )
        self._counter("requests", "Requests by how they ended.", "{request}", self._requests)
        self._counter("ejections", "Times that a region was ejected.", "{ejection}", self._ejections)
        self._counter("hedges", "Hedged requests by whether the second attempt won.", "{request}", self._hedges)

    def _gauge(self, name: str, text: str, read: Callable[[], Values], unit: str = "") -> None:
        self._meter.create_observable_gauge(f"s3_failover.{name}", [self._observed(read)], unit, text)

    def _counter(self, name: str, text: str, unit: str, read: Callable[[], Values]) -> None:
        self._meter.create_observable_counter(f"s3_failover.{name}", [self._observed(read)], unit, text)

    def _observed(self, read: Callable[[], Values]) -> Callable[[CallbackOptions], Iterator[Observation]]:
        def observe(_: CallbackOptions) -> Iterator[Observation]:
            for value, attributes in read():
                # Numbers: the SDK adds what it gets, and exporters refuse truth values.
                yield Observation(float(value), {**attributes, **self._host})

        return observe

    def _regions(self, read: Callable[[RegionGauges], float]) -> Callable[[], Values]:
        return lambda: [(read(region), {"region": name}) for name, region in self.panel.gauges().regions.items()]

    def _attempts(self) -> Values:
        for (region, outcome, phase), count in self.read().attempts.items():
            yield count, {"region": region, "outcome": str(outcome), "phase": str(phase)}

    def _exhausted(self) -> Values:
        return [(self.read().exhausted, {})]

    def _requests(self) -> Values:
        return [(count, {"result": str(result)}) for result, count in self.read().requests.items()]

    def _ejections(self) -> Values:
        return [(count, {"region": region}) for region, count in self.read().ejections.items()]

    def _hedges(self) -> Values:
        return [(count, {"result": result}) for result, count in self.read().hedges.items()]


_instruments: dict[tuple[MeterProvider | None, str], Instruments] = {}
"""Kept for ever: a provider cannot take instruments back, and lives as long as its process."""
_making = threading.Lock()


class OpenTelemetryMetrics(Recorder):
    """Shows the metrics of a client to a meter provider.

    One sink per client; sinks of one provider share its instruments: a region fails when one of the clients says so.
    Data points have the attribute `host`, as well as the resource may, so that rules written for Prometheus count hosts
    without a join.

    Args:
        meter_provider: the provider; the global one by default, also when that is set later.
        host: who this host is; `platform.node()` by default.
        durations: whether to record how long each request took. The SDK needs several microseconds for that, more than
            for everything else here.
    """

    def __init__(
        self, meter_provider: MeterProvider | None = None, *, host: str | None = None, durations: bool = True
    ) -> None:
        key = (meter_provider, host or platform.node())
        with _making:
            if key not in _instruments:
                _instruments[key] = Instruments(*key)
            self._instruments = _instruments[key]
        self._durations = durations
        super().__init__(tally=self._instruments)

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of the regions, and show each metric of theirs with 0."""
        super().on_start(regions)
        self._instruments.panel.add(self)

    def on_request(self, request: Request) -> None:
        """Count a request, and record how long it took."""
        super().on_request(request)
        if self._durations:
            self._instruments.duration(request.duration)

    def on_close(self) -> None:
        """Remove the client's gauges, because nothing updates them from now on."""
        super().on_close()
        self._instruments.panel.remove(self)
