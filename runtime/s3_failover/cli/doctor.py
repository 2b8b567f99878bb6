"""`s3-failover doctor`: checks whether what is deployed can fail over."""

from collections.abc import Iterator
from typing import Annotated

import typer

from s3_failover.cli import findings, permissions
from s3_failover.cli.output import JsonOption, print_json, progress
from s3_failover.cli.target import Where
from s3_failover.operations.doctor import examination
from s3_failover.operations.doctor.examination import Diagnosis


def doctor(
    *,
    fire_test: Annotated[
        bool, typer.Option("--fire-test", help="Send a test through every topic, after looking.")
    ] = False,
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Look whether what is deployed can really fail over, and say what an outage would do where it cannot.

    Looks at stacks, certificate, distribution, delegation, records, health checks, health objects, replication, bucket
    policies, both legs, alarms, who hears them, and the last drill. Changes nothing; --fire-test sends messages.

    Exit code 0 if nothing was found, 1 if there are warnings or something could not be looked at, 2 if an outage would
    reach viewers.
    """
    chosen = where.target()
    diagnosis = examination.examine(
        chosen.site, chosen.account, resolver=chosen.resolver, fire_test=fire_test, say=progress
    )
    if as_json:
        print_json(diagnosis)
    else:
        typer.echo("\n".join(_lines(chosen.site.hostname, diagnosis)))
    if diagnosis.denied:
        permissions.tell("doctor", chosen)
    raise typer.Exit(diagnosis.exit_code)


def _lines(hostname: str, diagnosis: Diagnosis) -> Iterator[str]:
    yield from findings.lines(diagnosis.findings, during="an outage")
    yield from (f"a test was sent to {topic}" for topic in diagnosis.tested)
    yield f"{hostname}: {findings.verdict(diagnosis.looked_at, diagnosis.findings, well='ready to fail over')}"
