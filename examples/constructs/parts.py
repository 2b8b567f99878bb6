"""Each construct of the library by itself: the API reference shows these functions, and a test calls them.

The scope is in a stack of us-east-1. `bucket` is a bucket of that stack, `copy` one of eu-west-1 and `source` one
of eu-central-1, known by their names.
"""

from __future__ import annotations

from aws_cdk import App, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from s3_failover_constructs import (
    HEALTH_KEY,
    AccessLogBucket,
    AlarmActions,
    AlarmDashboard,
    AlarmTopics,
    AliasTarget,
    ApexFailoverRecords,
    ClientAlarms,
    ClientPolicy,
    ContentBucket,
    ContentGuard,
    ContentKey,
    CrossAccountDelegation,
    DashboardAlarm,
    DistributionLogs,
    EdgeAlarms,
    Endpoint,
    EvacuationSwitch,
    EventReplication,
    EventReplicationAlarms,
    ExternalOriginReadPolicy,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverOrigin,
    FailoverRecords,
    HealthObject,
    HttpsEndpoint,
    OutsideMonitor,
    PrimaryBucket,
    PublicZone,
    ReplicaBucket,
    Replication,
    ReplicationDestination,
    ReplicationEvents,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
    ReplicationRule,
    ReturnReplication,
    ReturnSource,
    ViewerFunctions,
    ViewerPaths,
    WebsiteRedirectBucket,
    WebsiteReplicaBucket,
    keep_objects,
    website_endpoint,
)
from s3_failover_stacks import Mode, Secondary, Site


def access_log_bucket(scope: Construct, bucket: s3.Bucket) -> None:
    logs = AccessLogBucket(scope, "Logs", expiration=Duration.days(30))
    logs.log(bucket, prefix="content/")


def alarm_actions(distribution: cloudfront.IDistribution, scope: Construct, topic: sns.ITopic) -> None:
    EdgeAlarms(scope, "Alarms", distribution=distribution, notifications=AlarmActions(warning=[topic]))


def alarm_dashboard(scope: Construct) -> None:
    AlarmDashboard(
        scope,
        "Dashboard",
        name="shop",
        heading="# shop.example.com",
        groups={"Are viewers served?": [DashboardAlarm("shop/cdn-5xx", "us-east-1", "errors of the distribution")]},
    )


def alarm_topics(scope: Construct, distribution: cloudfront.IDistribution) -> None:
    topics = AlarmTopics(scope, "Topics", display_name="shop", critical_emails=["pager@example.com"])
    EdgeAlarms(scope, "Alarms", distribution=distribution, notifications=topics)


def apex_failover_records(
    scope: Construct,
    zone: route53.IHostedZone,
    distribution: cloudfront.IDistribution,
    health_check: route53.IHealthCheck,
) -> None:
    ApexFailoverRecords(
        scope,
        "Records",
        zone=zone,
        primary=AliasTarget.distribution(distribution.distribution_domain_name),
        secondary=AliasTarget.website("eu-west-1"),
        health_check=health_check,
    )


def client_alarms(scope: Construct, topic: sns.ITopic) -> None:
    ClientAlarms(
        scope,
        "Alarms",
        service="kiosk",
        regions=["us-east-1", "eu-west-1"],
        notifications=AlarmActions(warning=[topic], critical=[topic]),
    )


def client_policy(scope: Construct, bucket: s3.IBucket, copy: s3.IBucket, role: iam.Role) -> None:
    role.add_managed_policy(ClientPolicy(scope, "Reads", buckets=[bucket, copy], metrics_region="eu-west-1"))


def content_bucket(scope: Construct) -> None:
    content = ContentBucket(scope, "Content", bucket_name="acme-content")
    keep_objects(content.bucket)


def content_guard(scope: Construct, bucket: s3.IBucket, copy: s3.IBucket, records: FailoverRecords) -> None:
    guard = ContentGuard(scope, "Guard", primary=bucket, secondary=copy)
    records.node.add_dependency(guard.resource)


def content_key(scope: Construct) -> None:
    key = ContentKey(scope, "Key", alias="alias/acme-content", description="Encrypts the content")
    ContentBucket(scope, "Content", bucket_name="acme-content", encryption_key=key.key)


def cross_account_delegation(scope: Construct) -> None:
    CrossAccountDelegation(
        scope,
        "Delegation",
        zone=PublicZone(scope, "Zone", zone_name="shop.example.com").zone,
        parent_hosted_zone_id="Z0123456789ABCDEFGHIJ",
        delegation_role="arn:aws:iam::111111111111:role/delegates-shop",
    )


def distribution_logs(scope: Construct, distribution: cloudfront.IDistribution, logs: AccessLogBucket) -> None:
    DistributionLogs(scope, "ViewerLogs", distribution=distribution, bucket=logs.bucket, prefix="shop")


def outside_monitor(scope: Construct, source: s3.IBucket, topic: sns.ITopic) -> None:
    OutsideMonitor(
        scope,
        "OutsideMonitor",
        name="www.example.com",
        addresses=["https://www.example.com/_s3-failover/health.txt"],
        primary=source,
        notifications=AlarmActions(warning=[topic], critical=[topic]),
    )


def edge_alarms(scope: Construct, health_check: route53.IHealthCheck, topic: sns.ITopic) -> None:
    pager = AlarmActions(critical=[topic])
    alarms = EdgeAlarms(scope, "Alarms", name="shop", failover=health_check, notifications=pager)
    assert alarms.failover is not None


def endpoint(scope: Construct) -> None:
    balancer = Endpoint("balancer.example.com", path="/healthz")
    website = Endpoint(website_endpoint("www.example.com", "eu-west-1"), https=False)
    FailoverHealthChecks(scope, "Checks", primary=balancer, secondary=website)


def evacuation_switch(scope: Construct, distribution: cloudfront.IDistribution) -> None:
    switch = EvacuationSwitch(scope, "Switch")
    FailoverHealthChecks(
        scope,
        "Checks",
        distribution=Endpoint(distribution.distribution_domain_name),
        evacuation=switch.endpoint,
        health_key=HEALTH_KEY,
    )


def event_replication(scope: Construct, unversioned: s3.Bucket, copy: s3.IBucket) -> None:
    EventReplication(scope, "Copies", source=unversioned, destinations=[copy])


def event_replication_alarms(scope: Construct, unversioned: s3.Bucket, copy: s3.IBucket, topic: sns.ITopic) -> None:
    replication = EventReplication(scope, "Copies", source=unversioned, destinations=[copy])
    warn = AlarmActions(warning=[topic])
    EventReplicationAlarms(
        scope,
        "Alarms",
        queue=replication.queue,
        dead_letters=replication.dead_letters,
        notifications=warn,
    )


def failover_distribution(
    scope: Construct, certificate: acm.ICertificate, bucket: s3.IBucket, copy: s3.IBucket
) -> None:
    FailoverDistribution(
        scope,
        "Distribution",
        domain_names=["www.example.com"],
        certificate=certificate,
        primary=bucket,
        replica=copy,
    )


def failover_health_checks(scope: Construct, distribution: cloudfront.IDistribution) -> None:
    FailoverHealthChecks(
        scope,
        "Checks",
        primary=Endpoint("acme-content.s3.us-east-1.amazonaws.com"),
        distribution=Endpoint(distribution.distribution_domain_name),
        secondary=Endpoint(website_endpoint("www.example.com", "eu-west-1"), https=False),
        health_key=HEALTH_KEY,
    )


def failover_origin(scope: Construct, bucket: s3.Bucket, copy: s3.IBucket) -> None:
    origin = FailoverOrigin(primary=bucket, replica=copy)
    cloudfront.Distribution(
        scope,
        "Own",
        default_root_object="index.html",
        default_behavior=cloudfront.BehaviorOptions(origin=origin),
        additional_behaviors={"/media/*": cloudfront.BehaviorOptions(origin=origin)},
    )


def failover_records(
    scope: Construct,
    zone: route53.IHostedZone,
    distribution: cloudfront.IDistribution,
    health_check: route53.IHealthCheck,
) -> None:
    FailoverRecords(
        scope,
        "Records",
        zone=zone,
        record_name="www.example.com",
        primary=distribution,
        secondary=website_endpoint("www.example.com", "eu-west-1"),
        health_check=health_check,
    )


def health_object(scope: Construct, bucket: s3.Bucket, copy: s3.IBucket) -> None:
    replication = Replication(
        scope, "Replication", source=bucket, destinations=[ReplicationDestination(copy, "to-ireland")]
    )
    HealthObject(
        scope,
        "Health",
        bucket=bucket,
        replicated_to=[copy],
        wait_for=[replication.policy],
    )


def https_endpoint(
    scope: Construct, zone: route53.IHostedZone, certificate: acm.ICertificate, bucket: s3.IBucket
) -> None:
    HttpsEndpoint(
        scope,
        "Endpoint",
        hostname="www.example.com",
        target_name="www-secondary.example.com",
        check_name="www-check.example.com",
        zone=zone,
        certificate=certificate,
        bucket=bucket,
    )


def external_origin_read_policy(scope: Construct, copy: s3.IBucket) -> None:
    user = iam.User(scope, "OtherCdn")
    user.add_managed_policy(ExternalOriginReadPolicy(scope, "Reads", bucket=copy))


def primary_bucket(scope: Construct) -> None:
    PrimaryBucket(scope, "Primary", bucket_name="acme-content")


def public_zone(scope: Construct) -> None:
    PublicZone(scope, "Zone", zone_name="shop.example.com")


def replica_bucket(scope: Construct) -> None:
    ReplicaBucket(scope, "Replica", bucket_name="acme-content-copy")


def replication(scope: Construct, bucket: s3.Bucket, copy: s3.IBucket) -> None:
    to_ireland = ReplicationDestination(copy, "to-ireland", storage_class=s3.StorageClass.INFREQUENT_ACCESS)
    Replication(scope, "Replication", source=bucket, destinations=[to_ireland])


def replication_events(scope: Construct, bucket: s3.Bucket) -> None:
    ReplicationEvents(scope, "Events", bucket=bucket)


def replication_failure_alarm(scope: Construct, bucket: s3.Bucket, copy: s3.IBucket, topic: sns.ITopic) -> None:
    destinations = [ReplicationDestination(copy, "to-ireland")]
    replication = Replication(scope, "Replication", source=bucket, destinations=destinations)
    warn = AlarmActions(warning=[topic])
    ReplicationFailureAlarm(scope, "Failures", rule=replication.rules["to-ireland"], notifications=warn)


def replication_lag_alarms(scope: Construct, source: s3.IBucket, bucket: s3.IBucket, topic: sns.ITopic) -> None:
    ReplicationLagAlarms(
        scope,
        "Lag",
        rule=ReplicationRule(source, bucket, "to-virginia"),
        latency=Duration.minutes(5),
        notifications=AlarmActions(warning=[topic]),
    )


def return_replication(scope: Construct, bucket: s3.IBucket, copy: s3.IBucket) -> None:
    back = ReplicationDestination(bucket, "to-virginia")
    ReturnReplication(scope, "Return", sources=[ReturnSource(copy, [back])])


def site(scope: App) -> None:
    Site(
        scope,
        "shop",
        hostname="shop.example.com",
        zone=route53.HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"),
        primary_region="eu-central-1",
        replica_regions=["eu-west-1"],
        mode=Mode.HYBRID,
        secondary=Secondary.https(),
    )


def viewer_functions(scope: Construct, certificate: acm.ICertificate, origin: cloudfront.IOrigin) -> None:
    functions = ViewerFunctions(scope, "Functions", paths=ViewerPaths(), index_document="index.html")
    behavior = cloudfront.BehaviorOptions(origin=origin, function_associations=functions.associations)
    cloudfront.Distribution(
        scope, "Own", default_behavior=behavior, certificate=certificate, domain_names=["www.example.com"]
    )


def website_redirect_bucket(scope: Construct) -> None:
    WebsiteRedirectBucket(scope, "Apex", hostname="example.com", redirect_to="www.example.com")


def website_replica_bucket(scope: Construct) -> None:
    WebsiteReplicaBucket(scope, "Website", hostname="www.example.com")
