"""The alarms on replication in one region."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site
from s3_failover_constructs import OutsideMonitor
from s3_failover_stacks.notifications import SiteNotifications, notifications
from s3_failover_stacks.replication_wiring import replication_alarms


class AlarmsStack(Stack):
    """Defines the replication alarms of one region and what they do.

    S3 publishes how late a rule is in the destination's region and what failed in the source's, both to the account
    that has the rule (S3 User Guide, repl-metrics). The alarms are apart from the buckets, so that their names are
    taken once whichever buckets a region has.

    Attributes:
        notifications: what the alarms do; by default they tell topics of the stack.
        monitor: the second monitor, where the site has it here.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        region: str,
        notify: SiteNotifications | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            scope, construct_id, description=f"{site.hostname}: alarms on replication in {region}", **kwargs
        )
        self.notifications = notifications(self, site, region, notify)
        names = site.names(self.account)
        replication_alarms(self, site, names, region, self.notifications)
        self.monitor = self._monitor(site, names) if region == site.monitor_region else None

    def _monitor(self, site: Site, names: Names) -> OutsideMonitor:
        primary = s3.Bucket.from_bucket_attributes(
            self, "Primary", bucket_name=names.primary, region=site.primary_region
        )
        return OutsideMonitor(
            self,
            "Monitor",
            name=site.naming.label,
            addresses=site.health_addresses,
            primary=primary,
            key=site.health_key,
            notifications=self.notifications,
            runbook=site.runbook,
        )
