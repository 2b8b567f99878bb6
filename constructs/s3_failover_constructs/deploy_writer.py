"""The function behind a custom resource: it writes, on deploy, what CloudFormation has no resource for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

LONGEST = Duration.minutes(15)
"""The longest that Lambda gives an invocation (Lambda Developer Guide, configuration-timeout)."""

_MARGIN = Duration.minutes(5)

_SHARED = Path(__file__).with_name("custom_resource.py")
_IMPORT = "from s3_failover_constructs.custom_resource import answer_to, reply\n"


@dataclass(frozen=True)
class DeployWriter:
    """A function that CloudFormation calls, and what it may do.

    Attributes:
        function: the function.
        role: its role.
        permissions: its policy.
        timeout: the longest that it runs.
    """

    function: lambda_.Function
    role: iam.IRole
    permissions: iam.CfnPolicy
    timeout: Duration

    def resource(
        self, scope: Construct, construct_id: str, *, resource_type: str, properties: dict[str, Any]
    ) -> CustomResource:
        """Define something that it writes, once it may."""
        resource = CustomResource(
            scope,
            construct_id,
            resource_type=resource_type,
            service_token=self.function.function_arn,
            # More than the function has: one that dies without an answer must not hold a stack for an hour.
            service_timeout=Duration.seconds(self.timeout.to_seconds() + _MARGIN.to_seconds()),
            properties=properties,
        )
        resource.node.add_dependency(self.permissions)
        return resource


def deploy_writer(
    scope: Construct,
    *,
    handler: Path,
    description: str,
    policy_name: str,
    statements: Sequence[dict[str, Any]],
    timeout: Duration | None = None,
) -> DeployWriter:
    """Define the function; it may write its log and do what the statements say.

    Its code stands in the template: the stack needs no asset, and deploys before anything else is there.

    Args:
        scope: what it belongs to.
        handler: the file with its code, which has no other module beside it; it may import `custom_resource`.
        description: what it does, for the Lambda console.
        policy_name: the name of its policy.
        statements: what it may do besides.
        timeout: the longest that it runs, at most `LONGEST`; 3 minutes by default. CloudFormation waits five more.
    """
    chosen = timeout or Duration.minutes(3)
    log_group = logs.LogGroup(
        scope, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
    )
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": log_group.log_group_arn,
    }
    permissions = iam.CfnPolicy(
        scope,
        "Permissions",
        policy_name=policy_name,
        roles=[role.role_name],
        policy_document={"Version": "2012-10-17", "Statement": [*statements, log]},
    )
    function = lambda_.Function(
        scope,
        "Writer",
        description=description,
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline(_standing_alone(handler)),
        role=role,
        log_group=log_group,
        timeout=chosen,
    )
    return DeployWriter(function, role, permissions, chosen)


def _standing_alone(handler: Path) -> str:
    """Return the code of a handler, with what it shares with others in the place of the import."""
    return handler.read_text(encoding="utf-8").replace(_IMPORT, _SHARED.read_text(encoding="utf-8"))
