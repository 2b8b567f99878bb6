"""The alarms on one replica that another account holds, in the replica's region and the site's account."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover_constructs import AlarmTopics
from stacks.replication_wiring import replication_alarms


class ReplicationAlarmsStack(Stack):
    """Defines who is told when a replica in another account falls behind.

    S3 publishes a rule's metrics to the account that has the rule, in the destination's region: there, and nowhere
    else, an alarm can see them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: alarms on the replica in {region}",
            termination_protection=True,
            **kwargs,
        )
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.hostname} {region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        replication_alarms(self, site, site.names(self.account), region, topics)
