"""`s3-failover status`: how is a site now?"""

from __future__ import annotations

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
from typing_extensions import TypedDict

from s3_failover.cli import status_screen
from s3_failover.cli.output import JsonOption, print_json
from s3_failover.cli.target import (
    DEFAULT_CONFIG,
    ConfigOption,
    LocalOption,
    ProfileOption,
    SiteArgument,
    Target,
    targets,
)
from s3_failover.cli.target import every as every_site
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import left_over, resolvers
from s3_failover.operations.left_over import Looked
from s3_failover.operations.status import overview
from s3_failover.operations.status.overview import Status
from s3_failover.operations.together import together

_OTHER_EACH_TIME = re.compile(r" in \d+\.\d\d s|  TTL \d+ s$| for \d+ s more$")


class Document(TypedDict):
    """What `status --json` prints."""

    exit_code: int
    """0 the primaries serve and nothing is wrong, 1 something is wrong or unknown, 3 an outage."""
    sites: list[SiteStatus]
    """The sites, in the order of the file."""
    left_over: list[Stack]
    """Stacks that the file has no more, and that still exist and cost; they do not count for the exit code."""
    not_listed: dict[str, str]
    """Regions whose stacks could not be listed, and why."""


class Stack(TypedDict):
    """A stack that no site of the file has."""

    hostname: str
    """Whose it is."""
    stack: str
    """Its name."""
    region: str
    """Its region."""
    what: str
    """What it costs."""
    remedy: str
    """The commands that remove it."""


class SiteStatus(TypedDict):
    """How one site is."""

    site: str
    """The site's name."""
    hostname: str
    """Its hostname."""
    mode: str
    """`dns` or `hybrid`."""
    at: str
    """When it was looked at, in ISO 8601."""
    exit_code: int
    """As the command's, for this site alone."""
    serves: str
    """Where DNS leads: `primary`, `secondary`, `elsewhere` or `unknown`."""
    by_checks: str
    """Where DNS should lead by the check that decides: `primary`, `secondary` or `unknown`."""
    viewers: Viewers | None
    """What a viewer gets for the health object; null where the address is unknown."""
    dns: list[DnsAnswer]
    """What each server says."""
    checks: list[CheckState]
    """The health checks."""
    copies: list[CopyState]
    """The content buckets, the primary first."""
    replication: list[RuleState]
    """The replication rules; empty where a function copies."""
    queue: QueueState | None
    """What waits for the function that copies; null where S3 copies, or where it is unknown."""
    alarms: list[AlarmState]
    """Every alarm that was found."""
    hold: dict[str, Any] | None
    """Who holds viewers at the secondary; null if there is no hold, or it is unknown."""
    drill: dict[str, Any] | None
    """The drill that is not undone; null if there is none, or it is unknown."""
    last_drill: dict[str, Any] | None
    """The last drill; null if there was none, or it is unknown."""
    unknown: dict[str, str]
    """Parts that could not be looked at, and why."""
    wrong: list[Wrong]
    """What is not as it should be, the worst first."""


class Viewers(TypedDict):
    """What a viewer gets."""

    status: int
    """The HTTP status; 0 without an answer."""
    seconds: float
    """How long it took."""
    bucket: str
    """`primary` or `replica`, whichever it came from; empty where that cannot be told."""
    error: str
    """Why there is no answer, or empty."""


class DnsAnswer(TypedDict):
    """What a DNS server says."""

    server: str
    """The server's name."""
    authoritative: bool
    """Whether it is one of the zone's own."""
    leads: str
    """Where its answer leads, as `serves`."""
    target: str
    """The name or address that it leads to."""
    ttl: int | None
    """Seconds that the failover record still lives there; null if it does not tell."""
    error: str
    """Why there is no answer, or empty."""


class CheckState(TypedDict):
    """A health check."""

    role: str
    """`failover`, `primary`, `distribution` or `secondary`."""
    id: str
    """Its id."""
    decides: bool
    """Whether DNS moves with it."""
    healthy: bool | None
    """What it counts as for Route 53, which does not see whether a secondary is empty; null if unknown."""
    succeeding: int | None
    """Checkers that succeed; null for a calculated check, or if unknown."""
    checkers: int | None
    """All checkers."""
    set_by_hand: list[str]
    """What makes it say other than it sees: `disabled`, `inverted`, `needs 3 of 2 healthy`."""
    source: str
    """The source: `route53` or `cloudwatch`; empty if neither answered."""


class CopyState(TypedDict):
    """A bucket that holds the site's content."""

    region: str
    """Its region."""
    empty: bool | None
    """Whether it holds nothing but the health object; null if unknown."""


class RuleState(TypedDict):
    """A replication rule; a number is null where there is no data."""

    source: str
    """The region that is copied."""
    destination: str
    """The region of the copy."""
    rule: str
    """The rule's id."""
    pending: float | None
    """Operations that wait."""
    pending_bytes: float | None
    """Bytes that wait."""
    latency_seconds: float | None
    """Seconds that the copy is behind."""
    failed_in_a_day: float | None
    """Operations that failed in the last 24 hours."""


class QueueState(TypedDict):
    """What waits for the function that copies."""

    waiting: int
    """Changes that wait."""
    oldest_seconds: float | None
    """How long the oldest has waited; null without data."""
    dead_letters: int
    """Changes that were given up."""


class AlarmState(TypedDict):
    """An alarm."""

    name: str
    """Its name."""
    region: str
    """Its region."""
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    since: str
    """Since when, in ISO 8601."""


class Wrong(TypedDict):
    """Something that is not as it should be."""

    what: str
    """What it is."""
    outage: bool
    """Whether it is an outage, or the secondary that serves."""


def status(
    site: SiteArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again until interrupted.")] = False,
    every: Annotated[
        float,
        typer.Option(
            "--every", min=1, max=3600, metavar="SECONDS", help="How long to wait between looks with --watch."
        ),
    ] = 5,
    profile: ProfileOption = None,
    local: LocalOption = False,
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
    chosen = targets(config, site, profile=profile, local=local)
    if watch:
        _watch(functools.partial(_look, chosen), every)
    found, looked = _at_once(chosen, every_site(config))
    if as_json:
        print_json(document(found, looked))
    else:
        typer.echo("\n\n".join([_screen(found), *_left_over(looked)]))
    raise typer.Exit(_exit_code(found))


def _at_once(chosen: list[Target], sites: list[Site]) -> tuple[list[Status], Looked]:
    """Return how the sites are and, where all sites of the file are asked for, what is left over of former ones."""
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
    # Nobody may take a site that is left out for one that is well.
    if isinstance(found, UserError):
        raise found
    return found


def _exit_code(found: list[Status]) -> int:
    return max((each.exit_code for each in found), default=1)


def _screen(found: list[Status]) -> str:
    return "\n\n".join("\n".join(status_screen.lines(each)) for each in found)


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
    """Return the lines that are worth telling when they change; what is other each time is left out of them."""
    _, *rest = status_screen.lines(status)
    return [f"{status.site.name}{_OTHER_EACH_TIME.sub('', line)}" for line in rest]


def document(found: list[Status], looked: Looked) -> Document:
    """Return what `--json` prints."""
    return {
        "exit_code": _exit_code(found),
        "sites": [_site(each) for each in found],
        "left_over": [
            {
                "hostname": each.hostname,
                "stack": each.stack,
                "region": each.region,
                "what": each.what,
                "remedy": each.remedy,
            }
            for each in looked.found
        ],
        "not_listed": {where: str(why) for where, why in looked.silent.items()},
    }


def _site(status: Status) -> SiteStatus:
    notes = None if isinstance(status.notes, UserError) else status.notes
    return {
        "site": status.site.name,
        "hostname": status.site.hostname,
        "mode": status.site.mode.value,
        "at": status.at.isoformat(),
        "exit_code": status.exit_code,
        "serves": status.serves.record,
        "by_checks": status.by_checks.record,
        "viewers": _viewers(status),
        "dns": _dns(status),
        "checks": _checks(status),
        "copies": _copies(status),
        "replication": _rules(status),
        "queue": _queue(status),
        "alarms": [
            {"name": each.name, "region": each.region, "state": each.state, "since": each.since.isoformat()}
            for found in status.alarms.values()
            if not isinstance(found, UserError)
            for each in found
        ],
        "hold": dict(notes.hold) if notes and notes.hold else None,
        "drill": dict(notes.drill) if notes and notes.drill else None,
        "last_drill": dict(notes.last_drill) if notes and notes.last_drill else None,
        "unknown": status.unknown,
        "wrong": [{"what": each.what, "outage": each.outage} for each in status.problems],
    }


def _viewers(status: Status) -> Viewers | None:
    answer = status.answer
    if answer is None:
        return None
    seconds = round(answer.seconds, 3)
    return {"status": answer.status, "seconds": seconds, "bucket": status.copy, "error": answer.error}


def _dns(status: Status) -> list[DnsAnswer]:
    return [
        {
            "server": each.server.name,
            "authoritative": each.server.authoritative,
            "leads": each.leads.record,
            "target": each.target,
            "ttl": each.ttl,
            "error": each.error,
        }
        for each in (() if isinstance(status.heard, UserError) else status.heard)
    ]


def _checks(status: Status) -> list[CheckState]:
    return [
        {
            "role": each.role,
            "id": each.id,
            "decides": each.decides,
            "healthy": each.healthy,
            "succeeding": each.succeeding,
            "checkers": each.checkers,
            "set_by_hand": list(each.forced),
            "source": each.source,
        }
        for each in (() if isinstance(status.checks, UserError) else status.checks)
    ]


def _copies(status: Status) -> list[CopyState]:
    return [
        {"region": region, "empty": None if isinstance(found, UserError) else found}
        for region, found in status.empty.items()
    ]


def _rules(status: Status) -> list[RuleState]:
    return [
        {
            "source": each.source,
            "destination": each.destination,
            "rule": each.rule_id,
            "pending": each.pending,
            "pending_bytes": each.pending_bytes,
            "latency_seconds": each.latency,
            "failed_in_a_day": each.failed,
        }
        for each in status.lags
    ]


def _queue(status: Status) -> QueueState | None:
    queue = status.queue
    if queue is None or isinstance(queue, UserError):
        return None
    return {"waiting": queue.waiting, "oldest_seconds": queue.oldest, "dead_letters": queue.dead}
