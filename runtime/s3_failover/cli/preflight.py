"""`s3-failover preflight`: what would stop or hurt a deployment?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from typing_extensions import TypedDict

from breakable_aws import cdk
from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import (
    DEFAULT_CONFIG,
    ConfigOption,
    LocalOption,
    ProfileOption,
    SiteArgument,
    every,
    target,
)
from s3_failover.operations.account import BRISK
from s3_failover.operations.preflight import examination
from s3_failover.operations.preflight.examination import Report
from s3_failover.operations.preflight.finding import Finding
from s3_failover.operations.preflight.ground import Plan


class Found(TypedDict):
    """One thing that is in the way."""

    id: str
    severity: str
    """critical, warning or unknown."""
    where: str
    what: str
    """What was got, and what was expected."""
    deployment: str
    """What it would do to a deployment."""
    remedy: str


class Document(TypedDict):
    """What `preflight --json` prints."""

    site: str
    looked_at: list[str]
    findings: list[Found]


def preflight(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Look for what would stop or hurt a deployment, before it starts, and say what to do about it.

    Looks at Block Public Access of the account, names that are taken, records and aliases in the way, hosted zone,
    delegation and CAA records, regions and their services, bootstraps, quotas, the states of stacks, and what the file
    and the deployed site disagree about. Changes nothing.

    Exit code 0 if nothing was found, 1 if there are warnings or something could not be looked at, 2 if a deployment
    would fail or hurt.
    """
    chosen = target(config, site, profile=profile, local=local, waits=BRISK)
    plan = Plan(chosen.site, tuple(every(config)), cdk.qualifier(Path.cwd()), chosen.resolver)
    report = examination.examine(plan, chosen.account, say=progress)
    if as_json:
        print_json(document(chosen.site.name, report))
    else:
        typer.echo("\n".join(lines(chosen.site.hostname, report)))
    if report.denied:
        permissions.tell("preflight", chosen)
    raise typer.Exit(report.exit_code)


def document(site: str, report: Report) -> Document:
    """Return what `--json` prints."""
    findings = [_found(finding) for finding in report.findings]
    return Document(site=site, looked_at=list(report.looked_at), findings=findings)


def lines(hostname: str, report: Report) -> Iterator[str]:
    """Return what a person reads."""
    for finding in report.findings:
        yield f"{finding.severity.value:<9} {finding.id}"
        yield f"  {finding.where} {finding.what}"
        yield f"  in a deployment: {finding.effect}"
        yield f"  do: {finding.remedy}"
    count = len(report.findings)
    verdict = f"{count} finding{'s' if count != 1 else ''}" if count else "nothing is in the way"
    yield f"{hostname}: {len(report.looked_at)} parts looked at, {verdict}"


def _found(finding: Finding) -> Found:
    return Found(
        id=finding.id,
        severity=finding.severity.value,
        where=finding.where,
        what=finding.what,
        deployment=finding.effect,
        remedy=finding.remedy,
    )
