"""Failover between two distributions that a team has already, with alarms to its topic and to its pager.

The main one is in front of a load balancer, the standby in front of a bucket. Neither was made with this library.
"""

from __future__ import annotations

from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from s3_failover_constructs import AlarmActions, EdgeAlarms, Endpoint, FailoverHealthChecks, FailoverRecords

ACCOUNT, EDGE = "111111111111", "us-east-1"
OPS = f"arn:aws:sns:{EDGE}:{ACCOUNT}:ops"
PAGER = f"arn:aws:lambda:{EDGE}:{ACCOUNT}:function:pager"


class Failover(Stack):
    """Failover records, health checks and alarms, in us-east-1, where Route 53 and CloudFront publish their metrics."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=EDGE))
        main = self._distribution("Main", "E1MAIN", "d111111abcdef8.cloudfront.net")
        standby = self._distribution("Standby", "E2STANDBY", "d222222abcdef8.cloudfront.net")
        checks = FailoverHealthChecks(
            self,
            "Checks",
            primary=Endpoint(main.distribution_domain_name, path="/healthz"),
            secondary=Endpoint(standby.distribution_domain_name, path="/index.html"),
            request_interval=Duration.seconds(10),
        )
        FailoverRecords(
            self,
            "Records",
            zone=route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
            ),
            record_name="www.example.com",
            primary=main,
            secondary=standby,
            health_check=checks.failover,
        )
        notifications = self._notifications()
        EdgeAlarms(
            self,
            "Alarms",
            failover=checks.failover,
            secondary=checks.secondary,
            distribution=main,
            notifications=notifications,
        )
        EdgeAlarms(self, "StandbyAlarms", distribution=standby, cdn_5xx_percent=1, notifications=notifications)

    def _distribution(self, construct_id: str, distribution_id: str, domain_name: str) -> cloudfront.IDistribution:
        return cloudfront.Distribution.from_distribution_attributes(
            self, construct_id, distribution_id=distribution_id, domain_name=domain_name
        )

    def _notifications(self) -> AlarmActions:
        """Return the alarms' actions: all notify the team's channel; critical ones also call the pager."""
        ops = sns.Topic.from_topic_arn(self, "Ops", OPS)
        pager = lambda_.Function.from_function_attributes(self, "Pager", function_arn=PAGER, same_environment=True)
        return AlarmActions(warning=[ops], critical=[ops, pager])


def define(app: App) -> None:
    """Define the stack."""
    Failover(app, "Failover")


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
