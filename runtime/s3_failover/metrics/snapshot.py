"""What a process tells the other processes of its host."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from s3_failover.client.results import Result
from s3_failover.metrics.recorder import FAILED, Counts, Gauges, RegionGauges

EXHAUSTED, LOCAL, REFUSED = "exhausted", "local", "refused"
ATTEMPTS, FAILED_ATTEMPTS, EJECTIONS, LATENCY = "attempts", "failed", "ejections", "latency"


@dataclass(frozen=True)
class GaugeSnapshot:
    """The gauges of a process, and its counters since it began."""

    accounted: bool
    """Whether it has been in the host's account before: if that is lost, its counts are no news."""
    written: float
    """When this was true, in seconds since the epoch."""
    gauges: Gauges
    """The gauges."""
    counters: Counter[str]
    """`exhausted`, `local`, `refused`, and by region or bucket `attempts/NAME`, `failed/NAME`, `ejections/NAME`,
    `latency/N`."""

    def dump(self) -> str:
        """Return it as one line of JSON."""
        # asdict of the whole would rebuild the counter from pairs, and count those.
        return json.dumps(vars(self) | {"gauges": asdict(self.gauges)}, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> GaugeSnapshot:
        """Return what `dump` wrote; raise ValueError if the text is something else."""
        try:
            found: dict[str, Any] = json.loads(text)
            regions = {str(name): RegionGauges(**region) for name, region in found["gauges"]["regions"].items()}
            gauges = Gauges(regions, bool(found["gauges"]["all_failing"]))
            counters = Counter({str(name): int(count) for name, count in found["counters"].items()})
            return cls(bool(found["accounted"]), float(found["written"]), gauges, counters)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"got no snapshot: {error!r}") from error


def of(gauges: Gauges, counts: Counts, *, accounted: bool, written: float) -> GaugeSnapshot:
    """Return what a recorder says as a snapshot."""
    counters: Counter[str] = Counter(
        {
            EXHAUSTED: counts.exhausted,
            LOCAL: counts.requests.get(Result.LOCAL, 0),
            REFUSED: counts.requests.get(Result.MISCONFIGURED, 0),
        }
    )
    for (region, outcome, _), count in counts.attempts.items():
        counters[f"{ATTEMPTS}/{region}"] += count
        counters[f"{FAILED_ATTEMPTS}/{region}"] += count if outcome in FAILED else 0
    counters.update({f"{EJECTIONS}/{region}": count for region, count in counts.ejections.items()})
    counters.update({f"{LATENCY}/{index}": count for index, count in counts.latencies.items()})
    return GaugeSnapshot(accounted, written, gauges, counters)
