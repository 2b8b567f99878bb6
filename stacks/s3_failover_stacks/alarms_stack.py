"""The alarms on replication in one region."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover_stacks.notifications import SiteNotifications, notifications
from s3_failover_stacks.replication_wiring import replication_alarms


class AlarmsStack(Stack):
    """Defines the replication alarms of one region and what they do.

    S3 publishes how late a rule is in the destination's region and what failed in the source's, both to the account
    that has the rule (S3 User Guide, repl-metrics). The alarms are apart from the buckets, so that their names are
    taken once whichever buckets a region has.

    Attributes:
        notifications: what the alarms do; by default they tell topics of the stack.
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
        replication_alarms(self, site, site.names(self.account), region, self.notifications)
