"""`s3-failover preflight`: finds what would stop or hurt a deployment."""

from collections.abc import Iterator
from pathlib import Path

import typer

from breakable_aws import cdk
from s3_failover.cli import findings, permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Where
from s3_failover.operations.account import BRISK
from s3_failover.operations.preflight import examination
from s3_failover.operations.preflight.examination import PreflightReport
from s3_failover.operations.preflight.ground import PreflightPlan


def preflight(*, where: Where, as_json: JsonOption = False) -> None:
    """Look for what would stop or hurt a deployment, before it starts, and say what to do about it.

    Looks at Block Public Access of the account, names that are taken, records and aliases in the way, hosted zone,
    delegation and CAA records, regions and their services, bootstraps, quotas, the states of stacks, and what the file
    and the deployed site disagree about. Changes nothing.

    Exit code 0 if nothing was found, 1 if there are warnings or something could not be looked at, 2 if a deployment
    would fail or hurt.
    """
    chosen = where.target(waits=BRISK)
    plan = PreflightPlan(chosen.site, tuple(where.sites()), cdk.qualifier(Path.cwd()), chosen.resolver)
    report = examination.examine(plan, chosen.account, say=progress)
    if as_json:
        print_json(report)
    else:
        typer.echo("\n".join(lines(chosen.site.hostname, report)))
    if report.denied:
        permissions.tell("preflight", chosen)
    raise typer.Exit(report.exit_code)


def lines(hostname: str, report: PreflightReport) -> Iterator[str]:
    """Return the report as lines for people."""
    yield from findings.lines(report.findings, during="a deployment")
    yield f"{hostname}: {findings.verdict(report.looked_at, report.findings, well='nothing is in the way')}"
