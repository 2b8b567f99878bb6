"""The CDK CLI of the project of the current directory, as the commands that deploy use it."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from breakable_aws import cdk, server, surroundings
from breakable_aws.cdk import Cdk
from breakable_aws.errors import BreakableError
from s3_failover.cli.output import progress
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.local import state as state_directory
from s3_failover.names.site import PREFIX
from s3_failover.operations.account import Account
from s3_failover.operations.preflight import bootstrap

_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class CdkDeployer:
    """Deploys stacks of the project that the current directory belongs to, with its own CDK CLI.

    Attributes:
        account: the account.
        cli: the CDK CLI.
        config: the configuration file, which the app gets as `-c config=PATH`.
        bootstraps: whether regions are bootstrapped; on an account of AWS that takes other permissions.
    """

    account: Account
    cli: Cdk
    config: Path
    bootstraps: bool

    def prepare(self, region: str) -> None:
        """Have a region bootstrapped; raise UserError with the command where that is not done here."""
        qualifier = cdk.qualifier(self.cli.project)
        if (bootstrap.version(self.account, region, qualifier) or 0) >= bootstrap.OLDEST:
            return
        if not self.bootstraps:
            command = bootstrap.command(self.account, region, qualifier)
            raise UserError(f"{region} is not bootstrapped for the CDK: run `{command}`, then this command again")
        progress(f"bootstrapping {region}")
        try:
            self.cli.bootstrap(self.account.id, [region], say=progress)
        except BreakableError as error:
            raise UserError(str(error)) from error

    def deploy(self, stacks: Sequence[str]) -> None:
        """Deploy stacks by their ids, and what they depend on; raise UserError if one fails."""
        config = str(self.config.absolute())
        # An interrupted run's CLI may still read its own assembly.
        with tempfile.TemporaryDirectory(prefix=PREFIX) as assembly:
            try:
                self.cli.deploy(
                    output=Path(assembly) / "cdk.out", stacks=stacks, context={"config": config}, say=progress
                )
            except BreakableError as error:
                ids = " ".join(f"'{each}'" for each in stacks)
                by_hand = f"by hand it is `npx cdk deploy {ids} -c config={config}`"
                raise UserError(f"{error}\n{by_hand}; running this command again goes on from here") from error


def deployer(chosen: Target, where: Where, region: str) -> CdkDeployer:
    """Return what deploys a site's stacks, whatever happens to us-east-1; `region` is one that answers.

    Raises:
        UserError: there is no project, or no CDK CLI in it.
    """
    state = state_directory.default().make()
    alive, environment = _surroundings(where)
    try:
        project = cdk.project_directory(Path.cwd())
        cli = Cdk(
            project=project,
            script=cdk.script(project),
            environment={**environment, **dict.fromkeys(_REGION, region)},
            log=state.cdk_log,
            emulator_runs=alive,
        )
    except BreakableError as error:
        by_hand = f"by hand it is `npx cdk deploy '{chosen.site.name}/*'`, in the directory of cdk.json"
        raise UserError(f"{error}; {by_hand}") from error
    return CdkDeployer(chosen.account, cli, where.config, where.local)


def _surroundings(where: Where) -> tuple[Callable[[], bool], Mapping[str, str]]:
    """Return what tells whether AWS is still there, and the environment of the CDK CLI."""
    if where.local:
        emulator = server.require(state_directory.default())
        return lambda: emulator.alive, surroundings.for_cdk(emulator)
    chosen = {"AWS_PROFILE": where.profile} if where.profile else {}
    return lambda: True, {**os.environ, **chosen}
