"""A CloudWatch dashboard of alarms in any region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from s3_failover_constructs.arguments import flag, optional_text, text

MOST_GRAPHS = 400
"""A dashboard has up to 500 widgets (CloudWatch User Guide, cloudwatch_limits)."""

_MOST_IN_ONE = 100
"""Alarms of one status widget (CloudWatch API, Dashboard Body Structure and Syntax)."""

_COLUMNS = 24
_ALARMS_IN_A_ROW = 4


@dataclass(frozen=True)
class DashboardAlarm:
    """An alarm as a dashboard shows it: by its name, so it may be in any stack and region of the account.

    Attributes:
        name: the alarm's name.
        region: where the alarm and its metric are.
        title: the title of its graph.
        graph: whether to draw its metric with the threshold; a composite alarm has no metric.

    Raises:
        TypeError: one is of another type.
        ValueError: one is empty.
    """

    name: str
    region: str
    title: str
    graph: bool = True

    def __post_init__(self) -> None:
        """Check the arguments."""
        for argument in ("name", "region", "title"):
            text(argument, getattr(self, argument))
        flag("graph", self.graph)


class AlarmDashboard(Construct):
    """Defines a dashboard of alarms, in groups: the state of each one, and its metric with the threshold.

    "All dashboards in your account are global, not region-specific" (CloudFormation, AWS::CloudWatch::Dashboard): the
    console shows this one in every region, and each graph names the region of its alarm. CloudFormation still deploys
    it in one region: choose a stack that is neither in us-east-1 nor in the primary's region, so that it can be changed
    while one of them is lost. AWS does not say which region keeps a dashboard; the graphs of a region whose CloudWatch
    does not answer stay empty.

    An account has three dashboards of up to 50 metrics for free; each other one is $3 a month (CloudWatch pricing).

    Args:
        name: the dashboard's name: letters, digits, hyphens and underscores; by default it is generated.
        heading: what stands at the top, in Markdown.
        groups: the alarms by what they answer, as in `{"Are viewers served?": [...]}`; a group without any is left out.
            The first 400 alarms get a graph, because a dashboard has up to 500 widgets.

    Attributes:
        dashboard: the dashboard; widgets can be added to it.

    Leaves to you:
        the alarms, which may be made later: the dashboard knows them by their names.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        heading: str,
        groups: Mapping[str, Sequence[DashboardAlarm]],
    ) -> None:
        super().__init__(scope, id)
        optional_text("name", name)
        text("heading", heading)
        self._graphs_left = MOST_GRAPHS
        self._known: dict[tuple[str, str], cloudwatch.IAlarm] = {}
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name)
        self.dashboard.add_widgets(cloudwatch.TextWidget(markdown=heading, width=_COLUMNS, height=3))
        for question, alarms in groups.items():
            if alarms:
                self._add_group(question, alarms)

    def _add_group(self, question: str, alarms: Sequence[DashboardAlarm]) -> None:
        for begin in range(0, len(alarms), _MOST_IN_ONE):
            self._add_states(question, alarms[begin : begin + _MOST_IN_ONE])
        drawn = [each for each in alarms if each.graph][: self._graphs_left]
        self._graphs_left -= len(drawn)
        if drawn:
            self.dashboard.add_widgets(*map(self._graph, drawn))

    def _add_states(self, title: str, alarms: Sequence[DashboardAlarm]) -> None:
        rows = -(-len(alarms) // _ALARMS_IN_A_ROW)
        self.dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title=title,
                alarms=list(map(self._alarm, alarms)),
                sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
                width=_COLUMNS,
                height=1 + rows,
            )
        )

    def _graph(self, shown: DashboardAlarm) -> cloudwatch.AlarmWidget:
        return cloudwatch.AlarmWidget(
            title=f"{shown.title} ({shown.region})", alarm=self._alarm(shown), region=shown.region, width=8, height=5
        )

    def _alarm(self, shown: DashboardAlarm) -> cloudwatch.IAlarm:
        key = (shown.region, shown.name)
        if key not in self._known:
            stack = Stack.of(self)
            arn = f"arn:{stack.partition}:cloudwatch:{shown.region}:{stack.account}:alarm:{shown.name}"
            self._known[key] = cloudwatch.Alarm.from_alarm_arn(self, f"Alarm-{shown.region}-{len(self._known)}", arn)
        return self._known[key]
