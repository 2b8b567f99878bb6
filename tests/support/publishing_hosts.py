"""Hosts that publish what a client would, once in every embedded minute, without clients: tests set their gauges."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from s3_failover.metrics import snapshot
from s3_failover.metrics.cloudwatch import metric_data
from s3_failover.metrics.datapoints import HostReport
from s3_failover.metrics.recorder import Gauges, RegionGauges
from s3_failover.names.metrics import NAMESPACE


@dataclass
class Host:
    """One host: the regions that fail for it, those it may not read, and requests that got nothing since last time."""

    failing: set = field(default_factory=set)
    misconfigured: set = field(default_factory=set)
    exhausted: int = 0

    def report(self, slot, regions, now):
        """Return what it says about a minute; what was counted is then said."""
        seen = {r: RegionGauges(failing=r in self.failing, misconfigured=r in self.misconfigured) for r in regions}
        counts = Counter({snapshot.EXHAUSTED: self.exhausted})
        self.exhausted = 0
        return HostReport(slot, Gauges(seen, all(r in self.failing for r in regions)), counts, now)


class Fleet:
    """Publishes for all of its hosts, from a thread, as long as a block lasts."""

    def __init__(self, cloudwatch, clock, *, service, regions):
        self._cloudwatch, self._clock = cloudwatch, clock
        self._service, self._regions = service, regions
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.hosts = []
        self.minutes = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def become(self, *hosts):
        """Replace the hosts."""
        self.hosts = list(hosts)

    def _run(self):
        published = None
        while not self._ended.is_set():
            now = self._clock.now()
            slot = now // 60 * 60
            if slot != published:
                for host in list(self.hosts):
                    datums = metric_data(host.report(slot, self._regions, now), self._service)
                    self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=datums)
                published = slot
                self.minutes += 1
            self._ended.wait(max(self._clock.real(slot + 60 - self._clock.now()), 0.01))
