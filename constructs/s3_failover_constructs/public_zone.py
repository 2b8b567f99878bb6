"""A hosted zone of a site's own, and its delegation."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import KEPT, flag, optional_text, removal, text


class PublicZone(Construct):
    """Defines a public hosted zone that is kept when its stack goes: a new one would have other name servers.

    No resolver finds it before its parent zone delegates to `name_servers`.

    Attributes:
        zone: the zone.

    Args:
        zone_name: the zone's domain name.
        comment: shown in the console; none by default.
        accelerated_recovery: whether records can be changed again within an hour while us-east-1 is down (Route 53
            Developer Guide, accelerated-recovery); true by default.
        removal_policy: what becomes of the zone, and of its delegation, when its stack goes; kept by default.

    Leaves to you:
        the delegation from the zone above: see `CrossAccountDelegation`, or enter its name servers there by hand.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone_name: str,
        comment: str | None = None,
        accelerated_recovery: bool = True,
        removal_policy: RemovalPolicy = KEPT,
    ) -> None:
        super().__init__(scope, id)
        text("zone_name", zone_name, values.zone_name)
        optional_text("comment", comment, empty=True)
        flag("accelerated_recovery", accelerated_recovery)
        self.zone = route53.PublicHostedZone(
            self,
            "Zone",
            zone_name=zone_name,
            comment=comment,
            accelerated_recovery_enabled=accelerated_recovery or None,
        )
        self._kept = removal("removal_policy", removal_policy)
        self.zone.apply_removal_policy(self._kept)

    @property
    def name_servers(self) -> list[str]:
        """The zone's four name servers, known when it is deployed."""
        servers = self.zone.hosted_zone_name_servers
        assert servers is not None
        return servers

    def delegate_from(self, parent: route53.IHostedZone, *, ttl: Duration | None = None) -> route53.CfnRecordSet:
        """Define the NS record that delegates the zone, in a parent zone of the same account; it is kept too.

        Args:
            parent: the zone above.
            ttl: how long resolvers keep the delegation; one hour by default.
        """
        record = route53.CfnRecordSet(
            self,
            "Delegation",
            hosted_zone_id=parent.hosted_zone_id,
            name=f"{self.zone.zone_name}.",
            type="NS",
            ttl=str((ttl or Duration.hours(1)).to_seconds()),
            resource_records=self.name_servers,
        )
        record.apply_removal_policy(self._kept)
        return record
