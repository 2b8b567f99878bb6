"""The names of what is deployed for a hostname in an account, but buckets."""

from dataclasses import dataclass

from s3_failover.names import alarms, health_checks
from s3_failover.names.buckets import DIGEST_LENGTH, digest, slug
from s3_failover.names.stacks import StackRole

PREFIX = "s3-failover-"
"""How the names of stacks, roles and keys begin, and of all that CloudFormation names after a stack."""

ROLE_NAME_LENGTH = 64
"""IAM's limit for a role name (IAM API, CreateRole)."""

_TITLE_LENGTH = 70
_LABEL_LENGTH = 100
_SHORT_LENGTH = 48
_STACK_SLUG_LENGTH = 80
"""Leaves room for role and region: a stack's name has up to 128 characters (CloudFormation API, CreateStack)."""


@dataclass(frozen=True)
class Naming:
    """The names of everything but buckets that is deployed for a hostname in an account."""

    hostname: str
    stack_prefix: str | None = None

    def stack(self, role: StackRole, region: str) -> str:
        """Return a stack's name, in which nothing but letters, digits and hyphens is allowed."""
        return f"{self.stacks}{role}-{region}"

    @property
    def stacks(self) -> str:
        """What the name of each of the site's stacks, and of no other site's, starts with.

        A stack of a longer hostname can start alike, as `shop.example.com.au` does with `shop.example.com`: a pattern
        for permissions, never a way to find stacks.
        """
        return f"{self.stack_prefix or PREFIX + slug(self.hostname, _STACK_SLUG_LENGTH)}-"

    @property
    def label(self) -> str:
        """The hostname, or its start and a hash where it is longer than 100 characters.

        Names of alarms and files have up to 255 (CloudWatch API, PutMetricAlarm). No hostname has an underscore.
        """
        if len(self.hostname) <= _LABEL_LENGTH:
            return self.hostname
        return f"{self.hostname[: _LABEL_LENGTH - DIGEST_LENGTH - 1]}_{digest(self.hostname)}"

    @property
    def alarms(self) -> str:
        """What the name of each of the site's alarms starts with: a hostname has no slash, so no other site's does."""
        return alarms.name(self.label, "")

    def alarm(self, kind: str) -> str:
        """Return an alarm's name, as in `shop.example.com/primary-unhealthy`."""
        return alarms.name(self.label, kind)

    def alarm_kind(self, name: str) -> str:
        """Return what one of the site's alarms is on, by its name: the inverse of `alarm`."""
        return name.removeprefix(self.alarms)

    def dashboard(self, region: str, *, shared: bool = False) -> str:
        """Return the name of a dashboard: letters, digits, hyphens and underscores (CloudWatch API, PutDashboard).

        Names are global in an account. The region of its stack is part of it: the stack of a former first replica may
        still have its own.
        """
        return f"{self.short}_{'all-sites_' if shared else ''}{region}"

    def title(self, where: str) -> str:
        """Return what e-mails from a place's alarms show as their sender (SNS API, DisplayName: 100 characters)."""
        return f"{self.hostname[:_TITLE_LENGTH]} {where}"

    def health_check(self, role: str) -> str:
        """Return the tag `Name` of a health check, as in `shop.example.com failover`."""
        return health_checks.tag(self.label, role)

    @property
    def short(self) -> str:
        """The hostname in at most 48 letters, digits and hyphens: what CloudFront's account-wide names start with.

        The names of functions and origin access controls have up to 64 (CloudFront API, CreateFunction).
        """
        return slug(self.hostname, _SHORT_LENGTH)

    @property
    def key_alias(self) -> str:
        """The alias of the KMS key in each region."""
        return f"alias/{PREFIX}{slug(self.hostname, _STACK_SLUG_LENGTH)}"

    def mute_rule(self, why: str) -> str:
        """Return the name of the rule that mutes the site's alarms in a region, as for a `drill`."""
        return f"{PREFIX}{slug(self.hostname, _STACK_SLUG_LENGTH)}-{why}"

    def iam_role(self, kind: str) -> str:
        """Return the name of an IAM role, where another account or a user must be able to spell it."""
        room = ROLE_NAME_LENGTH - len(f"{PREFIX}-{kind}")
        return f"{PREFIX}{slug(self.hostname, room)}-{kind}"

    def parameter(self, what: str) -> str:
        """Return the name of an SSM parameter in which something about the site is written down."""
        return f"/s3-failover/{self.hostname}/{what}"
