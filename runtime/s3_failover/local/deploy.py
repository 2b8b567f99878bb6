"""Deploys the sites of a configuration file to the embedded AWS, from the real templates with the real CDK CLI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from breakable_aws import admin, cdk, server, surroundings
from breakable_aws.cdk import Cdk
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator
from breakable_aws.state import Say, StateDirectory, quiet
from s3_failover.config import EDGE_REGION, Config, ConfigError, Site, load
from s3_failover.errors import UserError
from s3_failover.local import existing, outside


def read(path: Path, account: str) -> Config:
    """Return a configuration that the embedded AWS can hold.

    Raises:
        UserError: the file has findings, or names an account other than `account`.
    """
    try:
        config = load(path)
    except ConfigError as error:
        raise UserError(str(error)) from error
    for site in config.sites:
        if site.account not in (None, account):
            message = f"{path}: sites.{site.name}.account is {site.account}, expected {account} or nothing"
            raise UserError(f"{message}: the embedded AWS has one account; deploy a file without the setting")
        if site.replica_account and site.existing.replica_buckets:
            message = (
                f"{path}: sites.{site.name} has existing.replica_buckets in another account, expected one of the two"
            )
            raise UserError(f"{message}: the embedded AWS makes existing buckets in its own account only")
    return config


def deploy(
    config: Config,
    path: Path,
    emulator: Emulator,
    state: StateDirectory,
    *,
    project: Path | None = None,
    bootstrapped: bool = False,
    before: Callable[[], None] = lambda: None,
    say: Say = quiet,
) -> None:
    """Create what the sites take for granted, bootstrap the regions and deploy all stacks.

    `bootstrapped` is whether the regions are already, as `cdk deploy` takes them to be. `before` is called when all
    that the sites take for granted is there, before anything is deployed. The project is by default the one that the
    current directory belongs to.

    Raises:
        BreakableError: no project, no CDK CLI, or a failed resource.
        UserError: the emulator ended.
    """
    state.make()
    state.cdk_log.unlink(missing_ok=True)
    directory = project or cdk.project_directory(Path.cwd())
    tool = Cdk(
        project=directory,
        script=cdk.script(directory),
        environment=surroundings.for_cdk(emulator),
        log=state.cdk_log,
        emulator_runs=lambda: emulator.alive,
    )
    for zone in zones(config.sites):
        create_zone(emulator, zone)
    for site in config.sites:
        outside.set_up(emulator, site)
        existing.before(emulator, site)
    try:
        if not bootstrapped:
            _bootstrap(tool, emulator.account, config, say)
        before()
        tool.deploy(context={"config": str(path.absolute())}, output=state.cdk_out, say=say)
        for site in config.sites:
            existing.after(emulator, site)
    except BreakableError as error:
        if emulator.alive:
            raise
        message = "the embedded AWS ended during the deployment, start it again"
        raise UserError(f"{message}{server.tail(state.emulator_log)}") from error


def _bootstrap(tool: Cdk, account: str, config: Config, say: Say) -> None:
    needed = regions(config.sites)
    say(f"bootstrapping {', '.join(needed)}")
    tool.bootstrap(account, needed, say=say)
    for other, where in other_accounts(config.sites).items():
        of_account = {**tool.environment, "AWS_ACCESS_KEY_ID": other}
        replace(tool, environment=of_account).bootstrap(other, where, say=say)


def regions(sites: Iterable[Site]) -> list[str]:
    """Return every region that the sites' stacks are deployed to, each once."""
    used = {EDGE_REGION}
    for site in sites:
        used.update((site.primary_region, *site.replica_regions))
        if site.clients is not None:
            used.add(site.client_alarm_region)
    return sorted(used)


def other_accounts(sites: Iterable[Site]) -> dict[str, list[str]]:
    """Return the accounts that hold replicas besides the sites' own, each with its regions."""
    found: dict[str, set[str]] = {}
    for site in sites:
        if site.replica_account is not None:
            found.setdefault(site.replica_account, set()).update(site.replica_regions)
    return {account: sorted(where) for account, where in found.items()}


@dataclass(frozen=True)
class ExistingZone:
    """A hosted zone that a configuration takes for granted; `account` is another account's, where it lives there."""

    id: str
    name: str
    account: str | None = None


def zones(sites: Iterable[Site]) -> list[ExistingZone]:
    """Return the hosted zones that must be there before the sites, each once: those named and those that delegate."""
    found: dict[ExistingZone, None] = {}
    for site in sites:
        zone, parent = site.hosted_zone, site.hosted_zone.parent
        if zone.id is not None:
            found[ExistingZone(zone.id, zone.name)] = None
        if parent is not None:
            account = parent.role_arn.split(":")[4] if parent.role_arn else None
            found[ExistingZone(parent.id, parent.name, account)] = None
    return list(found)


def create_zone(emulator: Emulator, zone: ExistingZone) -> None:
    """Create a hosted zone under the id that the configuration names; one that exists stays as it is.

    Route 53 chooses ids itself, so this goes through the emulator's own interface.
    """
    elsewhere = {"account": zone.account} if zone.account else {}
    admin.put(emulator, f"hosted-zones/{zone.id}", {"name": zone.name} | elsewhere)
