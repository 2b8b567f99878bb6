"""The delegation of a zone from a parent zone in another account."""

from pathlib import Path

from aws_cdk import Duration
from constructs import Construct

from s3_failover_constructs.arguments import duration, text
from s3_failover_constructs.deploy_writer import deploy_writer
from s3_failover_constructs.public_zone import PublicZone

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class CrossAccountDelegation(Construct):
    """Defines the NS record of a zone in a parent zone of another account, written as a role there.

    CloudFormation reaches one account, so a custom resource writes the record on deploy. It stays when the stack goes,
    as the zone does. The role must trust this account and may be limited to this one record: allow
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
        text("parent_zone_id", parent_zone_id)
        text("role_arn", role_arn)
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
                "ZoneName": zone.zone.zone_name,
                "NameServers": zone.name_servers,
                "ParentId": parent_zone_id,
                "RoleArn": role_arn,
                "Ttl": (ttl or Duration.hours(1)).to_seconds(),
            },
        )
