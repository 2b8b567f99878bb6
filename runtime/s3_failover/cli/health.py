"""`s3-failover local health`: the deployed health checks and their state."""

import textwrap
from collections.abc import Iterator, Sequence

import typer

from breakable_aws import health as deployed
from breakable_aws import server
from breakable_aws.health import DeployedCheck
from s3_failover.cli.output import JsonOption, columns, print_json
from s3_failover.local import state as state_directory
from s3_failover.local.results import HealthResult

_STATES = {True: "healthy", False: "UNHEALTHY", None: "unknown"}
_HEADINGS = ("CHECK", "STATE", "CHECKERS", "WATCHES", "LAST STATUS")


def health(as_json: JsonOption = False) -> None:
    """Show each deployed health check: its state, how many checkers agree, and their last result.

    Exit code 0 whatever their state. --json prints {"checks": [{"id", "name", "kind", "target", "healthy", "percent",
    "status"}]}; "healthy" is null before a check was judged, "percent" where it has no checkers of its own.
    """
    checks = deployed.read(server.require(state_directory.default()))
    if as_json:
        print_json(HealthResult(checks=checks))
    elif not checks:
        typer.echo("no health checks: deploy a site with `s3-failover local deploy`")
    else:
        typer.echo("\n".join(_lines(checks, columns())))


def _lines(checks: Sequence[DeployedCheck], width: int | None) -> Iterator[str]:
    """Return a table, or a block for each check where the terminal is too narrow for a table."""
    found = table([_HEADINGS, *map(_row, checks)])
    if width is None or max(map(len, found)) <= width:
        yield from found
        return
    for check in checks:
        name, state, share, *more = _row(check)
        checkers = f", by {share} of its checkers" if share else ""
        yield f"{name}: {state}{checkers}"
        for text in filter(None, more):
            yield from textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines in which the columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _row(check: DeployedCheck) -> Sequence[str]:
    share = "" if check.percent is None else f"{check.percent:.0f} %"
    return check.name or check.id, _STATES[check.healthy], share, check.target, check.status
