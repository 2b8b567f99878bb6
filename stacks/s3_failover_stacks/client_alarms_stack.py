"""The alarms on the clients' gauges, in a region that is not the primary, and what the clients' hosts may do."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Clients, Names, Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import ClientAlarms, ClientPolicy
from s3_failover_stacks.notifications import SiteNotifications, notifications
from s3_failover_stacks.outputs import output


class ClientAlarmsStack(Stack):
    """Defines the alarms on the gauges of the clients' hosts, what they do, and the policy that the hosts need.

    Attributes:
        notifications: what the alarms do; by default they tell topics of the stack.
        client_policy: what the hosts' roles need.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        clients: Clients,
        notify: SiteNotifications | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: client alarms in {site.client_alarm_region}",
            **kwargs,
        )
        self.notifications = notifications(self, site, "clients", notify)
        self._alarms(site, clients)
        names = site.names(self.account)
        self.client_policy = ClientPolicy(
            self,
            "Policy",
            buckets=self._buckets(site, names),
            metrics_region=site.client_alarm_region,
            key_alias=site.key_alias,
        )
        output(
            self,
            Output.POLICY_ARN,
            self.client_policy.managed_policy_arn,
            "Attach it to the role of the clients' hosts",
        )
        output(self, Output.SERVICE, site.client_service, "What the hosts publish as their service")

    def _alarms(self, site: Site, clients: Clients) -> None:
        ClientAlarms(
            self,
            "Alarms",
            name=site.naming.label,
            service=site.client_service,
            regions=(site.primary_region, *site.replica_regions),
            primary_region=site.primary_region,
            notifications=self.notifications,
            failing_hosts=clients.warning_threshold,
            absent=Duration.minutes(clients.absent_minutes),
            runbook=site.runbook,
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
