"""The checkers of one health check: independent, each with its own streak, judged by their share.

Shares, thresholds and regions: Route 53 Developer Guide, dns-failover-determining-health-of-endpoints.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from breakable_aws.route53.probe import Result

RANGES = Path(__file__).parents[1] / "checker_ranges.json"
"""The addresses that Route 53 publishes for its checkers."""

REGIONS = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)
"""Where checkers are, unless a check names its own regions."""

ENOUGH = 0.18
"""More than this share of the checkers must find an endpoint healthy for it to be healthy."""


@dataclass
class Checker:
    """One checker: it turns when its threshold of probes in a row disagree with what it holds, both ways.

    It comes from `address`, one of the published ranges.
    """

    region: str
    address: str
    threshold: int
    healthy: bool = True
    status: str = "Success: not checked yet"
    checked: float = 0.0
    _streak: int = field(default=0, repr=False)

    def note(self, result: Result, now: float) -> None:
        """Take the result of a probe."""
        self.status, self.checked = result.status, now
        self._streak = 0 if result.healthy == self.healthy else self._streak + 1
        if self._streak >= self.threshold:
            self.healthy, self._streak = result.healthy, 0


def crew(config: Mapping[str, Any], per_region: int) -> tuple[Checker, ...]:
    """Return the checkers for a check: new ones start healthy."""
    regions = config.get("Regions") or REGIONS
    addresses = _addresses(len(regions) * per_region)
    threshold = int(config.get("FailureThreshold", 3))
    return tuple(Checker(region, next(addresses), threshold) for _ in range(per_region) for region in regions)


def share(checkers: Sequence[Checker]) -> float:
    """Return the share of checkers that find the endpoint healthy, from 0 to 1."""
    return sum(checker.healthy for checker in checkers) / len(checkers)


def _addresses(count: int) -> Any:
    """Return an address from each published range in turn."""
    ranges = [ipaddress.ip_network(text) for text in json.loads(RANGES.read_text(encoding="utf-8"))["ipv4"]]
    return iter([str(ranges[n % len(ranges)].network_address + 5 + n // len(ranges)) for n in range(count)])
