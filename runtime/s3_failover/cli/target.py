"""Which site in which account a command works on: the options that all of them share."""

import functools
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
from s3_failover.operations.together import together

DEFAULT_CONFIG = Path("failover.toml")

SIGN_IN_SECONDS = 8.0
"""How long who looks in a hurry waits to be signed in: more than twice STS's timeouts of 2 s."""

SiteArgument = Annotated[
    str | None, typer.Argument(metavar="SITE", help="The site's name in the file, where it has several.")
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
        """Return the site of that name, or the only one.

        Raises:
            UserError: the file has findings, no such site, or several and none is named.
        """
        sites = {site.name: site for site in self.sites()}
        if self.site is None and len(sites) > 1:
            raise UserError(
                f"{self.config} has {len(sites)} sites: name one of them as the argument SITE: {', '.join(sites)}"
            )
        if self.site is not None and self.site not in sites:
            raise UserError(f"{self.config} has no site {self.site!r}, expected {' or '.join(sites)}")
        return sites[self.site or next(iter(sites))]

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
        return [Target(site, _looked_at(site, found[site.name])) for site in sites]


@dataclass(frozen=True, kw_only=True)
class WhereNamed(Where):
    """Which site in which account, where the argument is something else."""

    site: Annotated[str | None, typer.Option("--site", metavar="NAME", help="Which site, of several.")] = None


def _beside() -> str:
    """Return what to do where an embedded AWS was meant, as the end of a message; empty if none runs."""
    return "; an embedded AWS runs here: add --local" if server.current(state_directory.default()) else ""


def _looked_at(site: Site, found: Account | UserError) -> Account:
    if isinstance(found, Account):
        return found
    # It is not STS that hangs, but what comes before it: DNS, a sign-on server, a command that knows credentials.
    return refused(UserError(f"cannot sign in to AWS: {found}"), site.account)


def embedded() -> Account:
    """Return the account of the embedded AWS that runs; raise UserError if none runs."""
    return account_of(server.require(state_directory.default()))


def _embedded_dns() -> Resolver:
    return resolver_of(server.require(state_directory.default()))
