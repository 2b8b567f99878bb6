"""`s3-failover doctor`: can what is deployed really fail over?"""

from __future__ import annotations

from typing import Annotated

import typer
from typing_extensions import TypedDict

from s3_failover.cli import permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import DEFAULT_CONFIG, ConfigOption, LocalOption, ProfileOption, SiteArgument, target
from s3_failover.operations.doctor import examination
from s3_failover.operations.doctor.examination import Diagnosis
from s3_failover.operations.doctor.finding import Finding


class Found(TypedDict):
    """One thing that is wrong."""

    id: str
    severity: str
    """critical, warning or unknown."""
    where: str
    what: str
    """What was got, and what was expected."""
    outage: str
    """What it does to you in an outage."""
    remedy: str


class Document(TypedDict):
    """What `doctor --json` prints."""

    site: str
    looked_at: list[str]
    findings: list[Found]
    tested: list[str]
    """The topics through which --fire-test sent a test."""


def doctor(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    fire_test: Annotated[
        bool, typer.Option("--fire-test", help="Send a test through every topic, after looking.")
    ] = False,
    profile: ProfileOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Look whether what is deployed can really fail over, and say what an outage would do where it cannot.

    Looks at stacks, certificate, distribution, delegation, records, health checks, health objects, replication, bucket
    policies, both legs, alarms, who hears them, and the last drill. Changes nothing; --fire-test sends messages.

    Exit code 0 if nothing was found, 1 if there are warnings or something could not be looked at, 2 if an outage would
    reach viewers.
    """
    chosen = target(config, site, profile=profile, local=local)
    diagnosis = examination.examine(
        chosen.site, chosen.account, resolver=chosen.resolver, fire_test=fire_test, say=progress
    )
    if as_json:
        print_json(document(chosen.site.name, diagnosis))
    else:
        _print(chosen.site.hostname, diagnosis)
    if diagnosis.denied:
        permissions.tell("doctor", chosen)
    raise typer.Exit(diagnosis.exit_code)


def document(site: str, diagnosis: Diagnosis) -> Document:
    """Return what `--json` prints."""
    findings = [_found(finding) for finding in diagnosis.findings]
    return Document(site=site, looked_at=list(diagnosis.looked_at), findings=findings, tested=list(diagnosis.tested))


def _found(finding: Finding) -> Found:
    return Found(
        id=finding.id,
        severity=finding.severity.value,
        where=finding.where,
        what=finding.what,
        outage=finding.outage,
        remedy=finding.remedy,
    )


def _print(hostname: str, diagnosis: Diagnosis) -> None:
    for finding in diagnosis.findings:
        typer.echo(f"{finding.severity.value:<9} {finding.id}")
        typer.echo(f"  {finding.where} {finding.what}")
        typer.echo(f"  in an outage: {finding.outage}")
        typer.echo(f"  do: {finding.remedy}")
    for topic in diagnosis.tested:
        typer.echo(f"a test was sent to {topic}")
    count = len(diagnosis.findings)
    verdict = f"{count} finding{'s' if count != 1 else ''}" if count else "ready to fail over"
    typer.echo(f"{hostname}: {len(diagnosis.looked_at)} parts looked at, {verdict}")
