"""Looks at a site from outside, again and again: DNS answers, health checks, alarms, messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import EDGE_REGION
from s3_failover.drill.site import DrilledSite
from s3_failover.drill.states import DISTRIBUTION, SECONDARY, UNKNOWN, verdict
from s3_failover.drill.timeline import Lane
from s3_failover.local.clock import Clock
from s3_failover.local.deploy import regions
from s3_failover.local.drill import resolver
from s3_failover.local.drill.alarms import AlarmWatch
from s3_failover.local.handle import Emulator

CHECKS = ("primary", "distribution", "secondary")
"""The endpoint checks of a site. A calculated one has no status to ask for (Route 53 API, GetHealthCheckStatus)."""


@dataclass(frozen=True)
class _Check:
    """A deployed endpoint check and the lane of what its checkers saw last."""

    lane: Lane
    identifier: str


class Watch(AlarmWatch):
    """Watches one site until it is told to stop; every look becomes part of a lane.

    Args:
        drilled: the site.
        emulator: where it is deployed.
        dns_port: where the authoritative server answers.
        clock: embedded time.
    """

    def __init__(self, drilled: DrilledSite, emulator: Emulator, dns_port: int, clock: Clock) -> None:
        self._drilled = drilled
        self._dns_port = dns_port
        super().__init__(drilled.site, emulator, clock, regions=regions([drilled.site]))
        self.answer = Lane("DNS answer", "dns")
        self.checks = self._find_checks()

    @property
    def looks(self) -> list[Callable[[], None]]:
        """What is done again and again, each in a thread of its own."""
        return [self._look_at_dns, self._look_at_checks, *super().looks]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return [self.answer, *(check.lane for check in self.checks.values()), *super().lanes]

    def _find_checks(self) -> dict[str, _Check]:
        route53 = self.client("route53", EDGE_REGION)
        roles = {self._drilled.site.naming.health_check(role): role for role in CHECKS}
        found: dict[str, _Check] = {}
        for page in route53.get_paginator("list_health_checks").paginate():
            for check in page["HealthChecks"]:
                tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])
                name = {tag["Key"]: tag["Value"] for tag in tags["ResourceTagSet"]["Tags"]}.get("Name", "")
                if role := roles.get(name):
                    found[role] = _Check(Lane(f"{role}'s checkers", "check"), check["Id"])
        return {role: found[role] for role in CHECKS if role in found}

    def _look_at_dns(self) -> None:
        try:
            target = resolver.ask(self._drilled.site.hostname, self._dns_port, self._clock).target
        except OSError:
            target = ""
        state = DISTRIBUTION if target.endswith(".cloudfront.net") else SECONDARY if target else UNKNOWN
        self.answer.look(self._clock.now(), state)

    def _look_at_checks(self) -> None:
        for check in self.checks.values():
            check.lane.look(self._clock.now(), self._observed(check))

    def _observed(self, check: _Check) -> str:
        try:
            answer = self.client("route53", EDGE_REGION).get_health_check_status(HealthCheckId=check.identifier)
        except (BotoCoreError, ClientError):
            # The control plane is down: nobody can tell from outside, which is what the picture shall say.
            return UNKNOWN
        return verdict(answer["HealthCheckObservations"])
