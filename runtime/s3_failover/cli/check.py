"""`s3-failover check`: validates the configuration file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from s3_failover.cli.output import JsonOption, print_json
from s3_failover.config import ConfigError, ConfigFinding, Site, load
from s3_failover.drill import forecast
from s3_failover.drill.expected import Fails
from s3_failover.drill.forecast import Outlook
from s3_failover.drill.kinds import BY_NAME
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
    viewers: tuple[Outlook, ...]
    """What viewers of each kind see of each site in an outage."""


def check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The configuration file.")] = Path("failover.toml"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and print everything that is wrong with it.

    Needs no credentials and no network. Exit code 0 if the file is right, 1 if there are findings.
    A right file may need more than a new account's default quotas: that is a warning; `preflight` asks the account.

    For a right file it also prints what each kind of viewer sees of a site in an outage: that depends on its mode.
    """
    findings: tuple[ConfigFinding, ...] = ()
    beyond: tuple[Excess, ...] = ()
    sites: tuple[Site, ...] = ()
    try:
        sites = load(path).sites
        beyond = tuple(beyond_defaults(sites))
        text = f"{path}: ok, {len(sites)} site{'s' if len(sites) != 1 else ''}"
    except ConfigError as error:
        findings = error.findings
        text = error.report()
    if as_json:
        viewers = tuple(each for site in sites for each in forecast.outlooks(site))
        print_json(CheckedFile(source=str(path), ok=not findings, findings=findings, quotas=beyond, viewers=viewers))
    else:
        typer.echo("\n".join([text, *(f"  warning: {each}" for each in beyond), *_shown(sites)]))
    raise typer.Exit(1 if findings else 0)


_COLUMNS = ("primary S3 lost", "distribution lost")
_NAMES = 3


def _shown(sites: Sequence[Site]) -> Iterator[str]:
    """Return a table for each group of sites of which viewers see the same."""
    alike: dict[tuple[str, ...], list[Site]] = {}
    for site in sites:
        alike.setdefault((_about(site), *_rows(site)), []).append(site)
    for (about, *rows), group in alike.items():
        names = ", ".join(site.name for site in group[:_NAMES])
        more = f" and {len(group) - _NAMES} more" if len(group) > _NAMES else ""
        yield f"  {names}{more}, {about}: for how long viewers get errors"
        yield _row("", *_COLUMNS)
        yield from rows


def _about(site: Site) -> str:
    return f"{site.mode} mode, {site.secondary.kind.type} secondary"


def _rows(site: Site) -> Iterator[str]:
    found = list(forecast.outlooks(site))
    for primary, distribution in zip(found[: len(found) // 2], found[len(found) // 2 :], strict=True):
        yield _row(BY_NAME[primary.viewers].title, _told(primary), _told(distribution))


def _told(outlook: Outlook) -> str:
    if outlook.seconds is not None:
        return f"{outlook.seconds:.0f} s"
    return "never" if outlook.fails == Fails.NEVER else "the whole outage"


def _row(*cells: str) -> str:
    return f"    {cells[0]:38}{cells[1]:18}{cells[2]}".rstrip()
