"""Alarms on health checks and on the distribution."""

from collections.abc import Mapping
from typing import NamedTuple

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover.names import alarm_texts, alarms
from s3_failover.names.runbook import Runbook
from s3_failover.values import Misfit
from s3_failover_constructs.alarm_names import a_runbook, alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import (
    CERTIFICATE,
    DISTRIBUTION,
    fits,
    integer,
    may_implement,
    offers,
    optional_text,
    share,
    text,
)
from s3_failover_constructs.places import at_the_edge

_TEXTS = {
    "failover": alarm_texts.FAILOVER,
    "primary": alarm_texts.PRIMARY,
    "distribution": alarm_texts.DISTRIBUTION,
    "secondary": alarm_texts.SECONDARY,
    "stranded": alarm_texts.STRANDED,
    "cdn_errors": alarm_texts.CDN_ERRORS,
    "expiry": alarm_texts.CERTIFICATE,
    "capacity": alarm_texts.CAPACITY,
}
"""The alarms' texts, by the attributes of the construct."""


class EdgeAlarms(Construct):
    """Defines alarms on what Route 53 and CloudFront publish; belongs in us-east-1, where alone they publish it.

    Each alarm is made for what is given. Critical: viewers are on the secondary; there is no healthy leg left. Warning:
    the primary, the distribution or the secondary is unhealthy; viewers get 5xx; the certificate was not renewed; the
    secondary could not answer the requests that the distribution gets. A health check whose data stops keeps
    its last state. A check that decides by itself has the failover's alarm and no second one.

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        failover: the check that moves DNS.
        primary: the check on the primary.
        distribution_check: the check on the distribution.
        secondary: the check on the secondary.
        distribution: the distribution whose errors count.
        notifications: attaches the alarms' actions; none by default.
        certificate: the distribution's certificate, whose end warns.
        certificate_days: fewer days until the certificate's end warn; 30 by default. ACM renews its own from 45 days
            before (ACM User Guide, managed-renewal), and publishes the days for each (ACM User Guide,
            cloudwatch-metrics).
        secondary_requests_per_second: more requests to the distribution warn, as a failover sends them all to the
            secondary; by default there is no such alarm.
        cdn_5xx_percent: the share of viewer requests answered with 5xx that warns, in percent; 5 by default.
        descriptions: descriptions that replace the alarms' own, by the attributes below, as in
            `{"failover": "Read https://wiki.example.com/failover"}`.
        runbook: whose command and section the descriptions name; by default they name none.

    Attributes:
        failover: DNS has moved viewers to the secondary.
        primary: the primary is unhealthy.
        distribution: the distribution is unhealthy.
        secondary: the secondary is unhealthy.
        stranded: both failover and secondary are in alarm.
        cdn_errors: viewers get 5xx.
        expiry: the certificate ends soon.
        capacity: more requests come than the secondary could answer. Each is None where what it is on was not given.

    Raises:
        TypeError: a check is no health check.
        ValueError: the stack's region is known and is not us-east-1: the alarms would never see data. The percentage is
            out of range. Nothing is given to watch. A description is of no alarm. The name is too long for an
            alarm's.

    Leaves to you:
        the health checks; recipients: without `notifications` an alarm only changes its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        failover: route53.IHealthCheck | None = None,
        primary: route53.IHealthCheck | None = None,
        distribution_check: route53.IHealthCheck | None = None,
        secondary: route53.IHealthCheck | None = None,
        distribution: cloudfront.IDistribution | None = None,
        certificate: acm.ICertificate | None = None,
        certificate_days: int = 30,
        secondary_requests_per_second: int | None = None,
        notifications: Notifications | None = None,
        cdn_5xx_percent: float = 5,
        descriptions: Mapping[str, str] | None = None,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        may_implement("distribution", distribution, DISTRIBUTION)
        may_implement("certificate", certificate, CERTIFICATE)
        integer("certificate_days", certificate_days, 1, 44)
        if secondary_requests_per_second is not None:
            integer("secondary_requests_per_second", secondary_requests_per_second, 1, 10_000_000)
        attached = notified(notifications)
        optional_text("name", name)
        share("cdn_5xx_percent", cdn_5xx_percent)
        at_the_edge(self, "alarms on Route 53 and CloudFront metrics")
        checks = _Checks(failover, primary, distribution_check, secondary)
        checks.require()
        if not any((*checks, distribution)):
            fits("failover", [Misfit(None, "a health check, here or elsewhere, or a distribution", "give one")])
        self._name = name
        self._descriptions = _known(descriptions or {})
        self._runbook = a_runbook(runbook)
        self.failover = self._unhealthy("failover", alarms.FAILOVER, failover)
        self.primary = self._unhealthy("primary", alarms.PRIMARY, checks.apart(primary))
        self.secondary = self._unhealthy("secondary", alarms.SECONDARY, secondary)
        self.stranded = self._stranded(self.failover, self.secondary)
        self.cdn_errors = self._cdn_errors(distribution, cdn_5xx_percent)
        self.distribution = self._unhealthy("distribution", alarms.DISTRIBUTION, checks.apart(distribution_check))
        self.expiry = self._expiry(certificate, certificate_days)
        self.capacity = self._capacity(distribution, secondary_requests_per_second)
        for critical in (self.failover, self.stranded):
            if critical is not None:
                attached.alert(critical)
        edge = (self.cdn_errors, self.distribution, self.expiry, self.capacity)
        for warning in (self.primary, self.secondary, *edge):
            if warning is not None:
                attached.warn(warning)

    def _stranded(
        self, failover: cloudwatch.Alarm | None, secondary: cloudwatch.Alarm | None
    ) -> cloudwatch.CompositeAlarm | None:
        if failover is None or secondary is None:
            return None
        return cloudwatch.CompositeAlarm(
            self,
            "Stranded",
            composite_alarm_name=alarm_name(self._name, alarms.STRANDED),
            alarm_description=self._description("stranded"),
            alarm_rule=cloudwatch.AlarmRule.all_of(
                cloudwatch.AlarmRule.from_alarm(failover, cloudwatch.AlarmState.ALARM),
                cloudwatch.AlarmRule.from_alarm(secondary, cloudwatch.AlarmState.ALARM),
            ),
        )

    def _unhealthy(self, what: str, kind: str, check: route53.IHealthCheck | None) -> cloudwatch.Alarm | None:
        if check is None:
            return None
        return cloudwatch.Alarm(
            self,
            what.capitalize(),
            alarm_name=alarm_name(self._name, kind),
            alarm_description=self._description(what),
            metric=cloudwatch.Metric(
                namespace="AWS/Route53",
                metric_name="HealthCheckStatus",
                dimensions_map={"HealthCheckId": check.health_check_id},
                statistic=cloudwatch.Stats.MINIMUM,
                period=Duration.minutes(1),
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )

    def _description(self, what: str, **values: str) -> str:
        return _TEXTS[what].said(self._runbook, means=self._descriptions.get(what), **values)

    def _cdn_errors(self, distribution: cloudfront.IDistribution | None, percent: float) -> cloudwatch.Alarm | None:
        if distribution is None:
            return None
        return cloudwatch.Alarm(
            self,
            "CdnErrors",
            alarm_name=alarm_name(self._name, alarms.CDN_ERRORS),
            alarm_description=self._description("cdn_errors", percent=f"{percent:g}"),
            metric=cloudwatch.Metric(
                namespace="AWS/CloudFront",
                metric_name="5xxErrorRate",
                dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
                statistic=cloudwatch.Stats.AVERAGE,
                period=Duration.minutes(1),
            ),
            threshold=percent,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            # Without viewers there is no data, and no viewer gets an error.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _expiry(self, certificate: acm.ICertificate | None, days: int) -> cloudwatch.Alarm | None:
        if certificate is None:
            return None
        return cloudwatch.Alarm(
            self,
            "Expiry",
            alarm_name=alarm_name(self._name, alarms.CERTIFICATE),
            alarm_description=self._description("expiry", days=str(days)),
            metric=certificate.metric_days_to_expiry(),
            threshold=days,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=1,
            # ACM publishes twice a day, and nothing for a certificate that has ended.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )

    def _capacity(self, distribution: cloudfront.IDistribution | None, requests: int | None) -> cloudwatch.Alarm | None:
        if distribution is None or requests is None:
            return None
        minute = Duration.minutes(1)
        return cloudwatch.Alarm(
            self,
            "Capacity",
            alarm_name=alarm_name(self._name, alarms.CAPACITY),
            alarm_description=self._description("capacity", requests=f"{requests:,}"),
            metric=cloudwatch.Metric(
                namespace="AWS/CloudFront",
                metric_name="Requests",
                dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
                statistic=cloudwatch.Stats.SUM,
                period=minute,
            ),
            threshold=requests * minute.to_seconds(),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _known(descriptions: Mapping[str, str]) -> dict[str, str]:
    """Return descriptions unchanged; refuse one of an alarm that does not exist."""
    for what in descriptions:
        if what not in _TEXTS:
            fits("descriptions", [Misfit(what, f"some of {', '.join(_TEXTS)}", "name an attribute")])
        text(f"descriptions[{what!r}]", descriptions[what])
    return dict(descriptions)


class _Checks(NamedTuple):
    """The health checks that were given."""

    failover: route53.IHealthCheck | None
    primary: route53.IHealthCheck | None
    distribution_check: route53.IHealthCheck | None
    secondary: route53.IHealthCheck | None

    def require(self) -> None:
        """Refuse an argument that is no health check."""
        for argument, check in self._asdict().items():
            if check is not None:
                remedy = "pass one, or HealthCheck.from_health_check_id(...)"
                offers(argument, check, ("health_check_id",), "a health check", remedy)

    def apart(self, check: route53.IHealthCheck | None) -> route53.IHealthCheck | None:
        """Return a check, or None where it is the one that moves DNS."""
        decides = check and self.failover and check.health_check_id == self.failover.health_check_id
        return None if decides else check
