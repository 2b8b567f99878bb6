"""Keeps viewers at the secondary, whatever the primary does, by one reversible change of the check that moves DNS.

In dns mode the calculated check is told to need one more healthy child than it has, which makes it unhealthy always
(Route 53 API, UpdateHealthCheck, HealthThreshold); the checks below it go on measuring. In hybrid mode the
distribution's own check decides: disabled it counts as healthy, and inverted besides as unhealthy, always (the same,
Disabled). Inverting alone would send viewers to the distribution at the moment when it breaks.

Route 53's control plane, in us-east-1, must take the change; once it has, the data plane holds by itself.
"""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pydantic import Field

from s3_failover.config import EDGE_REGION, Mode, Site
from s3_failover.errors import UserError
from s3_failover.operations import legs, notes, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.notes import Notes
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import code, explained, found_or_none
from s3_failover.operations.status import checks
from s3_failover.operations.status.checks import Check
from s3_failover.results import Result, part


@part
class RecordChange:
    """A change of the check that moves DNS."""

    check: str
    """Its id."""
    before: Mapping[str, Any]
    """The settings as they were."""
    after: Mapping[str, Any]
    """The settings as they are now, or would be with --dry-run."""
    version: int = Field(exclude=True)
    """The version of the check's configuration that is changed; 0 for one that is as it becomes already."""
    healthy: bool | None = Field(default=None, exclude=True)
    """Whether the check is healthy now: then a hold moves viewers; None if that is unknown."""
    written: Mapping[str, Any] = Field(default_factory=dict, exclude=True)
    """What was written down about the hold that this ends."""
    done: bool = False
    """Whether it was made: false with --dry-run."""

    @property
    def command(self) -> str:
        """The change as the AWS CLI has it."""
        return f"aws route53 update-health-check --health-check-id {self.check} {options(self.after)}"


class HoldResult(Result):
    """What `failback --hold` and `--release` changed."""

    site: str
    """The site's name."""
    changed: RecordChange
    """The change of the check that moves DNS."""


def options(settings: Mapping[str, Any]) -> str:
    """Return settings of a check as options of the AWS CLI."""
    flags = {("Disabled", True): "--disabled", ("Disabled", False): "--no-disabled"}
    flags |= {("Inverted", True): "--inverted", ("Inverted", False): "--no-inverted"}
    return " ".join(flags.get(each) or f"--health-threshold {each[1]}" for each in settings.items())


def holding(site: Site, account: Account) -> RecordChange:
    """Return what would hold viewers; changes nothing.

    Raises:
        UserError: viewers are held already, a drill is not undone, the check is set by hand, the secondary does not
            serve, or AWS cannot be asked.
    """
    written = notes.read(site, account)
    if written.hold is not None:
        raise UserError(f"{_told(written.hold)}, expected no hold: end it with --release")
    _require_no_drill(site, written)
    check = _deciding(site, account)
    if check.forced:
        raise UserError(
            f"the check {check.role} ({check.id}) is set by hand ({', '.join(check.forced)}), expected it as deployed: "
            "put it back, or leave it, it moves DNS already"
        )
    answer = legs.secondary(site, account).get(site.health_key)
    if answer.status != 200:
        raise UserError(
            f"the secondary answers {answer.status or answer.error} for /{site.health_key}, expected 200: "
            "viewers who are held there would get nothing"
        )
    after = settings(site, check.config)
    before = {name: check.config.get(name, False) for name in after}
    return RecordChange(check.id, before, after, check.version, check.healthy)


def settings(site: Site, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that make the deciding check unhealthy always."""
    if site.mode is Mode.DNS:
        return {"HealthThreshold": len(config["ChildHealthChecks"]) + 1}
    return {"Disabled": True, "Inverted": True}


def hold(site: Site, account: Account, change: RecordChange) -> None:
    """Write down how the check was, then make it hold; raise UserError if another run wrote it first, or AWS refuses.

    What is written down is never written over, so two people cannot both hold; interrupted anywhere, `release` undoes
    what was done.
    """
    document = {
        "id": secrets.token_hex(4),
        "check": change.check,
        "previous": dict(change.before),
        "settings": dict(change.after),
        "begin": account.now().replace(microsecond=0).isoformat(),
        "by": caller(site, account),
    }
    notes.write_new(site, account, notes.HOLD, document)
    # Who drills writes that down first, too, and then looks for a hold: one of the two sees the other.
    try:
        _require_no_drill(site, notes.read(site, account))
    except UserError:
        notes.erase(site, account, notes.HOLD, document)
        raise
    try:
        _update(account, change)
    except UserError as error:
        raise UserError(f"{error}; it is written down as held: run --release before you try again") from error


def releasing(site: Site, account: Account) -> RecordChange:
    """Return what would end the hold, and change nothing; raise UserError if the check is not as a hold left it."""
    held = notes.read(site, account).hold
    if held is None:
        raise UserError(
            f"viewers of {site.hostname} are not held at the secondary: there is no {notes.name(site, notes.HOLD)} in "
            f"{site.replica_regions[0]}"
        )
    if not {"check", "previous", "settings"} <= set(held):
        raise UserError(f"{notes.name(site, notes.HOLD)} holds {dict(held)}, expected what --hold writes: look at it")
    identifier, before, after = held["check"], held["settings"], held["previous"]
    found = _found(account, identifier)
    if found is None:
        return RecordChange(identifier, after, after, 0, written=held)
    now = {name: found["HealthCheckConfig"].get(name, False) for name in after}
    if now not in (before, after):
        raise UserError(
            f"the check {identifier} has {now}, expected {dict(before)} as --hold left it: it was changed since; put "
            f"it as it was before that with `aws route53 update-health-check --health-check-id {identifier} "
            f"{options(after)}`, and again"
        )
    return RecordChange(identifier, now, after, found["HealthCheckVersion"] if now == before else 0, written=held)


def release(site: Site, account: Account, change: RecordChange) -> None:
    """Put the check back as it was, then forget the hold.

    Raises:
        UserError: AWS refuses; what was done stays, and doing it again does the rest.
    """
    if change.version:
        _update(account, change)
    notes.erase(site, account, notes.HOLD, change.written)


def is_as_held(check: Check, held: Mapping[str, Any] | None) -> bool:
    """Return whether a check is set by hand because of a hold, and no further."""
    if held is None or held.get("check") != check.id:
        return False
    as_held = all(check.config.get(name) == value for name, value in held.get("settings", {}).items())
    return as_held and not checks.forced({**check.config, **held.get("previous", {})})


def caller(site: Site, account: Account) -> str:
    """Return who we are, as STS in the first replica's region says; `unknown` if it does not."""
    try:
        with explained("ask who we are", service="sts"):
            arn: str = account.client("sts", site.replica_regions[0]).get_caller_identity()["Arn"]
    except UserError:
        return "unknown"
    return arn


def statements(site: Site, account: Account) -> Iterator[Policy]:
    """Return what holding and releasing need, besides looking."""
    yield allow(["route53:UpdateHealthCheck"], ["arn:aws:route53:::healthcheck/*"])
    yield allow(["ssm:PutParameter", "ssm:DeleteParameter"], [permissions.record(site, account, notes.HOLD)])


def _deciding(site: Site, account: Account) -> Check:
    found = next((check for check in checks.look(site, account) if check.decides), None)
    if found is None or not found.version:
        why = found.error if found else "there is no such check: is the site deployed?"
        raise UserError(f"viewers cannot be held now: {why}; Route 53's control plane in us-east-1 must answer for it")
    return found


def _found(account: Account, identifier: str) -> Any:
    """Return a health check; None if a deploy has replaced it, and with it the hold."""
    with explained(f"look at the health check {identifier}", service="route53"):
        client = account.client("route53", EDGE_REGION)
        return found_or_none(
            lambda: client.get_health_check(HealthCheckId=identifier)["HealthCheck"], "NoSuchHealthCheck"
        )


def _update(account: Account, change: RecordChange) -> None:
    with explained(f"change the health check {change.check}", service="route53"):
        try:
            account.client("route53", EDGE_REGION).update_health_check(
                HealthCheckId=change.check, HealthCheckVersion=change.version, **change.after
            )
        except ClientError as error:
            # boto3 tries again where only the answer was lost: then it is as it should be.
            if code(error) != "HealthCheckVersionMismatch" or not _is_as(_found(account, change.check), change.after):
                raise


def _is_as(found: Any, settings: Mapping[str, Any]) -> bool:
    return found is not None and all(found["HealthCheckConfig"].get(name) == value for name, value in settings.items())


def _require_no_drill(site: Site, written: Notes) -> None:
    if (drill := written.drill) is not None:
        raise UserError(
            f"a drill is written down ({drill.get('fault')}, begun {drill.get('begun')} by {drill.get('by')}), "
            f"expected none: it would change the check again; finish it with `s3-failover drill --undo {site.name}`"
        )


def _told(held: Mapping[str, Any]) -> str:
    return f"viewers are held at the secondary since {held.get('begin')} by {held.get('by')}"
