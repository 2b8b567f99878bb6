"""What is deployed for a site: its stacks with their outputs and resources, and clients for what is in them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import EDGE_REGION, Names, Site, StackRole
from s3_failover.config.alarms import kinds
from s3_failover.errors import UserError
from s3_failover.names import tags
from s3_failover.names.stacks import TOPICS, Output
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained

_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""Statuses of resources that an update, or its rollback, took out of the stack (CloudFormation API, ResourceStatus)."""


@dataclass(frozen=True)
class Outputs:
    """The outputs of one stack."""

    stack: str
    region: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: Output) -> str:
        """Return an output; raise UserError if the stack has none of that key, as one of an older version."""
        if key not in self.values:
            raise UserError(
                f"the stack {self.stack} in {self.region} has no output {key}, which this version of s3-failover "
                "reads: deploy the site again with `npx cdk deploy --all`"
            )
        return self.values[key]


@dataclass(frozen=True)
class Stack:
    """A stack as it should be there, and as it is.

    A stack that is not there has no status. The resources are by type and physical id; the owner is the hostname that
    its tag names, empty where it has no such tag.
    """

    role: StackRole
    name: str
    region: str
    status: str
    resources: tuple[tuple[str, str], ...] = ()
    protected: bool = False
    owner: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[str]:
        """Return the physical ids of the resources of a type."""
        return (physical for each, physical in self.resources if each == kind)

    @property
    def outputs(self) -> Outputs:
        """Its outputs."""
        return Outputs(self.name, self.region, self.values)


@dataclass(frozen=True)
class Deployment:
    """A site as it is deployed in an account."""

    site: Site
    account: Account

    @property
    def names(self) -> Names:
        """The names of the buckets."""
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
        zones = [found for stack in self.stacks for found in stack.of("AWS::Route53::HostedZone")]
        return zones[0] if zones else ""

    def outputs(self, role: StackRole = StackRole.EDGE, region: str = EDGE_REGION) -> Outputs:
        """Return the outputs of one stack, by default the edge's."""
        name = self.site.naming.stack(role, region)
        with explained(f"look at the stack {name} in {region}", service="cloudformation"):
            found = _described(self.client("cloudformation", region), name)
        if found is None:
            raise UserError(f"there is no stack {name} in {region}: deploy the site with `npx cdk deploy --all`")
        # After ROLLBACK_COMPLETE, unlike UPDATE_ROLLBACK_COMPLETE, there never was anything.
        status = found["StackStatus"]
        if not status.endswith("_COMPLETE") or status.startswith("DELETE") or status == "ROLLBACK_COMPLETE":
            raise UserError(
                f"the stack {name} in {region} is {status}, expected a complete one: "
                f"`s3-failover doctor {self.site.name}` says what to do"
            )
        return Outputs(name, region, _values(found))

    def severities(self, regions: Collection[str]) -> dict[str, str]:
        """Return `critical` or `warning` for each topic of the site's own in some regions, by ARN.

        A site whose app chooses the alarms' actions has no topics of its own.
        """
        found: dict[str, str] = {}
        for role, region in self.site.own_stacks:
            if region in regions and kinds(self.site, role, region):
                told = self.outputs(role, region).values
                found |= {told[key]: severity for severity, key in TOPICS.items() if key in told}
        return found

    def stack(self, role: StackRole, region: str) -> Stack:
        """Return a stack as it is now."""
        name = self.site.naming.stack(role, region)
        client = self.client("cloudformation", region)
        with explained(f"look at the stack {name} in {region}", service="cloudformation"):
            found = _described(client, name)
            if found is None:
                return Stack(role, name, region, "")
            resources = tuple(_listed(client, name))
        owner = next((tag["Value"] for tag in found.get("Tags", ()) if tag["Key"] == tags.SITE), "")
        protected = found.get("EnableTerminationProtection", False)
        return Stack(role, name, region, found["StackStatus"], resources, protected, owner, _values(found))


def _described(client: Any, stack: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return found


def _values(described: Mapping[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}


def _listed(client: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Return types and physical ids of a stack's resources; CloudFormation lists what the stack has no more, too."""
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            if each.get("ResourceStatus") not in _GONE:
                yield each["ResourceType"], each.get("PhysicalResourceId", "")
