"""`s3-failover init`: writes a CDK project for a site."""

import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, ConfigFinding
from s3_failover.errors import UserError
from s3_failover.project.answers import Answers
from s3_failover.project.files import project
from s3_failover.project.writing import write
from s3_failover.results import Result

INSTALL = "pip install -r requirements.txt && npm ci"
DEPLOY = 'eval "$(s3-failover local up)" && s3-failover local deploy'
TEST = "pytest --snapshot-update"


class NewProject(Result):
    """What `init` wrote, or why it wrote nothing."""

    ok: bool
    directory: str
    files: tuple[str, ...]
    """What was written, below the directory."""
    findings: tuple[ConfigFinding, ...]
    """What is wrong with the options, by the setting of `failover.toml` that they are for; nothing is written then."""
    next: tuple[str, ...]
    """The commands that install the project, deploy it to the embedded AWS and test it."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What describes the site; on a terminal, `init` asks for what is None."""

    hostname: Annotated[
        str | None, typer.Option("--hostname", metavar="NAME", help="The site's name, as in assets.example.com.")
    ] = None
    zone_name: Annotated[
        str | None, typer.Option("--zone-name", metavar="NAME", help="The public Route 53 zone, as in example.com.")
    ] = None
    zone_id: Annotated[str | None, typer.Option("--zone-id", metavar="ID", help="The zone's id.")] = None
    primary_region: Annotated[
        str | None, typer.Option("--primary-region", metavar="R", help="Where content is published.")
    ] = None
    replica_region: Annotated[
        list[str] | None, typer.Option("--replica-region", metavar="R", help="Where copies are; may be repeated.")
    ] = None
    mode: Annotated[str, typer.Option("--mode", metavar="MODE", help="hybrid or dns.")] = "hybrid"

    def answers(self) -> Answers:
        """Return all answers; ask for those that are missing.

        Raises:
            UserError: some are missing, and the standard input is no terminal.
        """
        missing = [f"--{each.name.replace('_', '-')}" for each in fields(self) if not getattr(self, each.name)]
        if missing and not _on_terminal():
            verb, options = ("is", "the option") if len(missing) == 1 else ("are", "these options")
            message = f"{', '.join(missing)} {verb} missing, and init can ask for values only on a terminal"
            raise UserError(f"{message}: pass {options}", exit_code=2)
        hostname = self.hostname or _ask("Hostname of the site, as in assets.example.com")
        zone_name = self.zone_name or _ask("Name of the public Route 53 zone", hostname.partition(".")[2])
        return Answers(
            hostname=hostname,
            zone_name=zone_name,
            zone_id=self.zone_id or _ask("Id of the zone, as in Z0123456789ABCDEFGHIJ"),
            primary_region=self.primary_region or _ask("Region where content is published, as in us-west-2"),
            replica_regions=tuple(self.replica_region or _words(_ask("Regions of the copies, as in us-east-2"))),
            mode=self.mode or _ask("Mode, hybrid or dns", "hybrid"),
        )


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The project's directory, made if missing.")
    ] = Path(),
    *,
    given: Given,
    as_json: JsonOption = False,
) -> None:
    """Write a CDK project for a site into a directory, and print the commands that deploy and test it.

    The project has failover.toml, app.py, cdk.json with its feature flags, requirements.txt, package.json with the CDK
    CLI and its lock file, a test of the templates, a GitHub workflow, two pages, .gitignore, .npmrc and README.md. The
    command needs no credentials and no network. On a terminal it asks for the values that no option gives.

    In hybrid mode CloudFront itself reads the replica when the primary region fails, and HTTPS stays up. In dns mode
    DNS moves viewers to the secondary, here the replica bucket's website: it has no HTTPS.

    It writes all files or none, and refuses a directory that has one of them. Exit code 1 if it refused, or if the
    options describe no valid site, with every finding; 2 if an option is missing and there is no terminal.
    """
    answers = given.answers()
    try:
        files = project(answers.site())
    except ConfigError as error:
        if as_json:
            print_json(NewProject(ok=False, directory=str(directory), files=(), findings=error.findings, next=()))
        else:
            typer.echo(f"{error.report()}\n\nnothing was written: correct the values, and run init again")
        raise typer.Exit(1) from error
    write(directory, files)
    steps = tuple(_steps(directory))
    if as_json:
        print_json(NewProject(ok=True, directory=str(directory), files=tuple(files), findings=(), next=steps))
    else:
        typer.echo("\n".join([f"wrote {', '.join(files)}", "next:", *(f"  {step}" for step in steps)]))
        typer.echo("README.md explains how to deploy to an AWS account")


def _on_terminal() -> bool:
    return sys.stdin.isatty()


def _ask(question: str, default: str = "") -> str:
    try:
        return str(typer.prompt(question, default=default or None, err=True))
    except typer.Abort:
        typer.echo(err=True)  # The cursor is still behind the question.
        raise UserError("interrupted; nothing was written", exit_code=130) from None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _steps(directory: Path) -> Iterator[str]:
    """Return the commands for this shell: in the directory, with the environment that this command is installed in."""
    if directory != Path():
        yield f"cd {shlex.quote(str(directory))}"
    environment = Path(sys.executable).parent
    if str(environment) not in os.environ.get("PATH", "").split(os.pathsep):
        yield f". {shlex.quote(str(environment / 'activate'))}"
    yield from (INSTALL, DEPLOY, TEST)
