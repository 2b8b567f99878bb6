"""The role that S3 takes on to replicate, with the least that it needs."""

from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.key_use import keys_of, through_s3
from s3_failover_constructs.nag import acknowledge_wildcards
from s3_failover_constructs.replication_rules import ReplicationDestination


def made_role(scope: Construct, role_name: str | None = None) -> iam.Role:
    """Define the role; it may do nothing yet.

    Args:
        scope: what it belongs to.
        role_name: the name, for policies in other accounts; by default CloudFormation makes one.
    """
    return iam.Role(
        scope,
        "Role",
        role_name=role_name,
        assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
        description="S3 replication: reads versions of the source, writes replicas",
    )


def replication_policy(
    scope: Construct, role: iam.IRole, source: s3.IBucket, destinations: Sequence[ReplicationDestination]
) -> iam.CfnPolicy:
    """Define what the role may do (S3 User Guide, setting-repl-config-perm-overview).

    What may be copied is decided where it is read: by the prefixes on the source's side.
    """
    source_objects = [source.arn_for_objects(f"{prefix}*") for prefix in dict.fromkeys(d.prefix for d in destinations)]
    replicas = list({each.bucket.node.path: each.bucket for each in destinations}.values())
    replica_objects = [bucket.arn_for_objects("*") for bucket in replicas]
    statements = [*_on_objects(source, source_objects, replica_objects, destinations)]
    if any(each.key_arn for each in destinations):
        statements += _on_keys(source, replicas)
    # An L1 policy: grants on the L2 role would add statements of their own choosing.
    policy = iam.CfnPolicy(
        scope,
        "Policy",
        policy_name="s3-replication",
        roles=[role.role_name],
        policy_document={"Version": "2012-10-17", "Statement": statements},
    )
    acknowledge_wildcards(
        policy,
        [*source_objects, *replica_objects],
        "replication covers every object of these buckets, or every one below these prefixes, and nothing else",
    )
    acknowledge_wildcards(
        policy,
        map(keys_of, [source, *replicas]),
        "keys of other regions have no fixed ARN; S3 may use them for the objects of these buckets and nothing else",
    )
    return policy


def _on_objects(
    source: s3.IBucket,
    source_objects: Sequence[str],
    replica_objects: Sequence[str],
    destinations: Sequence[ReplicationDestination],
) -> Iterator[dict[str, Any]]:
    yield _allow("ReadRules", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source.bucket_arn)
    reads = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    yield _allow("ReadVersions", reads, source_objects[0] if len(source_objects) == 1 else source_objects)
    writes = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    if any(each.owner_beside(source.env.account) for each in destinations):
        writes.append("s3:ObjectOwnerOverrideToBucketOwner")
    yield _allow("WriteReplicas", writes, replica_objects)


def _on_keys(source: s3.IBucket, replicas: Sequence[s3.IBucket]) -> Iterator[dict[str, Any]]:
    """Yield what SSE-KMS takes (S3 User Guide, replication-config-for-kms-objects).

    Decrypting at the destination is for S3 Bucket Keys, data keys for objects that have no encryption at the source.
    """
    yield {**_allow("DecryptSource", ["kms:Decrypt"], keys_of(source)), "Condition": through_s3([source])}
    writes = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    keys = [*dict.fromkeys(map(keys_of, replicas))]
    yield {**_allow("EncryptReplicas", writes, keys), "Condition": through_s3(replicas)}


def _allow(sid: str, actions: Sequence[str], resource: str | Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
