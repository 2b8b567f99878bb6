"""Alarms on the gauges that clients publish."""

from collections.abc import Sequence

from aws_cdk import Duration, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from s3_failover import values
from s3_failover.names import alarm_texts, alarms, metrics
from s3_failover.names.runbook import Runbook
from s3_failover.values import Misfit
from s3_failover_constructs.alarm_names import a_runbook, alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import duration, fits, integer, optional_text, text, texts
from s3_failover_constructs.places import away_from

CLIENT_NAMESPACE = metrics.NAMESPACE
"""The default CloudWatch namespace of the clients' metrics."""

LONGEST_ABSENCE = 1440
"""Minutes that an alarm on periods of a minute can look back: a day (CloudWatch User Guide, alarm-evaluation)."""


class ClientAlarms(Construct):
    """Defines the alarms on clients' gauges; belongs in a region whose loss they need not tell: not the primary.

    Each host publishes one datapoint per metric and clock minute, without its own name as a dimension. So the Sum of
    `RegionFailing` is the number of hosts that cannot read from a region, and the SampleCount of `AllRegionsFailing`
    the number of hosts that report: plain metric alarms on few metrics, however many hosts come and go.

    Warning: for a region, `failing_hosts` hosts fail in 2 of 3 minutes, or one host finds it misconfigured for 3
    minutes; a request failed because its host could not ask, or because every region refused; no host reports.
    Critical: any one host fails for all regions; any request got nothing from any region, or not in time. Those are two
    alarms, because one is a state that hosts repeat every minute and the other an event that can be over before the
    next minute, and an alarm on both would need metric math. Missing data counts as good, so that hosts that vanish
    take their failures with them; that no host reports has the alarm of its own.

    For R regions these are 2R + 5 alarms a month, on 2R + 4 of the 6R + 5 custom metrics that clients publish.

    Attributes:
        failing: by region: too many hosts cannot read from it.
        misconfigured: by region: a host finds it misconfigured.
        all_failing: a host cannot read from any region.
        exhausted: a request got nothing from any region.
        local_faults: a request failed because its host could not ask.
        refused: a request failed because every region refused.
        absent: no host reports.

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        service: the dimension `Service` under which the hosts publish.
        regions: the regions that the hosts read from, the dimension `Region`; at least one, each once.
        primary_region: the primary's region, which must be another one than the stack's; not looked at by default.
        notifications: what the alarms tell or do; nothing by default.
        failing_hosts: how many hosts must fail for a region to warn; 3 by default. A fleet of fewer can never have
            as many: pass its size.
        absent: for how long every host may be silent, in whole minutes, at most a day; 10 minutes by default.
        namespace: the metrics' namespace; `S3Failover` by default.
        runbook: whose command and section the descriptions name; by default they name none.

    Raises:
        ValueError: no region, one twice, or one that is not known at synthesis; the stack is in the primary's;
            `failing_hosts` or `absent` is out of range; the name is too long for an alarm's.

    Leaves to you:
        the gauges, which the client of each host publishes; recipients: without `notifications` an alarm only changes
        its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        service: str,
        regions: Sequence[str],
        primary_region: str | None = None,
        notifications: Notifications | None = None,
        failing_hosts: int = 3,
        absent: Duration | None = None,
        namespace: str = CLIENT_NAMESPACE,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        told = notified(notifications)
        optional_text("name", name)
        text("service", service, values.dimension)
        text("namespace", namespace)
        texts("regions", regions, counted=True)
        optional_text("primary_region", primary_region)
        away_from(self, "primary_region", primary_region, "these alarms would be lost with the primary")
        integer("failing_hosts", failing_hosts, 1)
        duration("absent", absent, "seconds")
        _require_regions(regions)
        self._name = name
        self._runbook = a_runbook(runbook)
        self._namespace = namespace
        self._service = service
        self.failing = {region: self._failing(region, failing_hosts) for region in regions}
        self.misconfigured = {region: self._misconfigured(region) for region in regions}
        self.all_failing = self._all_failing()
        self.exhausted = self._exhausted()
        self.local_faults = self._local_faults()
        self.refused = self._refused()
        self.absent = self._absent(absent or Duration.minutes(10))
        requests = (self.local_faults, self.refused)
        for warning in (*self.failing.values(), *self.misconfigured.values(), *requests, self.absent):
            told.warn(warning)
        told.alert(self.all_failing)
        told.alert(self.exhausted)

    def _failing(self, region: str, hosts: int) -> cloudwatch.Alarm:
        many = "1 host or more" if hosts == 1 else f"{hosts} hosts or more"
        return self._alarm(
            f"Failing-{region}",
            alarms.of_region(alarms.REGION_FAILING, region),
            alarm_texts.REGION_FAILING.said(self._runbook, hosts=many, region=region),
            self._metric(metrics.REGION_FAILING, cloudwatch.Stats.SUM, region),
            threshold=hosts,
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )

    def _misconfigured(self, region: str) -> cloudwatch.Alarm:
        return self._alarm(
            f"Misconfigured-{region}",
            alarms.of_region(alarms.REGION_MISCONFIGURED, region),
            alarm_texts.REGION_MISCONFIGURED.said(self._runbook, region=region),
            self._metric(metrics.REGION_MISCONFIGURED, cloudwatch.Stats.MAXIMUM, region),
            evaluation_periods=3,
        )

    def _all_failing(self) -> cloudwatch.Alarm:
        return self._alarm(
            "AllFailing",
            alarms.ALL_REGIONS_FAILING,
            alarm_texts.ALL_REGIONS_FAILING.said(self._runbook),
            self._metric(metrics.ALL_REGIONS_FAILING, cloudwatch.Stats.MAXIMUM),
        )

    def _exhausted(self) -> cloudwatch.Alarm:
        return self._alarm(
            "Exhausted",
            alarms.EXHAUSTED,
            alarm_texts.EXHAUSTED.said(self._runbook),
            self._metric(metrics.EXHAUSTED, cloudwatch.Stats.SUM),
        )

    def _local_faults(self) -> cloudwatch.Alarm:
        return self._alarm(
            "LocalFaults",
            alarms.LOCAL_FAULTS,
            alarm_texts.LOCAL_FAULTS.said(self._runbook),
            self._metric(metrics.LOCAL_FAULTS, cloudwatch.Stats.SUM),
        )

    def _refused(self) -> cloudwatch.Alarm:
        return self._alarm(
            "Refused",
            alarms.REFUSED,
            alarm_texts.REFUSED.said(self._runbook),
            self._metric(metrics.REFUSED, cloudwatch.Stats.SUM),
        )

    def _absent(self, absent: Duration) -> cloudwatch.Alarm:
        return self._alarm(
            "Absent",
            alarms.METRICS_ABSENT,
            alarm_texts.METRICS_ABSENT.said(self._runbook, service=self._service, absent=absent.to_human_string()),
            self._metric(metrics.ALL_REGIONS_FAILING, cloudwatch.Stats.SAMPLE_COUNT),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=_whole_minutes(absent),
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    def _alarm(
        self,
        construct_id: str,
        kind: str,
        description: str,
        metric: cloudwatch.Metric,
        *,
        threshold: int = 1,
        comparison_operator: cloudwatch.ComparisonOperator = (
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        ),
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        treat_missing_data: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=alarm_name(self._name, kind),
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison_operator,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm,
            treat_missing_data=treat_missing_data,
        )

    def _metric(self, name: str, statistic: str, region: str | None = None) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"Service": self._service} | ({"Region": region} if region else {}),
            statistic=statistic,
            period=Duration.minutes(1),
        )


def _require_regions(regions: Sequence[str]) -> None:
    if not regions:
        fits("regions", [Misfit(regions, "at least one", "name the regions that the hosts read from")])
    if any(Token.is_unresolved(region) for region in regions):
        expected = "names that are known at synthesis"
        raise ValueError(f"regions: got a token, expected {expected}; alarms are named after them: write them out")
    fits("regions", values.each_once(regions))


def _whole_minutes(absent: Duration) -> int:
    seconds = absent.to_seconds()
    if seconds % 60 or not 60 <= seconds <= LONGEST_ABSENCE * 60:
        expected = f"whole minutes from 1 to {LONGEST_ABSENCE}"
        raise ValueError(f"absent: got {absent.to_human_string()}, expected {expected}; choose one in the range")
    return int(seconds // 60)
