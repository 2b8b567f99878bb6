"""Runs all checks of `preflight`, side by side."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions, findings, left_over, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.findings import Severity
from s3_failover.operations.permissions import Policy
from s3_failover.operations.preflight import (
    aliases,
    apart,
    bootstrap,
    buckets,
    deployed,
    names,
    public_access,
    quotas,
    records,
    regions,
    removed,
    zone,
)
from s3_failover.operations.preflight.finding import PreflightFinding
from s3_failover.operations.preflight.ground import Ground, PreflightPlan
from s3_failover.operations.preflight.look import Look, merged
from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.together import together

SECONDS = 60.0
"""How long all looks together may take; those that have not answered by then are findings."""

_SUBJECTS: tuple[Callable[[Ground], Iterator[Look]], ...] = (
    deployed.looks,
    public_access.looks,
    apart.looks,
    regions.looks,
    bootstrap.looks,
    buckets.looks,
    names.looks,
    zone.looks,
    records.looks,
    aliases.looks,
    quotas.looks,
    removed.looks,
)


class PreflightReport(findings.Examined[PreflightFinding]):
    """What `preflight` found."""

    @property
    def stops(self) -> bool:
        """Whether a deployment would fail or hurt."""
        return any(finding.severity is Severity.CRITICAL for finding in self.findings)


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets a preflight look at everything."""
    ground = Ground(PreflightPlan(site), account)
    return permissions.policy(*merged(need for look in _looks(ground) for need in look.needs))


def examine(plan: PreflightPlan, account: Account, *, say: Callable[[str], None]) -> PreflightReport:
    """Look at everything, and return the worst first; what cannot be looked at is a finding too."""
    say(f"looking at what is deployed for {plan.site.hostname}")
    ground = _survey(plan, account)
    looks = {look.part: look for look in _looks(ground)}
    say(f"looking at {len(looks)} parts")
    answers = together({part: functools.partial(_all, look) for part, look in looks.items()}, seconds=SECONDS)
    known = merged(need for look in looks.values() for need in look.needs)
    found: list[PreflightFinding] = []
    denied = False
    for part, answer in answers.items():
        seen, error = ([], answer) if isinstance(answer, UserError) else answer
        found += seen
        if error:
            found.append(looks[part].unanswered(error, known))
        denied = denied or isinstance(error, DeniedError)
    return PreflightReport(
        site=plan.site.name, looked_at=tuple(looks), findings=findings.worst_first(found), denied=denied
    )


def _all(look: Look) -> tuple[list[PreflightFinding], UserError | None]:
    """Return what a look finds, and the error that ended it, if one did."""
    found: list[PreflightFinding] = []
    try:
        found.extend(look.find())
    except UserError as error:
        return found, error
    return found, None


def _looks(ground: Ground) -> Iterator[Look]:
    return (look for subject in _SUBJECTS for look in subject(ground))


def _allowed(site: Site, account: Account) -> frozenset[str] | UserError:
    try:
        return enabled_regions.of(account, region=site.replica_regions[0], seconds=SECONDS)
    except UserError as error:
        return error


def _survey(plan: PreflightPlan, account: Account) -> Ground:
    """Return what is deployed: first where the account may have anything, then everything there at once."""
    allowed = _allowed(plan.site, account)
    ground = Ground(plan, account, allowed)
    expected = [each for each in ground.site.own_stacks if ground.may_use(each[1])]
    places = sorted(allowed) if isinstance(allowed, frozenset) else list(ground.regions)
    stacks: dict[str, Callable[[], Any]] = {
        ground.site.naming.stack(*each): functools.partial(ground.deployment.stack, *each) for each in expected
    }
    lists: dict[str, Callable[[], Any]] = {
        region: functools.partial(left_over.listed, account, region) for region in places
    }
    found = together({**stacks, **lists}, seconds=SECONDS)
    return Ground(
        plan,
        account,
        allowed,
        {each: found[ground.site.naming.stack(*each)] for each in expected},
        {region: found[region] for region in places},
    )
