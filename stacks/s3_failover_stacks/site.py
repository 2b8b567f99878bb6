"""A whole site as one construct."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

from aws_cdk import Stack, Stage, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, load
from s3_failover.config import Site as SiteConfig
from s3_failover_constructs import (
    AlarmTopics,
    ApexFailoverRecords,
    ClientPolicy,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverRecords,
    Notifications,
)
from s3_failover_stacks import metrics, neighbours
from s3_failover_stacks.arguments import SiteArguments, settings
from s3_failover_stacks.assembly import tell_settings
from s3_failover_stacks.given import Given
from s3_failover_stacks.grants import SiteGrants
from s3_failover_stacks.notifications import SiteNotifications, check
from s3_failover_stacks.site_stacks import SiteStacks, site_stacks
from s3_failover_stacks.wording import in_python


class Site(Construct):
    """Defines one hostname with its buckets, distribution, health checks, records and alarms, in stacks of its own.

    A site spans regions, so its scope is an app, a stage, or a construct that is in no stack. Its stacks are below it,
    as in `shop/edge-us-east-1`; in CloudFormation they are called by the hostname, wherever the site is.

    Args:
        arguments: see `SiteArguments`; what failover.toml refuses is refused here, in the same words.

    Attributes:
        config: the settings, as the configuration has them.
        stacks: the site's stacks, each with what it makes.

    Raises:
        ConfigError: a rule refuses an argument, or another site of the app has what only one can have.
        TypeError: an argument has another type.
        ValueError: the scope is in a stack; `notifications` lack a region; a bucket or a certificate will not do.

    Leaves to you:
        the content, which `s3-failover publish` uploads; replication rules of buckets that the site does not make,
        which `s3-failover policies` prints; recipients of the alarms; paths of `cdn_options` such as `/api/*` at the
        secondary, which has the content alone.
    """

    config: SiteConfig
    stacks: SiteStacks

    def __init__(self, scope: Construct, construct_id: str, **arguments: Unpack[SiteArguments]) -> None:
        told: dict[str, Any] = {**arguments}
        given = Given.taken_from(told)
        if told.get("dashboard") is None:
            told["dashboard"] = _is_first_in(scope)
        with in_python():
            config = SiteConfig(name=construct_id, **settings(told))
        self._define(scope, construct_id, config, given)

    @staticmethod
    def from_config(
        scope: Construct, construct_id: str, config: SiteConfig, *, notifications: SiteNotifications | None = None
    ) -> Site:
        """Define a site with the settings of a configuration."""
        return _ConfiguredSite(scope, construct_id, config, Given(notifications=notifications))

    @staticmethod
    def from_toml(
        scope: Construct, path: str | Path, *, notifications: SiteNotifications | None = None
    ) -> dict[str, Site]:
        """Define the sites of a configuration file; return them by the names of their tables.

        Args:
            scope: an app, a stage, or a construct that is in no stack.
            path: the file.
            notifications: see `SiteArguments`; for all sites of the file.

        Raises:
            ConfigError: the file is missing, or something in it is refused; it carries every finding.
        """
        sites = load(Path(path)).sites
        return {each.name: Site.from_config(scope, each.name, each, notifications=notifications) for each in sites}

    def _define(self, scope: Construct, construct_id: str, config: SiteConfig, given: Given) -> None:
        super().__init__(scope, construct_id)
        _check_place(self)
        check(given.notifications, config)
        neighbours.join(self, config)
        self.config = config
        self._buckets = given.buckets
        self.stacks = site_stacks(self, config, given)
        given.buckets.admit(config, self.account, [self.stacks.primary, self.stacks.edge])
        if given.certificate is not None:
            self.stacks.edge.add_stack_dependency(Stack.of(given.certificate))
        tell_settings(self, lambda: _settings_beside(self))

    @property
    def account(self) -> str:
        """The site's account; a token where the credentials that deploy decide it."""
        return self.config.account or self.stacks.primary.account

    @property
    def names(self) -> Names:
        """The names of the site's buckets."""
        return self.config.names(self.account)

    @property
    def primary(self) -> s3.IBucket:
        """The bucket that content is published to."""
        return self._buckets.primary or self.stacks.primary.bucket

    @property
    def replicas(self) -> dict[str, s3.IBucket]:
        """The replica buckets by region; one that neither site nor app makes is known by its name."""
        made: dict[str, s3.IBucket] = {region: stack.bucket for region, stack in self.stacks.replicas.items()}
        given = made | dict(self._buckets.replicas)
        return {region: given.get(region, known) for region, known in self.stacks.primary.replicas.items()}

    @property
    def distribution(self) -> FailoverDistribution:
        """The distribution; behaviors can be added to it."""
        return self.stacks.edge.distribution

    @property
    def health_checks(self) -> FailoverHealthChecks:
        """The health checks, of which one moves DNS."""
        return self.stacks.edge.health_checks

    @property
    def records(self) -> FailoverRecords | ApexFailoverRecords:
        """The failover records."""
        return self.stacks.edge.records

    @property
    def alarms(self) -> dict[str, cloudwatch.AlarmBase]:
        """All alarms by what they are on, as in `failover-unhealthy`: what follows the slash in their names."""
        return metrics.alarms(self.config.naming, self.stacks.all)

    @property
    def notifications(self) -> dict[str, Notifications]:
        """What alarms do, by the ids of the stacks that have alarms, as in `edge-us-east-1`."""
        stacks = (self.stacks.primary, self.stacks.edge, *self.stacks.alarms.values(), self.stacks.clients)
        return {stack.node.id: stack.notifications for stack in stacks if stack and stack.notifications}

    @property
    def topics(self) -> dict[str, AlarmTopics]:
        """The topics that are made, by the ids of their stacks; none where the site got `notifications`."""
        return {where: each for where, each in self.notifications.items() if isinstance(each, AlarmTopics)}

    @property
    def client_policy(self) -> ClientPolicy | None:
        """What the roles of the clients' hosts need; None without `clients`."""
        return self.stacks.clients.client_policy if self.stacks.clients else None

    def grant_publish(self, grantee: iam.IGrantable) -> None:
        """Let a principal of the site's account write to the primary, read every copy, and invalidate caches."""
        SiteGrants(self.config, self.account).publish(grantee)

    def grant_read(self, grantee: iam.IGrantable) -> None:
        """Let a principal of the site's account read and list every copy."""
        SiteGrants(self.config, self.account).read(grantee)

    def metric_viewers_on_secondary(self) -> cloudwatch.MathExpression:
        """Return 1 while DNS sends viewers to the secondary, otherwise 0."""
        healthy = metrics.of(self.stacks.edge.alarms.failover)
        return cloudwatch.MathExpression(
            expression="1 - healthy", using_metrics={"healthy": healthy}, label="Viewers on the secondary"
        )

    def metric_primary_healthy(self) -> cloudwatch.Metric:
        """Return 1 while the primary bucket serves its health object, otherwise 0."""
        return metrics.of(self.stacks.edge.alarms.primary)

    def metric_secondary_healthy(self) -> cloudwatch.Metric:
        """Return 1 while the secondary serves, otherwise 0."""
        return metrics.of(self.stacks.edge.alarms.secondary)

    def metric_viewer_errors(self) -> cloudwatch.Metric:
        """Return the share of viewer requests that the distribution answers with 5xx, in percent."""
        return metrics.of(self.stacks.edge.alarms.cdn_errors)


class _ConfiguredSite(Site):
    """A site that is made of validated settings."""

    def __init__(self, scope: Construct, construct_id: str, config: SiteConfig, given: Given) -> None:
        self._define(scope, construct_id, config, given)


def add_sites(scope: Construct, path: str | Path, *, notifications: SiteNotifications | None = None) -> dict[str, Site]:
    """Define the sites of a configuration file in an app or a stage; return them by the names of their tables.

    Raises:
        ConfigError: as for `Site.from_toml`.
    """
    return Site.from_toml(scope, path, notifications=notifications)


def _settings_beside(site: Site) -> dict[str, SiteConfig]:
    """Return the settings of all sites of a site's app or stage, by their paths in it."""
    home = _home(site)
    sites = (each for each in home.node.find_all() if isinstance(each, Site) and _home(each) is home)
    return {each.node.path.removeprefix(home.node.path): _settled(each) for each in sites}


def _is_first_in(scope: Construct) -> bool:
    """Return whether the app or stage has no site yet: it gets a dashboard, of which an account has three for free."""
    home = scope if isinstance(scope, Stage) else isinstance(scope, Construct) and Stage.of(scope)
    return not (home and any(isinstance(each, Site) for each in home.node.find_all()))


def _settled(site: Site) -> SiteConfig:
    """Return the settings, with the account that a stage decides."""
    known = {} if Token.is_unresolved(site.account) else {"account": site.account}
    return site.config.model_copy(update=known)


def _home(site: Site) -> Stage:
    stage = Stage.of(site)
    assert stage is not None
    return stage


def _check_place(site: Site) -> None:
    if any(Stack.is_stack(each) for each in site.node.scopes):
        msg = (
            f"a site spans regions and makes its own stacks, got {site.node.path} inside a stack: "
            "give it the app, a stage, or a construct outside stacks as its scope"
        )
        raise ValueError(msg)
