"""The small object that every health check and probe reads."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover_constructs.arguments import QUEUE, a_bucket, buckets, items, may_implement, text
from s3_failover_constructs.deploy_writer import LONGEST, DeployWriter, deploy_writer
from s3_failover_constructs.places import region_known

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class HealthObject(Construct):
    """Defines the health object of a bucket: written on deploy, replicated like any other, never deleted by a stack.

    CloudFormation has no resource for an object, so a custom resource puts it. Taking part in a deploy only, it is not
    on the failover path. It is put again when `replicated_to` changes, because a new rule copies only what comes after
    it.

    When a deployment succeeds, the object is in every copy. Usually that takes seconds. The deployment waits up to 13.5
    minutes for it, because S3 may need 15 until the versioning of a new bucket is in effect everywhere (S3 User Guide,
    manage-versioning-examples). Meanwhile it puts the object again, less and less often, as long as S3 shows no version
    of it, no replication status, or a failed one. After that the resource fails with a reason that names the bucket and
    the last status; the same deployment can be repeated: what a failed creation has put is removed again, so that the
    bucket can be rolled back with its stack. For that `writer_role` must be exempt from a policy that protects the key.

    Attributes:
        bucket: where the object lives.
        key: its key.
        resource: the custom resource.
        writer_role: the role of the function that writes it.

    Args:
        bucket: where the object lives.
        key: its key; `_s3-failover/health.txt` by default.
        body: its text; by default it says what it is for.
        replicated_to: the buckets that the object is copied to; none by default.
        looked_at: the same buckets, with their regions, where S3 keeps no replication status and only a look
            at them tells; none by default.
        wait_for: what must be there before, such as the replication role's policy.
        hints: the queue of the function that makes the copies; the writer names the object there, because S3 may not
            send the events of a new or an adopted bucket yet. None by default.

    Leaves to you:
        a policy that keeps it from deletion: see `keep_objects`; its copies, which replication makes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket,
        key: str = HEALTH_KEY,
        body: str = "health object of s3-failover: checks read it, do not delete it\n",
        replicated_to: Sequence[s3.IBucket] = (),
        looked_at: Sequence[s3.IBucket] = (),
        wait_for: Sequence[IDependable] = (),
        hints: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, id)
        may_implement("hints", hints, QUEUE)
        a_bucket("bucket", bucket)
        text("key", key, values.health_key)
        text("body", body, empty=True)
        buckets("replicated_to", replicated_to)
        buckets("looked_at", looked_at)
        region_known(self, "looked_at", *looked_at)
        items("wait_for", wait_for)
        self.bucket = bucket
        self.key = key
        writer = self._writer(looked_at, hints)
        self.writer_role = writer.role
        copies = [{"Bucket": copy.bucket_name, "Region": copy.env.region} for copy in looked_at]
        self.resource = writer.resource(
            self,
            "Object",
            resource_type="Custom::HealthObject",
            properties={
                "Bucket": bucket.bucket_name,
                "Key": key,
                "Body": body,
                "ReplicatedTo": [each.bucket_name for each in replicated_to],
                **({"Copies": copies} if copies else {}),
                **({"Hints": hints.queue_url} if hints else {}),
            },
        )
        if isinstance(bucket, s3.Bucket) and bucket.policy is not None:
            self.resource.node.add_dependency(bucket.policy)
        self.resource.node.add_dependency(*wait_for)

    def come_last(self) -> None:
        """Let the object wait for everything else in its stack: call it when the stack is complete.

        CloudFormation cannot delete a bucket that holds something (CloudFormation, AWS::S3::Bucket). So nothing of the
        stack may fail after the object was put, or a first creation could not be rolled back.
        """
        ancestors = self.node.scopes
        paths = {each.node.path for each in ancestors}
        stack = Stack.of(self).node.path
        for scope in ancestors[[each.node.path for each in ancestors].index(stack) : -1]:
            others = [child for child in scope.node.children if child.node.path not in paths]
            self.resource.node.add_dependency(*others)

    def _writer(self, looked_at: Sequence[s3.IBucket], hints: sqs.IQueue | None) -> DeployWriter:
        write = {
            "Effect": "Allow",
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"],
            "Resource": self.bucket.arn_for_objects(self.key),
        }
        look = {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": [copy.arn_for_objects(self.key) for copy in looked_at],
        }
        hint = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": hints.queue_arn}] if hints else []
        return deploy_writer(
            self,
            handler=_HANDLER,
            description="Writes the health object on deploy",
            policy_name="write-health-object",
            statements=[write, *([look] if looked_at else []), *hint],
            timeout=LONGEST,
        )
