"""Alarms on health checks and on the distribution."""

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover.names import alarms
from s3_failover_constructs.alarm_names import alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import optional_text, share
from s3_failover_constructs.failover_health_checks import FailoverHealthChecks
from s3_failover_constructs.places import at_the_edge


class EdgeAlarms(Construct):
    """Defines the alarms on what Route 53 and CloudFront publish; belongs in us-east-1, where alone they publish it.

    Critical: viewers are on the secondary; there is no healthy leg left. Warning: the primary, the distribution or the
    secondary is unhealthy; viewers get 5xx. A health check whose data stops keeps its last state.

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        health_checks: the site's checks.
        distribution: the site's distribution.
        notifications: what the alarms tell or do; nothing by default.
        cdn_5xx_percent: the share of viewer requests answered with 5xx that warns, in percent; 5 by default.

    Raises:
        ValueError: the stack's region is known and is not us-east-1: the alarms would never see data. The percentage is
            out of range.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str | None = None,
        health_checks: FailoverHealthChecks,
        distribution: cloudfront.IDistribution,
        notifications: Notifications | None = None,
        cdn_5xx_percent: float = 5,
    ) -> None:
        super().__init__(scope, construct_id)
        told = notified(notifications)
        optional_text("name", name)
        share("cdn_5xx_percent", cdn_5xx_percent)
        at_the_edge(self, "alarms on Route 53 and CloudFront metrics")
        self._name = name
        self.failover = self._unhealthy(
            "Failover", alarms.FAILOVER, health_checks.failover, "DNS has moved viewers to the secondary."
        )
        self.primary = self._unhealthy(
            "Primary", alarms.PRIMARY, health_checks.primary, "The primary bucket does not serve its health object."
        )
        self.secondary = self._unhealthy(
            "Secondary",
            alarms.SECONDARY,
            health_checks.secondary,
            "The secondary does not serve: there is nothing to fail over to.",
        )
        self.stranded = self._stranded()
        self.cdn_errors = self._cdn_errors(distribution, cdn_5xx_percent)
        told.alert(self.failover)
        told.alert(self.stranded)
        for warning in (self.primary, self.secondary, self.cdn_errors):
            told.warn(warning)
        # Where the distribution's check alone decides, the failover alarm already says it.
        if health_checks.failover is not health_checks.distribution:
            description = "The distribution does not serve the health object."
            told.warn(self._unhealthy("Distribution", alarms.DISTRIBUTION, health_checks.distribution, description))

    def _stranded(self) -> cloudwatch.CompositeAlarm:
        return cloudwatch.CompositeAlarm(
            self,
            "Stranded",
            composite_alarm_name=alarm_name(self._name, alarms.STRANDED),
            alarm_description="DNS has moved to a secondary that does not serve: viewers have nowhere to go.",
            alarm_rule=cloudwatch.AlarmRule.all_of(
                cloudwatch.AlarmRule.from_alarm(self.failover, cloudwatch.AlarmState.ALARM),
                cloudwatch.AlarmRule.from_alarm(self.secondary, cloudwatch.AlarmState.ALARM),
            ),
        )

    def _unhealthy(
        self, construct_id: str, kind: str, check: route53.IHealthCheck, description: str
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=alarm_name(self._name, kind),
            alarm_description=description,
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

    def _cdn_errors(self, distribution: cloudfront.IDistribution, percent: float) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "CdnErrors",
            alarm_name=alarm_name(self._name, alarms.CDN_ERRORS),
            alarm_description=f"More than {percent:g} % of viewer requests get a 5xx from the distribution.",
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
