"""`s3-failover check`: is the configuration file right?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, cast

import typer
from typing_extensions import TypedDict

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, Finding, load
from s3_failover.operations.limits import Excess, beyond_defaults


class Found(TypedDict):
    """One thing that is wrong with the file."""

    id: str
    where: str
    got: str
    expected: str
    reason: str
    remedy: str


class Quota(TypedDict):
    """One default quota that the file's sites do not fit into."""

    account: str | None
    what: str
    needed: int
    default: int
    fits: int
    sites: int


class Document(TypedDict):
    """What `check --json` prints."""

    source: str
    ok: bool
    findings: list[Found]
    quotas: list[Quota]


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and print everything that is wrong with it.

    Needs no credentials and no network. Exit code 0 if the file is right, 1 if there are findings.
    A right file may need more than a new account's default quotas: that is a warning; `preflight` asks the account.
    """
    findings: tuple[Finding, ...] = ()
    beyond: list[Excess] = []
    try:
        sites = load(path).sites
        beyond = list(beyond_defaults(sites))
        text = f"{path}: ok, {len(sites)} site{'s' if len(sites) != 1 else ''}"
    except ConfigError as error:
        findings = error.findings
        text = error.report()
    if as_json:
        found = [cast(Found, finding.as_dict()) for finding in findings]
        quotas = [cast(Quota, asdict(each)) for each in beyond]
        print_json(Document(source=str(path), ok=not findings, findings=found, quotas=quotas))
    else:
        typer.echo("\n".join([text, *(f"  warning: {each}" for each in beyond)]))
    raise typer.Exit(1 if findings else 0)
