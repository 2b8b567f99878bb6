"""`s3-failover check`: is the configuration file right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, Finding, load


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and print everything that is wrong with it.

    Needs no credentials and no network. Exit code 0 if the file is right, 1 if there are findings.

    --json prints {"source": PATH, "ok": BOOL, "findings": [{"id", "where", "got", "expected", "reason", "remedy"}]}.
    """
    findings: tuple[Finding, ...] = ()
    try:
        count = len(load(path).sites)
        text = f"{path}: ok, {count} site{'s' if count != 1 else ''}"
    except ConfigError as error:
        findings = error.findings
        text = error.report()
    if as_json:
        print_json({"source": str(path), "ok": not findings, "findings": [finding.as_dict() for finding in findings]})
    else:
        typer.echo(text)
    raise typer.Exit(1 if findings else 0)
