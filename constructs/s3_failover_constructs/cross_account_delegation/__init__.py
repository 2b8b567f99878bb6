"""The delegation of a zone from a parent zone in another account."""

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover.values import Misfit
from s3_failover_constructs.arguments import ZONE, duration, fits, implements, text
from s3_failover_constructs.deploy_writer import deploy_writer

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class CrossAccountDelegation(Construct):
    """Defines the NS record of a zone in a parent zone of another account, written as a role there.

    CloudFormation reaches one account, so a custom resource writes the record on deploy. It stays when the stack goes,
    as the zone does. The role must trust this account and may be limited to this one record: allow
    `route53:ChangeResourceRecordSets` on the parent zone where `route53:ChangeResourceRecordSetsNormalizedRecordNames`
    is the zone's name and `...RecordTypes` is NS (Route 53 Developer Guide, specifying-conditions-route53).

    Attributes:
        resource: the custom resource that writes the record.

    Args:
        zone: the zone that is delegated, with name servers: an imported one has none.
        parent_hosted_zone_id: the parent zone.
        delegation_role: the role in the parent's account, or its ARN.
        ttl: how long resolvers keep the delegation; one hour by default.

    Leaves to you:
        the role in the parent's account, and the removal of the record.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: route53.IHostedZone,
        parent_hosted_zone_id: str,
        delegation_role: iam.IRole | str,
        ttl: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        implements("zone", zone, ZONE)
        text("parent_hosted_zone_id", parent_hosted_zone_id)
        role_arn = getattr(delegation_role, "role_arn", delegation_role)
        text("delegation_role", role_arn)
        servers = getattr(zone, "hosted_zone_name_servers", None)
        if not servers:
            expected, remedy = "a zone with name servers", "pass the zone that the app makes, as in public_zone.zone"
            fits("zone", [Misfit(zone, expected, remedy)])
        duration("ttl", ttl, "seconds")
        writer = deploy_writer(
            self,
            handler=_HANDLER,
            description="Writes the delegation into the parent zone on deploy",
            policy_name="assume-delegation-role",
            statements=[{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}],
        )
        self.resource = writer.resource(
            self,
            "Record",
            resource_type="Custom::ZoneDelegation",
            properties={
                "ZoneName": zone.zone_name,
                "NameServers": servers,
                "ParentId": parent_hosted_zone_id,
                "RoleArn": role_arn,
                "Ttl": (ttl or Duration.hours(1)).to_seconds(),
            },
        )
