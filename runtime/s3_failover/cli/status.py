"""`s3-failover status`: shows the state of a site now."""

import functools
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from s3_failover.cli import status_screen
from s3_failover.cli.output import JsonOption, columns, print_json
from s3_failover.cli.target import Target, Where
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import left_over, resolvers
from s3_failover.operations.left_over import Looked
from s3_failover.operations.status import overview
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.result import StatusResult, worst
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
    where: Where,
    as_json: JsonOption = False,
) -> None:
    """Show who serves a site now, health checks, DNS answers, empty replicas, replication, alarms and the last drill.

    Without SITE, all sites of the file. Works through an outage: every part is asked at the same time with short
    timeouts, and a service that does not answer is reported. Changes nothing. --watch redraws on a terminal, elsewhere
    it prints the lines that changed; Ctrl-C ends it with exit code 130. Without --watch it also names the stacks that
    the file has no more and that still cost, with the commands that remove them.

    Exit code 0 if the primary serves and nothing is wrong, 3 if the secondary serves or an outage is on, 1 if something
    else is wrong or unknown.
    """
    if watch and as_json:
        raise UserError("got --watch and --json, expected one of them: run status --json as often as you need")
    chosen = where.targets()
    if watch:
        _watch(functools.partial(_look, chosen), every)
    found, looked = _at_once(chosen, where.sites())
    if as_json:
        print_json(StatusResult.of(found, looked))
    else:
        typer.echo("\n\n".join([_screen(found), *_left_over(looked)]))
    raise typer.Exit(worst(found))


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
