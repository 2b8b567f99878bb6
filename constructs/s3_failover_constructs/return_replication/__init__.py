"""Replication from replicas back to where their content comes from, and to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from s3_failover_constructs.arguments import a_bucket, instance, items, known, optional_text
from s3_failover_constructs.deploy_writer import LONGEST, DeployWriter, deploy_writer
from s3_failover_constructs.replication_role import made_role, replication_policy
from s3_failover_constructs.replication_rules import ReplicationDestination, ReplicationOptions, replication_rules
from s3_failover_constructs.replication_ways import check_ways

_HANDLER = Path(__file__).parent / "handler" / "index.py"


@dataclass(frozen=True)
class ReturnSource:
    """A bucket of another stack that gets replication rules.

    Attributes:
        bucket: the bucket, with its region: `Bucket.from_bucket_attributes(..., region=...)`.
        destinations: where it is copied to.
        name: what tells the source from another one of its region, in the ids of its rules; it must not change. A
            source alone in its region needs none.
    """

    bucket: s3.IBucket
    destinations: Sequence[ReplicationDestination]
    name: str | None = None

    def __post_init__(self) -> None:
        a_bucket("bucket", self.bucket)
        items("destinations", self.destinations, ReplicationDestination)
        known("region", self.bucket.env.region)
        optional_text("name", self.name)

    @property
    def id(self) -> str:
        """What the ids of its rules end in."""
        region = self.bucket.env.region
        return region if self.name is None else f"{region}-{self.name}"


class ReturnReplication(Construct):
    """Defines replication rules of buckets that are deployed before their destinations.

    A rule needs its destination to exist with versioning, so two buckets with rules to each other are a circle, and
    CloudFormation knows rules as a property of the bucket alone. Each bucket is deployed without, and a custom resource
    puts the rules as soon as every destination is there. It belongs into the stack that is deployed last. On update it
    puts them again; when it goes, it removes the rules that it has put, and no others. It tries for 13.5 minutes while
    S3 does not know the versioning of a new bucket.

    CloudFormation does not touch a property of the bucket that no template names, so later updates of the bucket leave
    the rules as they are. For the same reason it does not notice when an operator changes them.

    Args:
        sources: the buckets that get rules.
        options: delete markers are copied, and time control is off, by default; changes on replicas always are.
        wait_for: what must be there before, such as a destination.

    Raises:
        ValueError: a source's region is not known, or two sources of a region have no different names.

    Leaves to you:
        objects that were there before the rules, which S3 Batch Replication copies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sources: Sequence[ReturnSource],
        options: ReplicationOptions | None = None,
        wait_for: Sequence[IDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        instance("options", options, ReplicationOptions)
        items("sources", sources, ReturnSource)
        items("wait_for", wait_for)
        _check_ids(sources)
        chosen = options or ReplicationOptions(replica_modifications=True)
        scopes = [Construct(self, f"From-{source.id}") for source in sources]
        roles = [_role(*each) for each in zip(scopes, sources, strict=True)]
        writer = deploy_writer(
            self,
            handler=_HANDLER,
            description="Writes replication rules on deploy",
            policy_name="pass-replication-roles",
            statements=[_passes(roles)],
            timeout=LONGEST,
        )
        for at, source, role in zip(scopes, sources, roles, strict=True):
            permission = _permission(at, writer, source)
            rules = writer.resource(
                self,
                f"Rules-{source.id}",
                resource_type="Custom::BucketReplication",
                properties=self._properties(source, role, chosen),
            )
            rules.node.add_dependency(permission, role, *wait_for)

    def _properties(self, source: ReturnSource, role: iam.Role, options: ReplicationOptions) -> dict[str, Any]:
        check_ways(source.bucket, source.destinations)
        rules = replication_rules(source.destinations, options, source.bucket.env.account)
        return {
            "Bucket": source.bucket.bucket_name,
            "Region": source.bucket.env.region,
            "Role": role.role_arn,
            # As a text: CloudFormation turns numbers in a custom resource's properties into strings.
            "Rules": Stack.of(self).to_json_string(rules),
        }


def _check_ids(sources: Sequence[ReturnSource]) -> None:
    taken: set[str] = set()
    for source in sources:
        if source.id in taken:
            expected = "one, or sources of different names"
            remedy = "give the second one a name: ReturnSource(..., name=...)"
            raise ValueError(f"sources: got two sources {source.id}, expected {expected}; {remedy}")
        taken.add(source.id)


def _role(scope: Construct, source: ReturnSource) -> iam.Role:
    role = made_role(scope)
    replication_policy(scope, role, source.bucket, source.destinations)
    return role


def _permission(scope: Construct, writer: DeployWriter, source: ReturnSource) -> iam.CfnPolicy:
    """Let the function write one bucket's rules.

    A policy of its own, which goes with the bucket and after its rules: one for all would forget the bucket first, and
    the rules could not be removed.
    """
    assert writer.function.role is not None
    statement = {
        "Sid": "WriteRules",
        "Effect": "Allow",
        "Action": ["s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"],
        "Resource": source.bucket.bucket_arn,
    }
    return iam.CfnPolicy(
        scope,
        "WriteRules",
        policy_name=f"write-rules-{source.id}",
        roles=[writer.function.role.role_name],
        policy_document={"Version": "2012-10-17", "Statement": [statement]},
    )


def _passes(roles: Sequence[iam.Role]) -> dict[str, Any]:
    return {
        "Sid": "PassRolesToS3",
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": [role.role_arn for role in roles],
        "Condition": {"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}},
    }
