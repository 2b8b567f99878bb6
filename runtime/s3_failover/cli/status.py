"""`s3-failover status`: shows the state of a site now."""

import functools
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from s3_failover.cli import status_screen, status_table
from s3_failover.cli.files import whole
from s3_failover.cli.output import JsonOption, columns, print_json, progress
from s3_failover.cli.target import Everywhere, Target
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import left_over, resolvers
from s3_failover.operations.left_over import Looked
from s3_failover.operations.shown import shown
from s3_failover.operations.status import fleet, overview
from s3_failover.operations.status.fleet import Place
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.result import StatusResult, worst
from s3_failover.operations.status.summary import worst_first
from s3_failover.operations.together import together

_OTHER_EACH_TIME = re.compile(r" in \d+\.\d\d s|  TTL \d+ s$| for \d+ s more$")


def status(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again until interrupted.")] = False,
    every: Annotated[
        float,
        typer.Option(
            "--every", min=1, max=3600, metavar="SECONDS", help="How long to wait between looks with --watch."
        ),
    ] = 5,
    every_site: Annotated[
        bool, typer.Option("--all", help="A line for each site of the file, the worst first, in all accounts.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page that needs no other file, too.")
    ] = None,
    where: Everywhere,
    as_json: JsonOption = False,
) -> None:
    """Show who serves a site now, health checks, DNS answers, empty replicas, replication, alarms and the last drill.

    Without SITE, all sites of the file. Works through an outage: every part is asked at the same time with short
    timeouts, and a service that does not answer is reported. Changes nothing. --watch redraws on a terminal, elsewhere
    it prints the lines that changed; Ctrl-C ends it with exit code 130. Without --watch it also names the stacks that
    the file has no more and that still cost, with the commands that remove them.

    --all prints a table, for many sites within half a minute, and takes --profile several times: a site that names its
    account is looked at there, any other one in the account of each profile. Health checks are then as CloudWatch last
    heard of them. --html writes the same as a page, for a wall or the record of an incident.

    Exit code 0 if the primary serves and nothing is wrong, 3 if the secondary serves or an outage is on, 1 if something
    else is wrong or unknown.
    """
    _check(where, {"--watch": watch, "--json": as_json, "--all": every_site, "--html": page is not None})
    if every_site:
        found, looked = worst_first(fleet.look(list(map(_place, where.all())))), NOT_LOOKED
    else:
        one = where.where()
        chosen = one.targets()
        if watch:
            _watch(functools.partial(_look, chosen), every)
        found, looked = _at_once(chosen, one.sites())
    if page is not None:
        _write(page, found, looked)
    if as_json:
        print_json(StatusResult.of(found, looked))
    elif every_site:
        typer.echo("\n".join(status_table.lines(found, columns() or status_screen.WIDTH)))
    else:
        typer.echo("\n\n".join([_screen(found), *_left_over(looked)]))
    raise typer.Exit(worst(found))


NOT_LOOKED = Looked((), {})


def _check(where: Everywhere, given: dict[str, bool]) -> None:
    """Refuse options that do not go together."""
    if given["--watch"]:
        for other in ("--json", "--all", "--html"):
            if given[other]:
                raise UserError(
                    f"got --watch and {other}, expected one of them: run status {other} as often as you need"
                )
    if given["--all"] and where.site is not None:
        raise UserError(f"got --all and the site {where.site}, expected one of them")


def _place(target: Target) -> Place:
    # The zone's own name servers tell where DNS leads: one resolver is enough to find them.
    return Place(target.site, target.account, resolvers.servers(target.resolver)[:1])


def _write(page: Path, found: list[Status], looked: Looked) -> None:
    from s3_failover.cli import status_page  # noqa: PLC0415 - Jinja takes longer to import than all else

    text = status_page.render(found, [line for block in _left_over(looked) for line in block.splitlines()])
    try:
        with whole(page) as stream:
            stream.write(text)
    except OSError as error:
        raise UserError(f"{shown(page)}: cannot be written: {error.strerror}; name another file with --html") from error
    progress(f"wrote {shown(page)}")


def _at_once(chosen: list[Target], sites: list[Site]) -> tuple[list[Status], Looked]:
    """Return the state of the sites and, if these are all sites of the file, the stacks left over from former ones."""
    all_of_file = len(chosen) == len(sites)
    accounts = {each.account.id: each.account for each in chosen}
    parts: dict[str, Callable[[], Any]] = {
        f"account {name}": functools.partial(
            left_over.everywhere, sites, account, seconds=overview.SECONDS, strangers=all_of_file
        )
        for name, account in accounts.items()
    }
    parts["sites"] = functools.partial(_look, chosen)
    found = together(parts, seconds=3 * overview.SECONDS)
    seen = found.pop("sites")
    if isinstance(seen, UserError):
        raise seen
    return seen, left_over.joined(found)


def _left_over(looked: Looked) -> Iterator[str]:
    if looked.found:
        rows = [f"  {each.where} {each.what}\n    do: {each.remedy}" for each in looked.found]
        yield "\n".join(["left over", *rows])
    if looked.error:
        yield f"left over: unknown: {looked.error}"


def _look(chosen: list[Target]) -> list[Status]:
    looks = {
        each.site.name: functools.partial(overview.look, each.site, each.account, resolvers.servers(each.resolver))
        for each in chosen
    }
    return [_seen(found) for found in together(looks, seconds=2 * overview.SECONDS).values()]


def _seen(found: Status | UserError) -> Status:
    # A site that is left out would look like a healthy one.
    if isinstance(found, UserError):
        raise found
    return found


def _screen(found: list[Status]) -> str:
    return "\n\n".join("\n".join(status_screen.lines(each, columns() or status_screen.WIDTH)) for each in found)


def _watch(look: Callable[[], list[Status]], every: float) -> None:
    if sys.stdout.isatty():
        with Live(console=Console(), auto_refresh=False, vertical_overflow="ellipsis") as live:
            while True:
                live.update(Text(_screen(look()), no_wrap=True), refresh=True)
                time.sleep(every)
    shown: set[str] = set()
    while True:
        now = [line for each in look() for line in _changing(each)]
        moment = datetime.now(UTC).strftime("%H:%M:%S")
        for line in now:
            if line not in shown:
                typer.echo(f"{moment} {line}")
        sys.stdout.flush()
        shown = set(now)
        time.sleep(every)


def _changing(status: Status) -> list[str]:
    """Return the lines to print when they change, without the parts that differ every time."""
    _, *rest = status_screen.lines(status)
    return [f"{status.site.name}{_OTHER_EACH_TIME.sub('', line)}" for line in rest]
