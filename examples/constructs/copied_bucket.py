"""A bucket of a team's own, copied from Ireland to Frankfurt between two stacks, and hosts that read from both.

There is no website, no distribution and no DNS: the hosts use `s3_failover.S3FailoverClient`.
"""

from __future__ import annotations

from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    ClientPolicy,
    Replication,
    ReplicationDestination,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
    ReplicationRule,
)

ACCOUNT = "123456789012"
IRELAND, FRANKFURT = "eu-west-1", "eu-central-1"
PROMPTS, COPY = "acme-prompts-eu-west-1", "acme-prompts-eu-central-1"
RULE = "to-frankfurt"


class Copy(Stack):
    """The copy, and the alarms on its delay, which S3 publishes where the copy is."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=FRANKFURT))
        self.bucket = _bucket(self, COPY)
        prompts = s3.Bucket.from_bucket_attributes(self, "Prompts", bucket_name=PROMPTS, region=IRELAND)
        ReplicationLagAlarms(
            self,
            "Lag",
            rule=ReplicationRule(prompts, self.bucket, RULE),
            latency=Duration.minutes(5),
            notifications=AlarmTopics(self, "Topics", display_name="prompts in Frankfurt"),
        )


class Prompts(Stack):
    """The bucket that the team writes to, what copies it, and the role of the hosts."""

    def __init__(self, scope: Construct, construct_id: str, *, copy: s3.IBucket) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=IRELAND))
        bucket = _bucket(self, PROMPTS)
        to_frankfurt = ReplicationDestination(copy, RULE, storage_class=s3.StorageClass.INFREQUENT_ACCESS)
        replication = Replication(self, "Replication", source=bucket, destinations=[to_frankfurt])
        ReplicationFailureAlarm(
            self,
            "Failures",
            rule=replication.rules[RULE],
            notifications=AlarmTopics(self, "Topics", display_name="prompts in Ireland"),
        )
        hosts = iam.Role(self, "Hosts", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        hosts.add_managed_policy(ClientPolicy(self, "Reads", buckets=[bucket, copy], metrics_region=FRANKFURT))


def _bucket(stack: Stack, name: str) -> s3.Bucket:
    bucket = s3.Bucket(
        stack,
        "Bucket",
        bucket_name=name,
        versioned=True,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    )
    AccessLogBucket(stack, "Logs").log(bucket, prefix="prompts/")
    return bucket


def define(app: App) -> None:
    """Define both stacks; the library has the copy deployed before the rule that names it."""
    Prompts(app, "Prompts", copy=Copy(app, "Copy").bucket)


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
