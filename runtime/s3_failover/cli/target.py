"""Which site in which account a command works on: the options that all of them share."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from botocore.config import Config as ClientConfig
from dns.resolver import Resolver

from breakable_aws import server
from s3_failover.client.settings import LOCAL
from s3_failover.config import ConfigError, Site, load
from s3_failover.errors import UserError
from s3_failover.local import state as state_directory
from s3_failover.local.account import account_of, resolver_of
from s3_failover.operations.account import PATIENT, Account, looking, refused, signed_in
from s3_failover.operations.together import by_turns, together

DEFAULT_CONFIG = Path("failover.toml")

SIGN_IN_SECONDS = 8.0
"""How long who looks in a hurry waits to be signed in: more than twice STS's timeouts of 2 s."""

SiteArgument = Annotated[
    str | None,
    typer.Argument(metavar="SITE", help="The site's name in the file, or its hostname, where the file has several."),
]
ConfigOption = Annotated[
    Path, typer.Option("--config", metavar="PATH", help="The configuration file, or the cdk.out of an app.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="The AWS profile.  [default: as boto3 finds it]")
]
LocalOption = Annotated[
    bool, typer.Option("--local", envvar=LOCAL, help="Work on the embedded AWS that runs on this machine.")
]


ProfilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile", metavar="NAME", help="The AWS profile; several with --all.  [default: as boto3 finds it]"
    ),
]


@dataclass(frozen=True)
class Target:
    """A site, the account it is deployed in, and who resolves names there; None for this machine's resolver."""

    site: Site
    account: Account
    resolver: Resolver | None = None


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which site in which account a command works on: the parameters of all of them."""

    site: SiteArgument = None
    config: ConfigOption = DEFAULT_CONFIG
    profile: ProfileOption = None
    local: LocalOption = False

    def sites(self) -> list[Site]:
        """Return all sites of the file; raise UserError if the file has findings."""
        try:
            return list(load(self.config).sites)
        except ConfigError as error:
            raise UserError(str(error)) from error

    def chosen(self) -> Site:
        """Return the site of that name or hostname, or the only one.

        Raises:
            UserError: the file has findings, no such site, or several and none is named.
        """
        sites = {site.name: site for site in self.sites()}
        if self.site is None and len(sites) > 1:
            raise UserError(
                f"{self.config} has {len(sites)} sites: name one of them as the argument SITE: {', '.join(sites)}"
            )
        if self.site is None:
            return sites[next(iter(sites))]
        by_hostname = {site.hostname: site for site in sites.values()}
        found = sites.get(self.site) or by_hostname.get(self.site.rstrip(".").lower())
        if found is None:
            raise UserError(f"{self.config} has no site {self.site!r}, expected {' or '.join(sites)}")
        return found

    def target(self, *, waits: ClientConfig = PATIENT) -> Target:
        """Return the one site to work on.

        Raises:
            UserError: no such site, no credentials or those of another account, no embedded AWS; each says what to do.
        """
        site = self.chosen()
        if self.local:
            return Target(site, embedded(), _embedded_dns())
        # Whichever region is lost, the other one answers.
        region, other = site.replica_regions[0], site.primary_region
        try:
            account = signed_in(profile=self.profile, expected=site.account, region=region, other=other, waits=waits)
        except UserError as error:
            raise UserError(f"{error}{_beside()}", exit_code=error.exit_code) from error
        return Target(site, account)

    def targets(self) -> list[Target]:
        """Return the site of that name, or all of the file, to look at in a hurry; no lack of an answer is an error.

        Raises:
            UserError: the file has findings, no such site, or no embedded AWS runs.
        """
        sites = [self.chosen()] if self.site is not None else self.sites()
        if self.local:
            return [Target(site, embedded(), _embedded_dns()) for site in sites]
        looks = {
            site.name: functools.partial(
                looking, profile=self.profile, expected=site.account, region=site.replica_regions[0]
            )
            for site in sites
        }
        found = together(looks, seconds=SIGN_IN_SECONDS)
        return [Target(site, _looked_at(site.account, found[site.name])) for site in sites]


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """Which sites a command looks at that can look into several accounts."""

    site: SiteArgument = None
    config: ConfigOption = DEFAULT_CONFIG
    profiles: ProfilesOption = None
    local: LocalOption = False

    def where(self) -> Where:
        """Return the sites of one account; raise UserError if there are several profiles."""
        profiles = self.profiles or []
        if len(profiles) > 1:
            raise UserError(f"got {len(profiles)} profiles, expected one: several go with --all")
        profile = profiles[0] if profiles else None
        return Where(site=self.site, config=self.config, profile=profile, local=self.local)

    def all(self) -> list[Target]:
        """Return every site of the file in every account that it may be in, to look at in a hurry.

        A site that names its account is looked at there, and any other one in the account of each profile. Each account
        is signed in to once.

        Raises:
            UserError: the file has findings, or no embedded AWS runs.
        """
        sites = Where(config=self.config).sites()
        if self.local:
            account, resolver = embedded(), _embedded_dns()
            return [Target(site, account, resolver) for site in sites]
        found = self._signed_in(sites)
        return [Target(site, account) for site in sites for account in _accounts_of(site, found)]

    def _signed_in(self, sites: list[Site]) -> dict[tuple[str | None, str | None], Account]:
        """Return the account of each profile; with one profile, as it is for each account that the file names."""
        profiles: list[str | None] = [*dict.fromkeys(self.profiles or ())] or [None]
        expected = dict.fromkeys(site.account for site in sites) if len(profiles) == 1 else [None]
        region = sites[0].replica_regions[0]
        looks = {
            (profile, account): functools.partial(looking, profile=profile, expected=account, region=region)
            for profile in profiles
            for account in expected
        }
        found = by_turns(looks, seconds=SIGN_IN_SECONDS, at_once=len(looks))
        return {key: _looked_at(key[1], each) for key, each in found.items()}


def _accounts_of(site: Site, found: Mapping[tuple[str | None, str | None], Account]) -> list[Account]:
    if site.account is None:
        return [account for (_, expected), account in found.items() if expected is None]
    own = [account for (_, expected), account in found.items() if site.account in (expected, account.id)]
    reason = UserError(f"no profile belongs to account {site.account}: add one that does with --profile")
    return own[:1] or [refused(reason, site.account)]


@dataclass(frozen=True, kw_only=True)
class WhereNamed(Where):
    """Which site in which account, where the argument is something else."""

    site: Annotated[str | None, typer.Option("--site", metavar="NAME", help="Which site, of several.")] = None


def _beside() -> str:
    """Return what to do where an embedded AWS was meant, as the end of a message; empty if none runs."""
    return "; an embedded AWS runs here: add --local" if server.current(state_directory.default()) else ""


def _looked_at(expected: str | None, found: Account | UserError) -> Account:
    if isinstance(found, Account):
        return found
    # It is not STS that hangs, but what comes before it: DNS, a sign-on server, a command that knows credentials.
    return refused(UserError(f"cannot sign in to AWS: {found}"), expected)


def embedded() -> Account:
    """Return the account of the embedded AWS that runs; raise UserError if none runs."""
    return account_of(server.require(state_directory.default()))


def _embedded_dns() -> Resolver:
    return resolver_of(server.require(state_directory.default()))
