"""Leaves regions for good; each step is found done by looking, so that the same command resumes."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.config.moved import loses_website
from s3_failover.errors import UserError
from s3_failover.names.stacks import Output
from s3_failover.operations import notes
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.stacks import COMPLETE
from s3_failover.operations.evacuation import switch
from s3_failover.operations.leaving import fence, fill, regions
from s3_failover.operations.leaving.fill import Filled
from s3_failover.operations.leaving.plan import LeaveAction, LeaveStep, Mark, marked
from s3_failover.operations.leaving.regions import Move
from s3_failover.operations.refusals import UnavailableError, explained, found_or_none
from s3_failover.operations.shown import amount

_AT_REST_SECONDS = 1800.0
_PAUSE = 5.0


class Deployer(Protocol):
    """Deploys stacks of the project's app."""

    def prepare(self, region: str) -> None:
        """Have a region bootstrapped; raise UserError with the command where it is not."""

    def deploy(self, stacks: Sequence[str]) -> None:
        """Deploy stacks by their ids, and what they depend on; raise UserError if one fails."""


@dataclass
class Leaving:
    """A site that leaves regions of its copies.

    Attributes:
        site: the site as it will be, with the new regions.
        account: its account.
        deployer: what deploys its stacks.
        write: writes the new regions into the configuration file; None where the file has them already.
        say: takes lines of progress.
        stay: whether viewers who were evacuated stay at the secondary.
        filled: what became of the objects that the new primary lacked.
        replicated: how many objects were handed to replication, because a replica never had them.
    """

    site: Site
    account: Account
    deployer: Deployer
    write: Callable[[], None] | None
    say: Callable[[str], None]
    stay: bool = False
    filled: Filled = field(default_factory=Filled)
    replicated: int = 0
    sleep: Callable[[float], None] = time.sleep

    @property
    def steps(self) -> tuple[LeaveAction, ...]:
        """The steps, in their order."""
        found = tuple(self._steps())
        return found[:-1] if self.stay else found

    def plan(self) -> tuple[tuple[LeaveStep, ...], str]:
        """Return how the steps stand, and why some cannot be done now; empty if all can."""
        reason = regions.control_planes(self.account)
        found = tuple(marked(self.steps, blocked=reason is not None).values())
        owed = any(step.mark is Mark.OWED for step in found)
        return found, f"{EDGE_REGION} takes no changes now: {reason}" if owed else ""

    def run(self, planned: Sequence[LeaveStep]) -> None:
        """Do what is to do, in the order of the steps.

        Raises:
            UserError: a step failed; what was done stays, and running it again does the rest.
        """
        todo = {step.name for step in planned if step.mark is Mark.TODO}
        for step in self.steps:
            if step.name in todo:
                self.say(f"{step.name}: {step.what}")
                step.do()

    def _steps(self) -> Iterator[LeaveAction]:
        site, copies = self.site, "copies"
        regions_now = f'primary_region = "{site.primary_region}", replica_regions = {list(site.replica_regions)}'
        # Commands would look for a bucket that cannot be made.
        after = () if self.write is None else (copies,)
        yield LeaveAction("configuration", regions_now, lambda: self.write is None, self._write, after)
        what = f"deploy {self._primary_stack} and the replicas"
        yield LeaveAction(copies, what, self._has_copies, self._make_copies, by_control_planes=True)
        what = "copy to the primary what the replicas hold, and have replicated what a replica never had"
        yield LeaveAction("content", what, self._has_content, self._fill, (copies,))
        yield LeaveAction(
            "former primary",
            "take the roles of former primaries every permission: what comes back with its region copies nothing",
            lambda: not (fence.former_roles(site, self.account) or fence.shut_roles(site, self.account)),
            self._close,
            ("content",),
            by_control_planes=True,
        )
        what = f"deploy {site.name}/*: distribution, health checks, records and alarms"
        yield LeaveAction("edge", what, self._has_edge, self._make_edge, ("content",), by_control_planes=True)
        yield LeaveAction("viewers", "end the evacuation, if there is one", self._are_back, self._return, ("edge",))

    @property
    def _deployment(self) -> Deployment:
        return Deployment(self.site, self.account)

    @property
    def _primary_stack(self) -> str:
        return f"{self.site.name}/{self.site.primary_role}-{self.site.primary_region}"

    def _write(self) -> None:
        assert self.write is not None
        self.write()
        self.write = None

    def _close(self) -> None:
        for role in fence.former_roles(self.site, self.account):
            self.say(f"  {role}")
            fence.close(self.account, role)
        self._reopen()

    def _has_copies(self) -> bool:
        """Tell whether every copy's stack is there, and the primary replicates to every replica."""
        site = self.site
        wanted = [(site.primary_role, site.primary_region)]
        if site.replica_account is None:
            wanted += [(site.replica_role(region), region) for region in site.made_replicas]
        complete = all(self._deployment.stack(*each).status in COMPLETE for each in wanted)
        return complete and self._replicates()

    def _replicates(self) -> bool:
        names = self.site.names(self.account.id)
        replicas = {names.replica(region) for region in self.site.replica_regions}
        return replicas <= self._destinations(names.primary)

    def _destinations(self, bucket: str) -> set[str]:
        """Return the buckets that the primary is copied to; where a function does that, its stack tells."""
        if not self.site.versioned:
            names = self.site.names(self.account.id)
            return {names.replica(region) for region in self.site.replica_regions}
        client = self.account.client("s3", self.site.primary_region)
        with explained(f"read the replication rules of {bucket}"):
            found: Any = found_or_none(
                lambda: client.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"],
                "ReplicationConfigurationNotFoundError",
            )
        return {rule["Destination"]["Bucket"].split(":::")[-1] for rule in found or ()}

    def _make_copies(self) -> None:
        fence.keep_replicas(self.site, self.account)
        self._deploy(self._primary_stack)

    def _has_content(self) -> bool:
        found = fill.survey(self.site, self.account)
        return not (found.objects or found.absent or fence.are_kept(self.site, self.account))

    def _fill(self) -> None:
        fence.keep_replicas(self.site, self.account)
        if self.site.versioned:
            # S3 gives up what it may not copy at once. The function would copy what the primary had months ago.
            self._reopen()
        lacked = fill.survey(self.site, self.account)
        self.say(f"  {amount(lacked.objects, 'object')}, {amount(lacked.bytes, 'byte')}")
        done = fill.fill(self.site, self.account, fill.missing(self.site, self.account), lacked.objects, self.say)
        copied, held = self.filled.copied + done.copied, self.filled.bytes + done.bytes
        self.filled = Filled(copied, held, done.changed, done.left, done.example)
        self._reopen()
        fence.release_replicas(self.site, self.account)
        self.replicated += fill.replicate(self.site, self.account, fill.absent(self.site, self.account), self.say)
        self._await("replicas lack objects", self._is_absent)

    def _reopen(self) -> None:
        """Let a primary that was a former one meanwhile copy again."""
        for role in fence.shut_roles(self.site, self.account):
            self.say(f"  {role} gets its permissions back")
            fence.reopen(self.account, role)

    def _is_absent(self) -> bool:
        return next(fill.absent(self.site, self.account), None) is not None

    def _has_edge(self) -> bool:
        """Tell whether all stacks are there, and the edge leads to this primary and this first replica."""
        deployment, names = self._deployment, self.site.names(self.account.id)
        if any(stack.status not in COMPLETE for stack in deployment.stacks):
            return False
        return {names.primary, names.evacuation} <= {name.partition(".s3.")[0] for name in self._asked(deployment)}

    def _asked(self, deployment: Deployment) -> Iterator[str]:
        """Yield the names of what the distribution reads and of the evacuation's switch."""
        outputs = deployment.edge.outputs
        distribution, check = outputs[Output.DISTRIBUTION_ID], outputs[Output.EVACUATION_HEALTH_CHECK_ID]
        with explained(f"look at the distribution {distribution}", service="cloudfront"):
            config: Any = deployment.client("cloudfront").get_distribution_config(Id=distribution)
            yield from (origin["DomainName"] for origin in config["DistributionConfig"]["Origins"]["Items"])
        with explained(f"look at the health check {check}", service="route53"):
            found: Any = deployment.client("route53").get_health_check(HealthCheckId=check)["HealthCheck"]
            yield found["HealthCheckConfig"]["FullyQualifiedDomainName"]

    def _make_edge(self) -> None:
        self._deploy(f"{self.site.name}/*")
        if not self._has_content():
            # Written at a replica while the edge was deployed.
            self._fill()

    def _are_back(self) -> bool:
        return not switch.is_on(self.site, self.account)

    def _return(self) -> None:
        switch.end(self.site, self.account, notes.read(self.site, self.account).evacuation)

    def _deploy(self, stacks: str) -> None:
        for region in self.site.regions:
            self.deployer.prepare(region)
        self._await("stacks are deployed by another run", self._is_moving)
        self.deployer.deploy([stacks])

    def _is_moving(self) -> bool:
        """Tell whether a stack changes: an interrupted run leaves CloudFormation at work."""
        return any(_is_moving(stack.status) for stack in self._deployment.stacks)

    def _await(self, what: str, lasts: Callable[[], bool]) -> None:
        waited = 0.0
        while lasts():
            if waited > _AT_REST_SECONDS:
                raise UnavailableError(f"{what} after {waited / 60:.0f} minutes: look why, and run it again")
            if not waited:
                self.say(f"  {what}: waiting")
            self.sleep(_PAUSE)
            waited += _PAUSE


def _is_moving(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def require_copy(site: Site, lost: frozenset[str]) -> None:
    """Refuse a site without a copy that answers; raise UserError."""
    if lost >= set(site.regions):
        raise UserError(f"no copy of {site.name} answers, in {', '.join(site.regions)}: there is nothing to copy from")


def refuse(site: Site, moves: Sequence[Move], after: Site) -> None:
    """Refuse what this cannot do; each message says how it is done instead.

    Args:
        site: the site as it is.
        moves: the regions that it leaves.
        after: the site as it will be.

    Raises:
        UserError: a bucket that the file names is left, or something else of the site stays in a region that is left.
    """
    existing, left = site.existing, {move.left for move in moves}
    named = existing.primary_bucket or site.primary_bucket
    if named and site.primary_region in left:
        raise UserError(
            f"the file names the primary bucket {named}, and no other region can have a bucket of that name: name "
            "another one, or none, with the new region, and run it again",
            exit_code=3,
        )
    at_home = (StackRole.EDGE, StackRole.ZONE)
    stays = [f"{role}-{region}" for role, region in after.own_stacks if region in left and role not in at_home]
    if stays:
        raise UserError(
            f"the stack {stays[0]} of {site.name} would stay where nothing can be deployed: set `clients.alarm_region` "
            "to another region, and run it again",
            exit_code=3,
        )


def told(site: Site, moves: Sequence[Move]) -> Iterator[str]:
    """Yield what regions become of which, and what viewers notice."""
    for move in moves:
        place = f"the {'primary' if move.left == site.primary_region else 'replica'} of {site.hostname}"
        yield f"{place} moves from {move.left} to {move.to}{f' ({move.why})' if move.why else ''}"
    if loses_website(site, {move.left: move.to for move in moves}):
        yield (
            f"the website secondary becomes an https one: the bucket named {site.hostname} is lost with its region, "
            "and no other region can have that name"
        )
