"""The hosted zone of a site, where it is made: a stack of its own, because nothing else can wait for its delegation."""

from typing import Any

from aws_cdk import Fn, Stack
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover.config import HostedZone, ParentZone, Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import CrossAccountDelegation, PublicZone
from s3_failover_stacks.outputs import output


class ZoneStack(Stack):
    """Defines the zone and, where the parent is known, its delegation; otherwise it tells what to create there.

    Attributes:
        zone: the zone.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: hosted zone",
            **kwargs,
        )
        wanted = site.hosted_zone
        made = PublicZone(self, "Zone", zone_name=wanted.name, comment=f"s3-failover: {site.naming.label}")
        self.zone: route53.IHostedZone = made.zone
        if wanted.parent is not None:
            self._delegate(made, wanted.parent)
        self._outputs(made, wanted)

    def _delegate(self, made: PublicZone, parent: ParentZone) -> None:
        if parent.role_arn is not None:
            CrossAccountDelegation(
                self,
                "Delegation",
                zone=made.zone,
                parent_hosted_zone_id=parent.id,
                delegation_role=parent.role_arn,
            )
            return
        above = route53.HostedZone.from_hosted_zone_attributes(
            self, "Parent", hosted_zone_id=parent.id, zone_name=parent.name
        )
        made.delegate_from(above)

    def _outputs(self, made: PublicZone, wanted: HostedZone) -> None:
        output(self, Output.HOSTED_ZONE_ID, made.zone.hosted_zone_id, "The zone, for sites that share it")
        servers = Fn.join(" ", made.name_servers)
        if wanted.parent is None:
            output(
                self,
                Output.DELEGATION_TO_CREATE,
                f"{wanted.name}. NS {servers}",
                "Create it in the zone above, or at the registrar; until then no resolver finds the zone",
            )
        else:
            output(self, Output.NAME_SERVERS, servers, f"What {wanted.parent.name} delegates to")
