"""`s3-failover check`: is the configuration file right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer
from typing_extensions import TypedDict

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, Finding, load


class Found(TypedDict):
    """One thing that is wrong with the file."""

    id: str
    where: str
    got: str
    expected: str
    reason: str
    remedy: str


class Document(TypedDict):
    """What `check --json` prints."""

    source: str
    ok: bool
    findings: list[Found]


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and print everything that is wrong with it.

    Needs no credentials and no network. Exit code 0 if the file is right, 1 if there are findings.
    """
    findings: tuple[Finding, ...] = ()
    try:
        count = len(load(path).sites)
        text = f"{path}: ok, {count} site{'s' if count != 1 else ''}"
    except ConfigError as error:
        findings = error.findings
        text = error.report()
    if as_json:
        found = [cast(Found, finding.as_dict()) for finding in findings]
        print_json(Document(source=str(path), ok=not findings, findings=found))
    else:
        typer.echo(text)
    raise typer.Exit(1 if findings else 0)
