"""The small object that every health check and probe reads."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class HealthObject(Construct):
    """Defines the health object of a bucket: written on deploy, replicated like any other, never deleted by a stack.

    CloudFormation has no resource for an object, so a custom resource puts it. Taking part in a deploy only, it is not
    on the failover path. It is put again when `replicated_to` changes, because a new rule copies only what comes after
    it.

    Args:
        bucket: where the object lives.
        key: its key.
        body: its text; by default it says what it is for.
        replicated_to: the names of the buckets that the object is copied to; none by default.
        looked_at: the same buckets, imported with their regions, where S3 keeps no replication status and only a look
            at them tells; none by default.
        wait_for: what must be there before, such as the replication role's policy.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        key: str,
        body: str = "health object of s3-failover: checks read it, do not delete it\n",
        replicated_to: Sequence[str] = (),
        looked_at: Sequence[s3.IBucket] = (),
        wait_for: Sequence[IDependable] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = bucket
        self.key = key
        writer = self._writer(looked_at)
        copies = [{"Bucket": copy.bucket_name, "Region": copy.env.region} for copy in looked_at]
        self.resource = CustomResource(
            self,
            "Object",
            resource_type="Custom::HealthObject",
            service_token=writer.function_arn,
            service_timeout=Duration.minutes(5),
            properties={
                "Bucket": bucket.bucket_name,
                "Key": key,
                "Body": body,
                "ReplicatedTo": list(replicated_to),
                **({"Copies": copies} if copies else {}),
            },
        )
        if isinstance(bucket, s3.Bucket) and bucket.policy is not None:
            self.resource.node.add_dependency(bucket.policy)
        self.resource.node.add_dependency(self.permissions, *wait_for)

    def _writer(self, looked_at: Sequence[s3.IBucket]) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        look = {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": [copy.arn_for_objects(self.key) for copy in looked_at],
        }
        self.permissions = iam.CfnPolicy(
            self,
            "Permissions",
            policy_name="write-health-object",
            roles=[role.role_name],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["s3:GetObject", "s3:PutObject"],
                        "Resource": self.bucket.arn_for_objects(self.key),
                    },
                    *([look] if looked_at else []),
                    {
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": log_group.log_group_arn,
                    },
                ],
            },
        )
        return lambda_.Function(
            self,
            "Writer",
            description="Writes the health object on deploy",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(_HANDLER.read_text(encoding="utf-8")),
            role=role,
            log_group=log_group,
            timeout=Duration.minutes(3),
        )
