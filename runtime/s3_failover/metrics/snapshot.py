"""What a process tells the other processes of its host."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from s3_failover.metrics.recorder import FAILED, Reading, RegionGauges

EXHAUSTED = "exhausted"
ATTEMPTS, FAILED_ATTEMPTS, EJECTIONS, LATENCY = "attempts", "failed", "ejections", "latency"


@dataclass(frozen=True)
class Snapshot:
    """The gauges of a process, and its counters since it began.

    Attributes:
        accounted: whether it has been in the host's account before: if that is lost, its counts are no news.
        written: when this was true, in seconds since the epoch.
        regions: the gauges by region.
        all_failing: whether every region of its client fails.
        counters: `exhausted`, and by region or bucket `attempts/NAME`, `failed/NAME`, `ejections/NAME`, `latency/N`.
    """

    accounted: bool
    written: float
    regions: Mapping[str, RegionGauges]
    all_failing: bool
    counters: Counter[str]

    def dump(self) -> str:
        """Return it as one line of JSON."""
        regions = {name: asdict(gauges) for name, gauges in self.regions.items()}
        # asdict would rebuild the counter from pairs, and count those.
        return json.dumps(vars(self) | {"regions": regions}, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Snapshot:
        """Return what `dump` wrote.

        Raises:
            ValueError: the text is something else.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            regions = {str(name): RegionGauges(**gauges) for name, gauges in found["regions"].items()}
            counters = Counter({str(name): int(count) for name, count in found["counters"].items()})
            return cls(bool(found["accounted"]), float(found["written"]), regions, bool(found["all_failing"]), counters)
        except (AttributeError, KeyError, TypeError) as error:
            msg = f"got no snapshot: {error!r}"
            raise ValueError(msg) from error


def of(reading: Reading, *, accounted: bool, written: float) -> Snapshot:
    """Return a reading as a snapshot."""
    counters: Counter[str] = Counter({EXHAUSTED: reading.exhausted})
    for (region, outcome, _), count in reading.attempts.items():
        counters[f"{ATTEMPTS}/{region}"] += count
        counters[f"{FAILED_ATTEMPTS}/{region}"] += count if outcome in FAILED else 0
    counters.update({f"{EJECTIONS}/{region}": count for region, count in reading.ejections.items()})
    counters.update({f"{LATENCY}/{index}": count for index, count in reading.latencies.items()})
    return Snapshot(accounted, written, reading.regions, reading.all_failing, counters)
