"""Metrics for Prometheus, by its Python client; docs/alerts has the rules for them, and a Grafana dashboard.

Where a host has several worker processes, prometheus_client's multiprocess mode shows them as one (its documentation,
"Multiprocess Mode"): set `PROMETHEUS_MULTIPROC_DIR`, empty that directory before the first worker starts, and call
`prometheus_client.multiprocess.mark_process_dead(pid)` when a worker ends, for example in Gunicorn's `child_exit`:
without it, a worker that was killed while a region failed says so for ever.

Gauges are `livemax` there: a region fails when one of the live workers says so. (`livemostrecent` would let a worker
that has just recovered hide one that has not, and shows no gauge at all until it is set for the first time.)
"""

import threading
import weakref
from collections.abc import Sequence

from s3_failover.client.objects import Attempt
from s3_failover.client.results import EXHAUSTED, RegionHealth, Request, Result
from s3_failover.metrics.extras import MissingExtraError
from s3_failover.metrics.panel import Panel
from s3_failover.metrics.recorder import EVIDENCE, HEDGES, USUAL, AttemptKey, Recorder, RegionTally

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
except ImportError as error:
    raise MissingExtraError("prometheus", "prometheus_client") from error

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0)
"""Seconds; the client's default deadline is 10, a download's an hour."""


class Families(RegionTally):
    """The metrics of one registry, which all sinks of that registry share.

    Args:
        registry: where they are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.panel = Panel()
        self._refreshing = threading.Lock()
        self._children: dict[AttemptKey, Counter] = {}
        self._heard: dict[str, float] = {}
        self._gauges(registry)
        self._counters(registry)
        self._known: set[str] = set()

    def _gauges(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"s3_failover_{name}", text, labels, registry=registry, multiprocess_mode="livemax")

        self._failing = gauge("region_failing", "Whether the last attempt says that the region fails.", "region")
        self._misconfigured = gauge(
            "region_misconfigured", "Whether the region refuses: access, bucket or keys.", "region"
        )
        self._ejected = gauge("region_ejected", "Whether requests go to the other regions first.", "region")
        self._all_failing = gauge("all_regions_failing", "Whether every region of one client fails.")
        self._last_attempt = gauge(
            "region_last_attempt_timestamp_seconds", "When the region last answered or failed, 0 for never.", "region"
        )

    def _counters(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"s3_failover_{name}", text, labels, registry=registry)

        self._attempts = counter("attempts", "Attempts, probes included.", "region", "outcome", "phase")
        self._exhausted = counter("exhausted", "Requests that got nothing from any region, or not in time.")
        self._requests = counter("requests", "Requests by how they ended.", "result")
        self._ejections = counter("ejections", "Times that a region was ejected.", "region")
        self._hedges = counter("hedges", "Hedged requests by whether the second attempt was faster.", "result")
        self._durations = Histogram(
            "s3_failover_request_duration_seconds",
            "How long requests took, all attempts together.",
            registry=registry,
            buckets=BUCKETS,
        )
        self._results = {result: self._requests.labels(result) for result in Result}
        self._hedged = {result == "won": self._hedges.labels(result) for result in HEDGES}

    def after_fork(self) -> None:
        """Take a new lock, which is free; prometheus_client itself notices that it is in another process."""
        self._refreshing = threading.Lock()

    def expect(self, region: str) -> None:
        """Make every label set of a region, with 0."""
        self._ejections.labels(region)
        self._last_attempt.labels(region)
        self._heard.setdefault(region, 0.0)
        for outcome, phase in USUAL:
            self._child((region, outcome, phase))

    def _child(self, key: AttemptKey) -> Counter:
        child = self._children[key] = self._attempts.labels(*map(str, key))
        return child

    def attempt(self, attempt: Attempt) -> None:
        """Count an attempt, and say when the region was last heard of."""
        region = attempt.region
        key = (region, attempt.outcome, attempt.phase)
        (self._children.get(key) or self._child(key)).inc()
        if attempt.outcome in EVIDENCE and region in self._heard:
            ended = attempt.started_at + attempt.duration
            # Once a second is enough for a gauge that matters by the hour, and setting it costs as much as counting.
            if not 0 <= ended - self._heard[region] < 1:
                self._heard[region] = ended
                self._last_attempt.labels(region).set(ended)

    def request(self, request: Request) -> None:
        """Count a request, and how long it took."""
        self._results[request.result].inc()
        self._durations.observe(request.duration)
        if request.result in EXHAUSTED:
            self._exhausted.inc()

    def ejection(self, region: str) -> None:
        """Count an ejection."""
        self._ejections.labels(region).inc()

    def hedge(self, *, won: bool) -> None:
        """Count a hedged request."""
        self._hedged[won].inc()

    def refresh(self) -> None:
        """Set the gauges to what the open clients say together; regions that none of them has are 0."""
        with self._refreshing:
            gauges = self.panel.gauges()
            self._known.update(gauges.regions)
            for name in sorted(self._known):
                region = gauges.regions.get(name)
                self._failing.labels(name).set(bool(region and region.failing))
                self._misconfigured.labels(name).set(bool(region and region.misconfigured))
                self._ejected.labels(name).set(bool(region and region.ejected))
            self._all_failing.set(gauges.all_failing)


_families: weakref.WeakKeyDictionary[CollectorRegistry, Families] = weakref.WeakKeyDictionary()
_making = threading.Lock()


class PrometheusMetrics(Recorder):
    """Registers the metrics of a client, and keeps them up to date.

    One sink per client; sinks of one registry share its metrics: a region fails when one of the clients says so.

    Args:
        registry: where the metrics are registered; prometheus_client's own by default.

    Raises:
        ValueError: the registry has metrics of these names from somewhere else.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        with _making:
            if registry not in _families:
                _families[registry] = Families(registry)
            self._families = _families[registry]
        super().__init__(tally=self._families)

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of the regions, and show each metric of theirs with 0."""
        super().on_start(regions)
        self._families.panel.add(self)
        self._families.refresh()

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's gauges, and show them."""
        super().on_region_change(health)
        self._families.refresh()

    def on_close(self) -> None:
        """Remove the client's gauges, because nothing updates them from now on."""
        super().on_close()
        self._families.panel.remove(self)
        self._families.refresh()
