"""Copies of a bucket without versioning: S3's events, a queue, and a function that makes every copy equal to it."""

import json
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, IgnoreMode, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from s3_failover.values import Misfit
from s3_failover_constructs.arguments import buckets, duration, fits, instance, integer, member
from s3_failover_constructs.bucket_arns import arn_without_reference
from s3_failover_constructs.bucket_notifications import notify
from s3_failover_constructs.nag import acknowledge_wildcards
from s3_failover_constructs.places import beside, region_known

EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:LifecycleExpiration:*")
"""Everything that changes an object or its tags (S3 User Guide, notification-how-to-event-types-and-destinations)."""

TIMEOUT = Duration.minutes(15)
"""The longest that Lambda gives an invocation (Lambda Developer Guide, configuration-timeout)."""


class EventReplication(Construct):
    """Defines replication of a bucket without versioning, to any number of buckets in any regions.

    S3 tells a queue what changed; a function takes it from there, reads what is in the source now and makes every copy
    equal to it: content, metadata, headers, tags, deletions. A message that keeps failing ends in a dead-letter queue.
    A schedule compares the listings and copies what was missed. The function, the queues and the schedule live in the
    source's region; whatever is put into the source must wait for `ready`.

    Attributes:
        function: what copies.
        queue: what S3 tells of every change.
        dead_letters: changes that it has given up.
        permissions: what the function may do.
        ready: what must be there before anything is put into the source.

    Args:
        source: the bucket that is copied, without versioning.
        destinations: where to, at least one; imported ones with their region (`Bucket.from_bucket_attributes`).
        repair_every: how often the listings are compared; 6 hours by default.
        max_receive_count: how often a message is tried before it is a dead letter; 10 by default, which takes 75
            minutes.
        max_concurrency: how many invocations may run at once, 2 to 1,000; 10 by default.
        log_retention: how long the function's log is kept; one month by default.

    Raises:
        ValueError: no destination, a source with versioning, or a number out of range.

    Leaves to you:
        alarms: see `EventReplicationAlarms`; policies of destinations in other accounts.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: s3.Bucket,
        destinations: Sequence[s3.IBucket],
        repair_every: Duration | None = None,
        max_receive_count: int = 10,
        max_concurrency: int = 10,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        super().__init__(scope, id)
        instance("source", source, s3.Bucket)
        buckets("destinations", destinations)
        duration("repair_every", repair_every, "minutes", 1)
        integer("max_receive_count", max_receive_count, 1, 1000)
        integer("max_concurrency", max_concurrency, 2, 1000)
        if not destinations:
            fits("destinations", [Misfit(destinations, "at least one", "name the buckets to copy to")])
        _check_versioning(source)
        region_known(self, "destinations", *destinations)
        beside(self, "source", source.env.region)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            enforce_ssl=True,
            retention_period=Duration.days(14),
            # Six times the function's time limit (Lambda Developer Guide, services-sqs-configure). A failure does not
            # wait that long: the function shortens it.
            visibility_timeout=Duration.minutes(6 * TIMEOUT.to_minutes()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=max_receive_count),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._notify(source)
        kept = member("log_retention", log_retention, logs.RetentionDays)
        self.function = self._function(source, destinations, kept)
        mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
            max_concurrency=max_concurrency,
        )
        mapping.node.add_dependency(self.permissions)
        self.ready = mapping
        self._repair(repair_every or Duration.hours(6))

    def _notify(self, source: s3.Bucket) -> None:
        """Let the bucket, and no other, put messages into the queue: S3 tries it before it takes the configuration."""
        self.queue.add_to_resource_policy(
            iam.PolicyStatement.from_json(
                {
                    "Sid": "SourceTellsWhatChanged",
                    "Effect": "Allow",
                    "Principal": {"Service": "s3.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": self.queue.queue_arn,
                    "Condition": {
                        "ArnEquals": {"aws:SourceArn": arn_without_reference(source)},
                        "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                    },
                }
            )
        )
        cfn_source = notify(source, EVENTS, self.queue)
        policy = self.queue.node.find_child("Policy")
        cfn_source.node.add_dependency(policy)

    def _function(
        self, source: s3.Bucket, destinations: Sequence[s3.IBucket], kept: logs.RetentionDays
    ) -> lambda_.Function:
        log_group = logs.LogGroup(self, "Logs", retention=kept, removal_policy=RemovalPolicy.DESTROY)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Event replication: reads the source, writes the copies",
        )
        self.permissions = self._permissions(role, source, destinations, log_group)
        return lambda_.Function(
            self,
            "Replicator",
            description="Makes the copies of a bucket equal to it",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="handler.index.handler",
            code=lambda_.Code.from_asset(
                str(Path(__file__).parent),
                exclude=["/*", "!/handler/", "/handler/*", "!/handler/*.py"],
                ignore_mode=IgnoreMode.GIT,
            ),
            role=role,
            log_group=log_group,
            timeout=TIMEOUT,
            memory_size=512,
            environment={
                "SOURCE": source.bucket_name,
                "COPIES": json.dumps(
                    [{"Bucket": copy.bucket_name, "Region": copy.env.region} for copy in destinations]
                ),
                "QUEUE_URL": self.queue.queue_url,
            },
        )

    def _permissions(
        self, role: iam.Role, source: s3.Bucket, destinations: Sequence[s3.IBucket], log_group: logs.LogGroup
    ) -> iam.CfnPolicy:
        source_objects = source.arn_for_objects("*")
        copies = [copy.arn_for_objects("*") for copy in destinations]
        # A principal that may list a bucket gets 404 for a missing object, any other gets 403 (S3 API, HeadObject).
        statements = [
            ("TellMissingFromDenied", ["s3:ListBucket"], [source.bucket_arn]),
            ("ReadTheSource", ["s3:GetObject", "s3:GetObjectTagging"], [source_objects]),
            (
                "ListTheCopies",
                ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [copy.bucket_arn for copy in destinations],
            ),
            (
                "WriteTheCopies",
                [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:GetObjectTagging",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                    "s3:PutObjectTagging",
                ],
                copies,
            ),
            (
                "WorkOffTheQueue",
                [
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage",
                    "sqs:SendMessage",
                ],
                [self.queue.queue_arn],
            ),
            ("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn]),
        ]
        policy = iam.CfnPolicy(
            self,
            "Permissions",
            policy_name="event-replication",
            roles=[role.role_name],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
                    for sid, actions, resources in statements
                ],
            },
        )
        acknowledge_wildcards(
            policy, [source_objects, *copies], "replication covers every object of these buckets, and nothing else"
        )
        return policy

    def _repair(self, every: Duration) -> None:
        events.Rule(
            self,
            "Repair",
            description="Has the copies compared with the source",
            schedule=events.Schedule.rate(every),
            targets=[targets.SqsQueue(self.queue, message=events.RuleTargetInput.from_object({"repair": {}}))],
        )


def _check_versioning(source: s3.Bucket) -> None:
    """Refuse a source with versions: every deletion would leave one there and take the copies'."""
    cfn_source = source.node.default_child
    assert isinstance(cfn_source, s3.CfnBucket)
    if Stack.of(source).resolve(cfn_source.versioning_configuration) == {"status": "Enabled"}:
        got = f"got {source.node.path} with versioning, expected none"
        msg = f"source: {got}; S3's events leave versions out: set versioned=False, or use `Replication`"
        raise ValueError(msg)
