"""The alarms on the clients' gauges, in a region that is not the primary, and what the clients' hosts may do."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Clients, Names, Site
from s3_failover_constructs import AlarmTopics, ClientAlarms, ClientPolicy


class ClientAlarmsStack(Stack):
    """Defines where the clients' hosts publish their gauges, who is told, and the policy that the hosts need."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, clients: Clients, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: client alarms in {site.client_alarm_region}",
            **kwargs,
        )
        self._alarms(site, clients)
        names = site.names(self.account)
        policy = ClientPolicy(
            self,
            "Policy",
            buckets=self._buckets(site, names),
            metrics_region=site.client_alarm_region,
            key_alias=site.key_alias,
        )
        CfnOutput(self, "PolicyArn", value=policy.policy_arn, description="Attach it to the role of the clients' hosts")
        CfnOutput(self, "Service", value=site.client_service, description="What the hosts publish as their service")

    def _alarms(self, site: Site, clients: Clients) -> None:
        ClientAlarms(
            self,
            "Alarms",
            name=site.naming.label,
            service=site.client_service,
            regions=(site.primary_region, *site.replica_regions),
            topics=AlarmTopics(
                self,
                "Topics",
                title=site.naming.title("clients"),
                warning_emails=site.alarms.warning_emails,
                critical_emails=site.alarms.critical_emails,
            ),
            failing_hosts=clients.warning_threshold,
            absent=Duration.minutes(clients.absent_minutes),
        )

    def _buckets(self, site: Site, names: Names) -> list[s3.IBucket]:
        return [
            s3.Bucket.from_bucket_attributes(
                self,
                f"Copy-{region}",
                bucket_name=names.copy(region),
                region=region,
                account=site.replica_account if region in site.replica_regions else None,
            )
            for region in (site.primary_region, *site.replica_regions)
        ]
