"""The dashboards of a site: its own, and the one over all sites that it carries."""

from collections.abc import Iterable, Iterator
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from s3_failover.config import Site
from s3_failover.config import alarms as expected
from s3_failover.names import alarms as kinds
from s3_failover_constructs.alarm_dashboard import AlarmDashboard, DashboardAlarm
from s3_failover_stacks import metrics

_QUESTIONS = {
    "Are viewers served?": (
        *(kinds.STRANDED, kinds.CDN_ERRORS, kinds.DISTRIBUTION, kinds.CERTIFICATE),
        *(kinds.MONITOR_FAILING, kinds.MONITOR_SILENT),
    ),
    "Where does DNS lead?": (kinds.FAILOVER, kinds.PRIMARY, kinds.SECONDARY, kinds.CAPACITY),
    "Is the copy whole?": (
        kinds.REPLICATION_LATENCY,
        kinds.REPLICATION_PENDING,
        kinds.REPLICATION_FAILED,
        kinds.REPLICATION_DEAD_LETTERS,
    ),
    "What do clients see?": (kinds.CLIENTS,),
}
"""What a person on call asks, and how the kinds of the alarms begin that answer it."""

_UNSORTED = "What else is wrong?"
"""The group of alarms that no question names."""


class DashboardStack(Stack):
    """Defines the dashboards of a site, in the first replica's region: see `AlarmDashboard` for why there.

    Attributes:
        own: the site's own dashboard; None without one.
        shared: the dashboard over the sites of its file and account, which the first of them carries; None elsewhere.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, site: Site, stacks: Iterable[Stack], **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: dashboards", **kwargs)
        alarms = metrics.alarms(site.naming, stacks)
        self.own = self._own(site, alarms) if site.dashboard else None
        self.shared = self._shared(site) if site.on_dashboard else None

    def _own(self, site: Site, alarms: dict[str, cloudwatch.AlarmBase]) -> AlarmDashboard:
        groups: dict[str, list[DashboardAlarm]] = {question: [] for question in (*_QUESTIONS, _UNSORTED)}
        for kind, alarm in alarms.items():
            groups[_question(kind)].append(_shown(site, kind, alarm))
        replicas = ", ".join(site.replica_regions)
        return AlarmDashboard(
            self,
            "Own",
            name=site.naming.dashboard(self.region),
            heading=f"# {site.hostname}\n{site.mode.value} mode, primary in {site.primary_region}, replicas in "
            f"{replicas}. `s3-failover status` says more. {self._origin}",
            groups=groups,
        )

    def _shared(self, site: Site) -> AlarmDashboard:
        return AlarmDashboard(
            self,
            "Shared",
            name=site.naming.dashboard(self.region, shared=True),
            heading=f"# All sites\n`s3-failover status --all` says more. {self._origin}",
            groups={f"{each.name}: {each.hostname}": list(_states(each)) for each in site.on_dashboard},
        )

    @property
    def _origin(self) -> str:
        return f"The stack {self.stack_name} in {self.region} defines this dashboard: deployments undo other changes."


def _question(kind: str) -> str:
    found = (question for question, beginnings in _QUESTIONS.items() if kind.startswith(beginnings))
    return next(found, _UNSORTED)


def _shown(site: Site, kind: str, alarm: cloudwatch.AlarmBase) -> DashboardAlarm:
    is_composite = isinstance(alarm, cloudwatch.CompositeAlarm)
    return DashboardAlarm(site.naming.alarm(kind), Stack.of(alarm).region, kind, graph=not is_composite)


def _states(site: Site) -> Iterator[DashboardAlarm]:
    """Return the alarms of a site that is defined elsewhere: their states alone, as many sites have many alarms."""
    for role, region in site.own_stacks:
        for kind in expected.kinds(site, role, region):
            yield DashboardAlarm(site.naming.alarm(kind), region, kind, graph=False)
