"""A monitor outside us-east-1 and the primary's region, which alerts when the alarms there cannot."""

import json
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names import alarm_texts, alarms
from s3_failover.names.keys import HEALTH_KEY
from s3_failover.names.runbook import Runbook
from s3_failover_constructs.alarm_names import a_runbook, alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import a_bucket, optional_text, text, texts
from s3_failover_constructs.places import away_from, region_known

_HANDLER = Path(__file__).parent / "handler" / "index.py"

SILENT_MINUTES = 5
"""How long the monitor may not run before it warns."""


class OutsideMonitor(Construct):
    """Defines a function that asks a site every minute, and alarms where an answer stays away.

    Route 53 publishes metrics to us-east-1 alone (Route 53 Developer Guide, monitoring-cloudwatch): alarms on health
    checks are lost with that region. The monitor belongs in a region that is neither us-east-1 nor the primary's. It
    takes no part in failover. Its alarms watch what Lambda itself publishes about the function (Lambda Developer Guide,
    monitoring-metrics), so that there is no metric to pay for, and no permission to publish.

    Critical: an address or the primary's health object did not answer, twice in a row within the minute. Warning: the
    function has not run for five minutes. That alarm is on, too, from its creation until the first minute has run.

    Attributes:
        function: what asks.
        failing: an answer stays away.
        silent: the monitor does not run.

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        addresses: what must answer with 200, as in `https://assets.example.com/_s3-failover/health.txt`, after
            redirects; at least one.
        primary: the primary bucket, imported with its region, whose health object the function reads with its role.
        key: the key of the health object; `_s3-failover/health.txt` by default.
        notifications: what the alarms tell or do; nothing by default.
        runbook: whose command and section the descriptions name; by default they name none.

    Raises:
        ValueError: no address, or one that is no URL; the stack is in the primary's region.

    Leaves to you:
        firewalls and country lists, which must let the function through; recipients: without `notifications` an alarm
        only changes its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        addresses: Sequence[str],
        primary: s3.IBucket,
        key: str = HEALTH_KEY,
        notifications: Notifications | None = None,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        optional_text("name", name)
        texts("addresses", addresses, values.addresses, counted=True)
        a_bucket("primary", primary)
        text("key", key, values.health_key)
        told = notified(notifications)
        a_runbook(runbook)
        region_known(self, "primary", primary)
        away_from(self, "primary", primary.env.region, "a monitor that is lost with the bucket does not alert")
        self.function = self._function(addresses, primary, key)
        rule = events.Rule(
            self,
            "EveryMinute",
            description="Has the monitor ask the site",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[targets.LambdaFunction(self.function)],
        )
        minute = Duration.minutes(1)
        self.failing = cloudwatch.Alarm(
            self,
            "Failing",
            alarm_name=alarm_name(name, alarms.MONITOR_FAILING),
            alarm_description=alarm_texts.MONITOR_FAILING.said(runbook),
            metric=self.function.metric_errors(period=minute, statistic=cloudwatch.Stats.SUM),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        self.silent = cloudwatch.Alarm(
            self,
            "Silent",
            alarm_name=alarm_name(name, alarms.MONITOR_SILENT),
            alarm_description=alarm_texts.MONITOR_SILENT.said(runbook, minutes=str(SILENT_MINUTES)),
            metric=self.function.metric_invocations(period=minute, statistic=cloudwatch.Stats.SUM),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=SILENT_MINUTES,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        self.silent.node.add_dependency(rule)
        told.alert(self.failing)
        told.warn(self.silent)

    def _function(self, addresses: Sequence[str], primary: s3.IBucket, key: str) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Monitor: reads the health object of the primary bucket",
        )
        permissions = iam.CfnPolicy(
            self,
            "Permissions",
            policy_name="read-health-object",
            roles=[role.role_name],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": primary.arn_for_objects(key)},
                    {
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": log_group.log_group_arn,
                    },
                ],
            },
        )
        function = lambda_.Function(
            self,
            "Function",
            description="Asks the site as its viewers do, every minute",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=Duration.seconds(40),
            handler="index.handler",
            code=lambda_.Code.from_inline(_HANDLER.read_text(encoding="utf-8")),
            environment={
                "URLS": json.dumps(list(addresses)),
                "OBJECTS": json.dumps([{"Bucket": primary.bucket_name, "Key": key, "Region": primary.env.region}]),
            },
            role=role,
            log_group=log_group,
        )
        function.node.add_dependency(permissions)
        return function
