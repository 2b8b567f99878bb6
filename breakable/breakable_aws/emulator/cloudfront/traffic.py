"""CloudFront's own metrics: what viewers asked of each distribution, and how much of it failed.

AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html`.
"""

from dataclasses import dataclass
from typing import Any

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.cloudwatch.metrics import publish
from breakable_aws.emulator.cloudwatch.minutes import minute_of
from breakable_aws.emulator.net.hosts import without_port
from breakable_aws.emulator.net.viewer_requests import Request, Respond, Response

from .edge import distribution_for

NAMESPACE = "AWS/CloudFront"
REGION = "us-east-1"
"""The only region that has them."""


@dataclass
class _Minute:
    start: int
    requests: dict[str, Any]
    rate: dict[str, Any]
    total: int = 0
    failed: int = 0


class Traffic:
    """The requests of one emulator's viewers."""

    def __init__(self, clock: EmbeddedClock) -> None:
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}

    def counted(self, respond: Respond) -> Respond:
        """Return the edge's answers, each counted."""

        async def counting(request: Request) -> Response:
            response = await respond(request)
            found = distribution_for(without_port(request.host))
            if found is not None:
                self.count(found.id, failed=response.status >= 500)
            return response

        return counting

    def count(self, distribution: str, *, failed: bool) -> None:
        """Count one request in its minute, whose data points are there from the first request on."""
        minute = self._minute(distribution)
        minute.total += 1
        minute.failed += failed
        minute.requests["Value"] = float(minute.total)
        minute.rate["Value"] = 100 * minute.failed / minute.total

    def _minute(self, distribution: str) -> _Minute:
        start = minute_of(self._clock.now())
        current = self._minutes.get(distribution)
        if current is None or current.start != start:
            dimensions = {"DistributionId": distribution, "Region": "Global"}
            requests = publish(REGION, NAMESPACE, "Requests", dimensions, at=start, unit="None", value=0)
            rate = publish(REGION, NAMESPACE, "5xxErrorRate", dimensions, at=start, unit="Percent", value=0)
            current = self._minutes[distribution] = _Minute(start, requests, rate)
        return current
