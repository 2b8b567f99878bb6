"""AWS CDK constructs for a site on S3 that survives the loss of an AWS region.

Every construct takes constructs and interfaces (`IBucket`, `IDistribution`, `IHostedZone`), keyword-only, and knows
nothing of configuration files. They belong together but work alone: use `FailoverRecords` with a distribution of your
own, or `Replication` with any bucket.
"""

from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.alarm_topics import AlarmTopics
from s3_failover_constructs.client_alarms import CLIENT_NAMESPACE, ClientAlarms
from s3_failover_constructs.client_policy import ClientPolicy
from s3_failover_constructs.content_bucket import ContentBucket
from s3_failover_constructs.distribution_access import admit_distributions
from s3_failover_constructs.distribution_logs import DistributionLogs
from s3_failover_constructs.edge_alarms import EdgeAlarms
from s3_failover_constructs.failover_distribution import FailoverDistribution, ViewerHttps
from s3_failover_constructs.failover_health_checks import FailoverHealthChecks, FailoverWhen
from s3_failover_constructs.failover_records import FailoverRecords
from s3_failover_constructs.health_object import HealthObject
from s3_failover_constructs.https_endpoint import HttpsEndpoint
from s3_failover_constructs.primary_bucket import PrimaryBucket
from s3_failover_constructs.replica_bucket import ReplicaBucket
from s3_failover_constructs.replication import Replication, ReplicationDestination
from s3_failover_constructs.replication_alarms import ReplicationFailureAlarm, ReplicationLagAlarms
from s3_failover_constructs.website_replica_bucket import WebsiteReplicaBucket, website_endpoint

__all__ = [
    "CLIENT_NAMESPACE",
    "AccessLogBucket",
    "AlarmTopics",
    "ClientAlarms",
    "ClientPolicy",
    "ContentBucket",
    "DistributionLogs",
    "EdgeAlarms",
    "FailoverDistribution",
    "FailoverHealthChecks",
    "FailoverRecords",
    "FailoverWhen",
    "HealthObject",
    "HttpsEndpoint",
    "PrimaryBucket",
    "ReplicaBucket",
    "Replication",
    "ReplicationDestination",
    "ReplicationFailureAlarm",
    "ReplicationLagAlarms",
    "ViewerHttps",
    "WebsiteReplicaBucket",
    "admit_distributions",
    "website_endpoint",
]
