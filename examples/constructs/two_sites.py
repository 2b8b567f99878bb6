"""The parts of two small sites in one stack for each region, with topics and a certificate in common.

`Site` would make stacks of its own; this team wants all of its small sites to be deployed together.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Environment, Stack, Validations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    DistributionLogs,
    EdgeAlarms,
    Endpoint,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverRecords,
    HealthObject,
    Notifications,
    PrimaryBucket,
    Replication,
    ReplicationDestination,
    WebsiteReplicaBucket,
    website_endpoint,
)

ACCOUNT = "123456789012"
VIRGINIA, IRELAND = "us-east-1", "eu-west-1"
ZONE = "example.com"
HOSTNAMES = {"News": f"news.{ZONE}", "Help": f"help.{ZONE}"}
HEALTH_KEY = "health.txt"
EXPLAINED = [
    Acknowledgment(id="AwsSolutions-CFR1", reason="everyone may read the news, wherever they are"),
    Acknowledgment(id="AwsSolutions-CFR2", reason="static pages alone"),
]


class Copies(Stack):
    """The websites that stand in for both sites; S3 finds each by its name, which is the hostname."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=IRELAND))
        self.buckets = {name: self._website(name, hostname) for name, hostname in HOSTNAMES.items()}

    def _website(self, name: str, hostname: str) -> s3.IBucket:
        logs = AccessLogBucket(self, f"{name}Logs")
        return WebsiteReplicaBucket(self, name, hostname=hostname, health_key=HEALTH_KEY, access_logs=logs).bucket


class Sites(Stack):
    """Everything else."""

    def __init__(self, scope: Construct, construct_id: str, *, copies: dict[str, s3.IBucket]) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=VIRGINIA))
        self.zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name=ZONE
        )
        self.certificate = acm.Certificate(
            self, "Certificate", domain_name=f"*.{ZONE}", validation=acm.CertificateValidation.from_dns(self.zone)
        )
        self.topics = AlarmTopics(self, "Topics", display_name="our small sites")
        for name, copy in copies.items():
            SmallSite(self, name, hostname=HOSTNAMES[name], copy=copy, common=self)


class SmallSite(Construct):
    """One site: a bucket and its copy, a distribution, health checks, records and alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, hostname: str, copy: s3.IBucket, common: Sites) -> None:
        super().__init__(scope, construct_id)
        name = f"acme-{construct_id.lower()}"
        self.logs = AccessLogBucket(self, "Logs")
        content = PrimaryBucket(self, "Content", bucket_name=name, health_key=HEALTH_KEY, access_logs=self.logs)
        replication = Replication(
            self, "Replication", source=content.bucket, destinations=[ReplicationDestination(copy, "to-ireland")]
        )
        health = HealthObject(
            self,
            "Health",
            bucket=content.bucket,
            key=HEALTH_KEY,
            replicated_to=[copy],
            wait_for=[replication.policy],
        )
        content.exempt(health.writer_role)
        self._edge(hostname, content.bucket, common)

    def _edge(self, hostname: str, bucket: s3.Bucket, common: Sites) -> None:
        site = FailoverDistribution(
            self,
            "Distribution",
            domain_names=[hostname],
            certificate=common.certificate,
            primary=bucket,
            health_key=HEALTH_KEY,
        )
        DistributionLogs(self, "ViewerLogs", distribution=site.distribution, bucket=self.logs.bucket)
        Validations.of(site.distribution).acknowledge(*EXPLAINED)
        standby = website_endpoint(hostname, IRELAND)
        checks = FailoverHealthChecks(
            self,
            "Checks",
            primary=Endpoint(bucket.bucket_regional_domain_name),
            distribution=site.endpoint,
            secondary=Endpoint(standby, https=False),
            health_key=HEALTH_KEY,
        )
        FailoverRecords(
            self,
            "Records",
            zone=common.zone,
            record_name=hostname,
            primary=site.distribution,
            secondary=standby,
            health_check=checks.failover,
        )
        self._alarms(hostname, checks, site, common.topics)

    def _alarms(
        self, hostname: str, checks: FailoverHealthChecks, site: FailoverDistribution, topics: Notifications
    ) -> None:
        EdgeAlarms(
            self,
            "Alarms",
            name=hostname,
            failover=checks.failover,
            primary=checks.primary,
            secondary=checks.secondary,
            distribution=site.distribution,
            notifications=topics,
        )


def define(app: App) -> None:
    """Define both stacks; the library has the copies deployed before the rules that name them."""
    Sites(app, "Sites", copies=Copies(app, "Copies").buckets)


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
