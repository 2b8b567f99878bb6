"""One template for every team of a company: names, zone, certificate, buckets and topic are its parameters.

Nothing is known when it is synthesized, neither the account nor a name: all of it are tokens of the CDK.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, CfnParameter, Environment, Stack, Validations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from s3_failover_constructs import (
    AccessLogBucket,
    AlarmActions,
    ClientPolicy,
    EdgeAlarms,
    Endpoint,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverRecords,
    Replication,
    ReplicationDestination,
)

HEALTH_KEY = "health.txt"
IMPORTED = "Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac"
EXPLAINED = [
    Acknowledgment(id="AwsSolutions-CFR1", reason="each team decides when it deploys"),
    Acknowledgment(id="AwsSolutions-CFR2", reason="each team decides when it deploys"),
    Acknowledgment(id=IMPORTED, reason="who makes the copy's bucket lets the distribution in: admit_distributions"),
]


class Failover(Stack):
    """A bucket that is copied, the distribution over both, and DNS that leaves it for another provider."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(region="us-east-1"))
        source = s3.Bucket(
            self,
            "Content",
            bucket_name=self._told("BucketName"),
            versioned=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        )
        AccessLogBucket(self, "Logs", bucket_name=self._told("LogBucketName")).log(source, prefix="content/")
        copy = s3.Bucket.from_bucket_attributes(
            self, "Copy", bucket_name=self._told("CopyName"), region=self._told("CopyRegion")
        )
        rule = ReplicationDestination(copy, self._told("RuleId"), prefix=self._told("Prefix"))
        Replication(self, "Replication", source=source, destinations=[rule])
        hosts = iam.Role(self, "Hosts", assumed_by=iam.ServicePrincipal(self._told("HostsService")))
        hosts.add_managed_policy(ClientPolicy(self, "Reads", buckets=[source, copy], metrics_region=copy.env.region))
        self._edge(source, copy)

    def _edge(self, source: s3.IBucket, copy: s3.IBucket) -> None:
        hostname = self._told("Hostname")
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", self._told("CertificateArn"))
        site = FailoverDistribution(
            self,
            "Distribution",
            domain_names=[hostname],
            certificate=certificate,
            primary=source,
            replica=copy,
            health_key=HEALTH_KEY,
        )
        Validations.of(site.distribution).acknowledge(*EXPLAINED)
        other = self._told("OtherProvider")
        checks = FailoverHealthChecks(
            self,
            "Checks",
            primary=site.endpoint,
            secondary=Endpoint(other),
            health_key=HEALTH_KEY,
        )
        FailoverRecords(
            self,
            "Records",
            zone=route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=self._told("ZoneId"), zone_name=self._told("ZoneName")
            ),
            record_name=hostname,
            primary=site.distribution,
            secondary=other,
            health_check=checks.failover,
        )
        ops = sns.Topic.from_topic_arn(self, "Ops", self._told("TopicArn"))
        EdgeAlarms(
            self,
            "Alarms",
            name=hostname,
            failover=checks.failover,
            secondary=checks.secondary,
            distribution=site.distribution,
            notifications=AlarmActions(warning=[ops], critical=[ops]),
        )

    def _told(self, name: str) -> str:
        """Return what the team that deploys the template gives as a parameter."""
        return CfnParameter(self, name).value_as_string


def define(app: App) -> None:
    """Define the stack."""
    Failover(app, "Failover")


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
