"""The deployment that is looked at: its stacks, and clients for what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from s3_failover import tags
from s3_failover.config import EDGE_REGION, Names, Site, StackRole
from s3_failover.operations import deployed
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained


@dataclass(frozen=True)
class Stack:
    """A stack as it should be there, and as it is.

    Attributes:
        role: what it holds.
        name: its name.
        region: its region.
        status: what CloudFormation says; empty if there is none.
        resources: physical ids by type, and logical ids.
        protected: whether it has termination protection.
        owner: the hostname that its tag names; empty where it has no such tag.
    """

    role: StackRole
    name: str
    region: str
    status: str
    resources: tuple[tuple[str, str, str], ...]
    protected: bool = False
    owner: str = ""

    def of(self, kind: str) -> Iterator[tuple[str, str]]:
        """Return logical and physical ids of the resources of a type."""
        return ((logical, physical) for each, logical, physical in self.resources if each == kind)


@dataclass(frozen=True)
class Patient:
    """A site as it is deployed in an account."""

    site: Site
    account: Account

    @property
    def names(self) -> Names:
        """The physical names."""
        return self.site.names(self.account.id)

    @property
    def copies(self) -> dict[str, str]:
        """The content buckets by region, the primary first."""
        replicas = {region: self.names.replica(region) for region in self.site.replica_regions}
        return {self.site.primary_region: self.names.primary, **replicas}

    @property
    def own(self) -> dict[str, str]:
        """The copies whose settings these credentials may look at, too: those in the site's own account."""
        return self.copies if self.site.replica_account is None else {self.site.primary_region: self.names.primary}

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """All stacks that the site should have in its own account."""
        return tuple(self.stack(role, region) for role, region in self.site.own_stacks)

    @property
    def edge(self) -> Stack:
        """The edge stack."""
        return next(stack for stack in self.stacks if stack.role is StackRole.EDGE)

    def client(self, service: str, region: str = EDGE_REGION) -> Any:
        """Return a client; global services are asked in us-east-1."""
        return self.account.client(service, region)

    @property
    def zone_id(self) -> str:
        """The hosted zone's id: as configured, or that of the zone that the site made; empty if that is not there."""
        if self.site.hosted_zone.id is not None:
            return self.site.hosted_zone.id
        zones = [found for stack in self.stacks for _, found in stack.of("AWS::Route53::HostedZone")]
        return zones[0] if zones else ""

    def stack(self, role: StackRole, region: str) -> Stack:
        """Return a stack as it is now.

        Raises:
            UserError: CloudFormation cannot be asked.
        """
        name = self.site.naming.stack(role, region)
        client = self.client("cloudformation", region)
        with explained(f"look at the stack {name} in {region}", service="cloudformation"):
            try:
                found = client.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if code(error) == "ValidationError":
                    return Stack(role, name, region, "", ())
                raise
            resources = tuple(
                (each["ResourceType"], each["LogicalResourceId"], each.get("PhysicalResourceId", ""))
                for each in deployed.listed(client, name)
            )
        owner = next((tag["Value"] for tag in found.get("Tags", ()) if tag["Key"] == tags.SITE), "")
        protected = found.get("EnableTerminationProtection", False)
        return Stack(role, name, region, found["StackStatus"], resources, protected, owner)
