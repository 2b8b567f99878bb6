"""Cross-region replication from one bucket to any number of others."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.nag import acknowledge_wildcards

RTC_MINUTES = 15
"""The only threshold that S3 Replication Time Control takes (S3 API, ReplicationTimeValue)."""


@dataclass(frozen=True)
class ReplicationDestination:
    """A bucket to copy to, and the id of the rule that does it.

    Attributes:
        bucket: the destination, versioned and there before the source.
        rule_id: the rule's id, which is the `RuleId` dimension of the replication metrics.
    """

    bucket: s3.IBucket
    rule_id: str


class Replication(Construct):
    """Defines the replication rules of a bucket and the least role that S3 needs to carry them out.

    One rule for each destination, with an explicit id, a priority of its own and metrics on: without metrics S3 tells
    nobody when a copy fails (S3 User Guide, replication-metrics). Whatever is put into the source must wait for `role`.

    Args:
        source: the versioned bucket that is copied; one that is imported gets the role alone, because only its owner
            can give it rules.
        destinations: where to, at least one; the account is the source's.
        delete_markers: whether a delete is copied; true by default.
        time_control: whether S3 Replication Time Control is on, which costs by the GB; false by default.
        role_name: the role's name, for an owner who must name it; by default CloudFormation makes one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: s3.IBucket,
        destinations: Sequence[ReplicationDestination],
        delete_markers: bool = True,
        time_control: bool = False,
        role_name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if not destinations:
            msg = f"supply at least one destination, got none for {source.node.path}"
            raise ValueError(msg)
        self.role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
            description="S3 replication: reads versions of the source, writes replicas",
        )
        self.policy = self._policy(source, [destination.bucket for destination in destinations])
        if isinstance(source, s3.Bucket):
            self._configure(source, destinations, delete_markers=delete_markers, time_control=time_control)

    def _configure(
        self,
        source: s3.Bucket,
        destinations: Sequence[ReplicationDestination],
        *,
        delete_markers: bool,
        time_control: bool,
    ) -> None:
        cfn_source = source.node.default_child
        assert isinstance(cfn_source, s3.CfnBucket)
        cfn_source.replication_configuration = s3.CfnBucket.ReplicationConfigurationProperty(
            role=self.role.role_arn,
            rules=[
                _rule(destination, priority, delete_markers=delete_markers, time_control=time_control)
                for priority, destination in enumerate(destinations, start=1)
            ],
        )

    def _policy(self, source: s3.IBucket, destinations: Sequence[s3.IBucket]) -> iam.CfnPolicy:
        source_objects = source.arn_for_objects("*")
        replica_objects = [bucket.arn_for_objects("*") for bucket in destinations]
        # An L1 policy: grants on the L2 role would add statements of their own choosing.
        policy = iam.CfnPolicy(
            self,
            "Policy",
            policy_name="s3-replication",
            roles=[self.role.role_name],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "ReadRules",
                        "Effect": "Allow",
                        "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
                        "Resource": source.bucket_arn,
                    },
                    {
                        "Sid": "ReadVersions",
                        "Effect": "Allow",
                        "Action": [
                            "s3:GetObjectVersionForReplication",
                            "s3:GetObjectVersionAcl",
                            "s3:GetObjectVersionTagging",
                        ],
                        "Resource": source_objects,
                    },
                    {
                        "Sid": "WriteReplicas",
                        "Effect": "Allow",
                        "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                        "Resource": replica_objects,
                    },
                ],
            },
        )
        acknowledge_wildcards(
            policy,
            [source_objects, *replica_objects],
            "replication covers every object of these buckets, and nothing else",
        )
        return policy


def _rule(
    destination: ReplicationDestination, priority: int, *, delete_markers: bool, time_control: bool
) -> s3.CfnBucket.ReplicationRuleProperty:
    minutes = s3.CfnBucket.ReplicationTimeValueProperty(minutes=RTC_MINUTES)
    return s3.CfnBucket.ReplicationRuleProperty(
        id=destination.rule_id,
        priority=priority,
        status="Enabled",
        # With a filter, even an empty one, S3 takes the current schema: priorities and the delete-marker choice.
        filter=s3.CfnBucket.ReplicationRuleFilterProperty(prefix=""),
        delete_marker_replication=s3.CfnBucket.DeleteMarkerReplicationProperty(
            status="Enabled" if delete_markers else "Disabled"
        ),
        destination=s3.CfnBucket.ReplicationDestinationProperty(
            bucket=destination.bucket.bucket_arn,
            metrics=s3.CfnBucket.MetricsProperty(status="Enabled", event_threshold=minutes if time_control else None),
            replication_time=s3.CfnBucket.ReplicationTimeProperty(status="Enabled", time=minutes)
            if time_control
            else None,
        ),
    )
