"""AWS CDK constructs for a site on S3 that survives the loss of an AWS region.

Every construct takes constructs and interfaces (`IBucket`, `IDistribution`, `IHostedZone`), keyword-only, and knows
nothing of configuration files. They belong together but work alone: use `FailoverRecords` with a distribution of your
own, or `Replication` with any bucket.
"""

from s3_failover.names.keys import HEALTH_KEY
from s3_failover.names.runbook import Runbook
from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.alarm_dashboard import AlarmDashboard, DashboardAlarm
from s3_failover_constructs.alarm_notifications import AlarmActions, AlarmRecipient, Notifications
from s3_failover_constructs.alarm_topics import AlarmTopics
from s3_failover_constructs.bucket_access import (
    KeptObjects,
    admit_account,
    admit_distributions,
    admit_health_checkers,
    admit_replication,
    keep_objects,
    open_website,
)
from s3_failover_constructs.client_alarms import CLIENT_NAMESPACE, ClientAlarms
from s3_failover_constructs.client_policy import ClientPolicy
from s3_failover_constructs.content_bucket import ContentBucket
from s3_failover_constructs.content_guard import ContentGuard
from s3_failover_constructs.content_key import ContentKey, key_alias_arn
from s3_failover_constructs.cross_account_delegation import CrossAccountDelegation
from s3_failover_constructs.distribution_logs import DistributionLogs
from s3_failover_constructs.edge_alarms import EdgeAlarms
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.evacuation_switch import EvacuationSwitch
from s3_failover_constructs.event_replication import EventReplication
from s3_failover_constructs.event_replication_alarms import EventReplicationAlarms
from s3_failover_constructs.external_origin_read_policy import ExternalOriginReadPolicy
from s3_failover_constructs.failover_distribution import FailoverDistribution, MaintenancePage
from s3_failover_constructs.failover_health_checks import FailoverHealthChecks, FailoverWhen
from s3_failover_constructs.failover_origin import FALLBACK_STATUS_CODES, FailoverOrigin
from s3_failover_constructs.failover_records import AliasTarget, ApexFailoverRecords, FailoverRecords
from s3_failover_constructs.health_object import HealthObject
from s3_failover_constructs.https_endpoint import HttpsEndpoint
from s3_failover_constructs.outside_monitor import OutsideMonitor
from s3_failover_constructs.primary_bucket import PrimaryBucket
from s3_failover_constructs.public_zone import PublicZone
from s3_failover_constructs.replica_bucket import ReplicaBucket
from s3_failover_constructs.replication import Replication
from s3_failover_constructs.replication_alarms import ReplicationFailureAlarm, ReplicationLagAlarms
from s3_failover_constructs.replication_events import ReplicationEvents
from s3_failover_constructs.replication_rule import ReplicationRule
from s3_failover_constructs.replication_rules import ReplicationDestination, ReplicationOptions
from s3_failover_constructs.response_headers import ResponseHeaders
from s3_failover_constructs.return_replication import ReturnReplication, ReturnSource
from s3_failover_constructs.viewer_functions import Directories, ViewerFunctions, ViewerPaths
from s3_failover_constructs.website_redirect_bucket import WebsiteRedirectBucket
from s3_failover_constructs.website_replica_bucket import WebsiteReplicaBucket, website_endpoint

__all__ = [
    "CLIENT_NAMESPACE",
    "FALLBACK_STATUS_CODES",
    "HEALTH_KEY",
    "AccessLogBucket",
    "AlarmActions",
    "AlarmDashboard",
    "AlarmRecipient",
    "AlarmTopics",
    "AliasTarget",
    "ApexFailoverRecords",
    "ClientAlarms",
    "ClientPolicy",
    "ContentBucket",
    "ContentGuard",
    "ContentKey",
    "CrossAccountDelegation",
    "DashboardAlarm",
    "Directories",
    "DistributionLogs",
    "EdgeAlarms",
    "Endpoint",
    "EvacuationSwitch",
    "EventReplication",
    "EventReplicationAlarms",
    "ExternalOriginReadPolicy",
    "FailoverDistribution",
    "FailoverHealthChecks",
    "FailoverOrigin",
    "FailoverRecords",
    "FailoverWhen",
    "HealthObject",
    "HttpsEndpoint",
    "KeptObjects",
    "MaintenancePage",
    "Notifications",
    "OutsideMonitor",
    "PrimaryBucket",
    "PublicZone",
    "ReplicaBucket",
    "Replication",
    "ReplicationDestination",
    "ReplicationEvents",
    "ReplicationFailureAlarm",
    "ReplicationLagAlarms",
    "ReplicationOptions",
    "ReplicationRule",
    "ResponseHeaders",
    "ReturnReplication",
    "ReturnSource",
    "Runbook",
    "ViewerFunctions",
    "ViewerPaths",
    "WebsiteRedirectBucket",
    "WebsiteReplicaBucket",
    "admit_account",
    "admit_distributions",
    "admit_health_checkers",
    "admit_replication",
    "keep_objects",
    "key_alias_arn",
    "open_website",
    "website_endpoint",
]
