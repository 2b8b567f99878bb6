"""Cross-region replication from one bucket to any number of others."""

from collections.abc import Sequence

from aws_cdk import Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.values import Misfit
from s3_failover_constructs.arguments import ROLE, a_bucket, fits, instance, items, may_implement, optional_text
from s3_failover_constructs.replication_role import made_role, replication_policy
from s3_failover_constructs.replication_rule import ReplicationRule
from s3_failover_constructs.replication_rules import (
    ReplicationDestination,
    ReplicationOptions,
    as_property,
    replication_rules,
)
from s3_failover_constructs.replication_ways import check_versioning, check_ways


class Replication(Construct):
    """Defines the replication rules of a bucket and the least role that S3 needs to carry them out.

    One rule for each destination, with an explicit id, a priority of its own and metrics on: without metrics S3
    does not report a copy that fails (S3 User Guide, replication-metrics). Whatever is put into the source must wait
    for `policy`. For rules back from the replicas see `ReturnReplication`.

    A destination that another stack of the app makes is deployed first, because S3 refuses a rule without it.

    Args:
        source: the versioned bucket that is copied; one that is imported gets the role alone, because only its owner
            can give it rules.
        destinations: where to, at least one.
        options: delete markers are copied, and time control is off, by default.
        role_name: the role's name, for an owner who must name it; by default CloudFormation makes one.
        replication_role: a role that S3 may assume, in place of one that is made; it gets the policy.

    Attributes:
        role: what S3 takes on.
        policy: what the role may do.
        rules: the rules by their ids, for alarms and dashboards.

    Raises:
        ValueError: no destination, two rules of one id, or two that copy the same keys to the same bucket; the source
            as a destination; a bucket of the same app without versions, a source of it with rules, or a destination
            whose stack waits for this one.

    Leaves to you:
        objects that were there before the rules, which S3 Batch Replication copies; policies of destinations in other
        accounts: see `admit_replication`; alarms: see `ReplicationLagAlarms` and `ReplicationFailureAlarm`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: s3.IBucket,
        destinations: Sequence[ReplicationDestination],
        options: ReplicationOptions | None = None,
        role_name: str | None = None,
        replication_role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        instance("options", options, ReplicationOptions)
        a_bucket("source", source)
        items("destinations", destinations, ReplicationDestination)
        optional_text("role_name", role_name)
        may_implement("replication_role", replication_role, ROLE)
        if replication_role is not None and role_name is not None:
            fits("role_name", [Misfit(role_name, "none beside replication_role", "leave one of them out")])
        check_ways(source, destinations)
        rules = replication_rules(destinations, options or ReplicationOptions(), source.env.account)
        self.rules = {each.id: ReplicationRule(source, each.bucket, each.id) for each in destinations}
        for each in destinations:
            _come_after(self, each.bucket)
        self.role = replication_role or made_role(self, role_name)
        self.policy = replication_policy(self, self.role, source, destinations)
        cfn_source = source.node.default_child
        if isinstance(cfn_source, s3.CfnBucket):
            check_versioning("source", cfn_source)
            _check_rules(cfn_source)
            cfn_source.replication_configuration = s3.CfnBucket.ReplicationConfigurationProperty(
                role=self.role.role_arn, rules=[as_property(each) for each in rules]
            )


def _come_after(scope: Construct, destination: s3.IBucket) -> None:
    """Have the stack of a destination deployed first: S3 refuses a rule whose destination is not there."""
    here, there = Stack.of(scope), Stack.of(destination)
    if not isinstance(destination, s3.Bucket) or here.node.path == there.node.path:
        return
    if here.node.path in (each.node.path for each in there.dependencies):
        got = f"got {destination.node.path} in a stack that is deployed after {here.node.path}, expected one before it"
        msg = f"destinations: {got}; for rules in both directions use `ReturnReplication` in the stack that comes last"
        raise ValueError(msg)
    if _stage(here) == _stage(there):
        here.add_stack_dependency(there)


def _stage(stack: Stack) -> str:
    stage = Stage.of(stack)
    return stage.node.path if stage else ""


def _check_rules(source: s3.CfnBucket) -> None:
    """Refuse a source whose rules would be replaced: a bucket has one configuration, with one role."""
    if source.replication_configuration is not None:
        got = f"got {source.node.path} with replication rules, expected none"
        msg = f"source: {got}; name all destinations in one `Replication`, and leave out replication_rules"
        raise ValueError(msg)
