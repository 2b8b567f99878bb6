"""The delegation of a zone from a parent zone in another account."""

from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from s3_failover_constructs.public_zone import PublicZone

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class CrossAccountDelegation(Construct):
    """Defines the NS record of a zone in a parent zone of another account, written as a role there.

    CloudFormation reaches one account, so a custom resource writes the record on deploy. It stays when the stack goes,
    as the zone does. The role must trust this account and may be held to this one record: allow
    `route53:ChangeResourceRecordSets` on the parent zone where `route53:ChangeResourceRecordSetsNormalizedRecordNames`
    is the zone's name and `...RecordTypes` is NS (Route 53 Developer Guide, specifying-conditions-route53).

    Args:
        zone: the zone that is delegated.
        parent_zone_id: the parent zone.
        role_arn: the role in the parent's account.
        ttl: how long resolvers keep the delegation; one hour by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        zone: PublicZone,
        parent_zone_id: str,
        role_arn: str,
        ttl: Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        writer = self._writer(role_arn)
        self.resource = CustomResource(
            self,
            "Record",
            resource_type="Custom::ZoneDelegation",
            service_token=writer.function_arn,
            service_timeout=Duration.minutes(5),
            properties={
                "ZoneName": zone.zone.zone_name,
                "NameServers": zone.name_servers,
                "ParentId": parent_zone_id,
                "RoleArn": role_arn,
                "Ttl": (ttl or Duration.hours(1)).to_seconds(),
            },
        )
        self.resource.node.add_dependency(self.permissions)

    def _writer(self, role_arn: str) -> lambda_.Function:
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.permissions = iam.CfnPolicy(
            self,
            "Permissions",
            policy_name="assume-delegation-role",
            roles=[role.role_name],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn},
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
            description="Writes the delegation into the parent zone on deploy",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(_HANDLER.read_text(encoding="utf-8")),
            role=role,
            log_group=log_group,
            timeout=Duration.minutes(3),
        )
