"""Replication rules as S3's API and CloudFormation both write them, and the role that carries them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.nag import acknowledge_wildcards

RTC_MINUTES = 15
"""The only threshold that S3 Replication Time Control takes (S3 API, ReplicationTimeValue)."""


@dataclass(frozen=True)
class ReplicationDestination:
    """A bucket to copy to, and the rule that does it.

    Attributes:
        bucket: the destination, versioned and there before the rule.
        rule_id: the rule's id, which is the `RuleId` dimension of the replication metrics.
        prefix: what the keys that are copied start with; all keys by default.
    """

    bucket: s3.IBucket
    rule_id: str
    prefix: str = ""


@dataclass(frozen=True)
class ReplicationOptions:
    """What all rules of a bucket have in common.

    Attributes:
        delete_markers: whether a delete is copied; true by default.
        time_control: whether S3 Replication Time Control is on, which costs by the GB; false by default.
        two_way: whether there are rules in the other direction, too: then changes of a replica's tags are copied back.
            S3 wants that said on both sides (S3 User Guide, replication-for-metadata-changes); false by default.
    """

    delete_markers: bool = True
    time_control: bool = False
    two_way: bool = False


def replication_rules(
    destinations: Sequence[ReplicationDestination], options: ReplicationOptions
) -> list[dict[str, Any]]:
    """Return a rule for each destination, with metrics on and a priority of its own, as CloudFormation writes it.

    Raises:
        ValueError: there is no destination.
    """
    if not destinations:
        msg = "supply at least one destination to replicate to, got none"
        raise ValueError(msg)
    return [_rule(each, priority, options) for priority, each in enumerate(destinations, start=1)]


def replication_role(scope: Construct) -> iam.Role:
    """Define the role that S3 takes on; it may do nothing yet."""
    return iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
        description="S3 replication: reads versions of the source, writes replicas",
    )


def replication_policy(
    scope: Construct, role: iam.Role, source: s3.IBucket, destinations: Sequence[ReplicationDestination]
) -> iam.CfnPolicy:
    """Define the least that the role needs (S3 User Guide, setting-repl-config-perm-overview).

    What may be copied is decided where it is read: by the prefixes on the source's side.
    """
    prefixes = dict.fromkeys(each.prefix for each in destinations)
    source_objects = [source.arn_for_objects(f"{prefix}*") for prefix in prefixes]
    replicas = {each.bucket.node.path: each.bucket for each in destinations}.values()
    replica_objects = [bucket.arn_for_objects("*") for bucket in replicas]
    # An L1 policy: grants on the L2 role would add statements of their own choosing.
    policy = iam.CfnPolicy(
        scope,
        "Policy",
        policy_name="s3-replication",
        roles=[role.role_name],
        policy_document={
            "Version": "2012-10-17",
            "Statement": [
                _allow("ReadRules", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source.bucket_arn),
                _allow(
                    "ReadVersions",
                    ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
                    source_objects[0] if len(source_objects) == 1 else source_objects,
                ),
                _allow(
                    "WriteReplicas", ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], replica_objects
                ),
            ],
        },
    )
    acknowledge_wildcards(
        policy,
        [*source_objects, *replica_objects],
        "replication covers every object of these buckets, or every one below these prefixes, and nothing else",
    )
    return policy


def _rule(destination: ReplicationDestination, priority: int, options: ReplicationOptions) -> dict[str, Any]:
    both_ways = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}
    return {
        "Id": destination.rule_id,
        "Priority": priority,
        "Status": "Enabled",
        # With a filter, even an empty one, S3 takes the current schema: priorities and the delete-marker choice.
        "Filter": {"Prefix": destination.prefix},
        "DeleteMarkerReplication": {"Status": "Enabled" if options.delete_markers else "Disabled"},
        "Destination": {"Bucket": destination.bucket.bucket_arn, **_measured(time_control=options.time_control)},
        **(both_ways if options.two_way else {}),
    }


def _measured(*, time_control: bool) -> dict[str, Any]:
    # Without metrics S3 tells nobody when a copy fails (S3 User Guide, replication-metrics).
    if not time_control:
        return {"Metrics": {"Status": "Enabled"}}
    minutes = {"Minutes": RTC_MINUTES}
    return {
        "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
        "ReplicationTime": {"Status": "Enabled", "Time": minutes},
    }


def _allow(sid: str, actions: Sequence[str], resource: str | Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
