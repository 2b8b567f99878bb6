"""The alarms on replication in one region."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover_stacks.outputs import alarm_topics
from s3_failover_stacks.replication_wiring import replication_alarms


class AlarmsStack(Stack):
    """Defines the replication alarms of one region and their topics.

    S3 publishes how late a rule is in the destination's region and what failed in the source's, both to the account
    that has the rule (S3 User Guide, repl-metrics). The alarms are apart from the buckets, so that their names are
    taken once whichever buckets a region has.

    Attributes:
        topics: where the alarms go.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(
            scope, construct_id, description=f"{site.hostname}: alarms on replication in {region}", **kwargs
        )
        self.topics = alarm_topics(self, site, region)
        replication_alarms(self, site, site.names(self.account), region, self.topics)
