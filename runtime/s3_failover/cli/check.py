"""`s3-failover check`: validates the configuration file."""

from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, ConfigFinding, load
from s3_failover.operations.limits import Excess, beyond_defaults
from s3_failover.results import Result


class CheckedFile(Result):
    """What `check` found."""

    source: str
    """The file."""
    ok: bool
    findings: tuple[ConfigFinding, ...]
    quotas: tuple[Excess, ...]
    """Default quotas that the file's sites do not fit into."""


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and print everything that is wrong with it.

    Needs no credentials and no network. Exit code 0 if the file is right, 1 if there are findings.
    A right file may need more than a new account's default quotas: that is a warning; `preflight` asks the account.
    """
    findings: tuple[ConfigFinding, ...] = ()
    beyond: tuple[Excess, ...] = ()
    try:
        sites = load(path).sites
        beyond = tuple(beyond_defaults(sites))
        text = f"{path}: ok, {len(sites)} site{'s' if len(sites) != 1 else ''}"
    except ConfigError as error:
        findings = error.findings
        text = error.report()
    if as_json:
        print_json(CheckedFile(source=str(path), ok=not findings, findings=findings, quotas=beyond))
    else:
        typer.echo("\n".join([text, *(f"  warning: {each}" for each in beyond)]))
    raise typer.Exit(1 if findings else 0)
