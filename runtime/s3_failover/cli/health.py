"""`s3-failover local health`: the deployed health checks and their state."""

from collections.abc import Sequence

import typer

from breakable_aws import health as deployed
from breakable_aws import server
from breakable_aws.health import DeployedCheck
from s3_failover.cli.output import JsonOption, print_json
from s3_failover.local import state as state_directory
from s3_failover.local.results import HealthResult

_STATES = {True: "healthy", False: "UNHEALTHY", None: "unknown"}
_HEADINGS = ("CHECK", "STATE", "CHECKERS", "WATCHES", "LAST STATUS")


def health(as_json: JsonOption = False) -> None:
    """Say how the deployed health checks are, how many of their checkers say so, and what these saw last.

    Exit code 0 whatever their state. --json prints {"checks": [{"id", "name", "kind", "target", "healthy", "percent",
    "status"}]}; "healthy" is null before a check was judged, "percent" where it has no checkers of its own.
    """
    checks = deployed.read(server.require(state_directory.default()))
    if as_json:
        print_json(HealthResult(checks=checks))
    elif not checks:
        typer.echo("no health checks: deploy a site with `s3-failover local deploy`")
    else:
        typer.echo("\n".join(table([_HEADINGS, *map(_row, checks)])))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines in which the columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _row(check: DeployedCheck) -> Sequence[str]:
    share = "" if check.percent is None else f"{check.percent:.0f} %"
    return check.name or check.id, _STATES[check.healthy], share, check.target, check.status
