"""A site's status in lines that fit a terminal of 60 columns or more."""

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations.resolvers import Heard
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.replication import Lag, Queue

WIDTH = 100
"""Columns that a line has at most; a narrower terminal wraps what does not fit."""

_FIRST = 13
_SECOND = 14
_BELOW = "unknown, see below"


def lines(status: Status, width: int = WIDTH) -> list[str]:
    """Return the screen of a site."""
    site = status.site
    head = f"{site.name}  {site.hostname}  ({site.mode.value} mode)"
    moment = status.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    found = [f"{fit(head, width - len(moment) - 2):<{width - len(moment) - 2}}  {moment}"]
    for title, rows in parts(status):
        for number, row in enumerate(rows):
            found += (
                _wrapped("" if number else title, row, width)
                if title in ("evacuated", "wrong") or width < WIDTH
                else [_row("" if number else title, row)]
            )
    return found


def parts(status: Status) -> list[tuple[str, list[str]]]:
    """Return the parts of the screen: their titles, and their lines."""
    return [
        ("serves now", list(_serves(status))),
        ("DNS", list(_dns(status))),
        ("checks", list(_checks(status))),
        ("replication", list(_replication(status))),
        ("alarms", list(_alarms(status))),
        ("last drill", [_last_drill(status)]),
        ("evacuated", list(_evacuated(status))),
        ("wrong", [problem.what for problem in status.problems] or ["nothing"]),
    ]


def fit(text: str, width: int) -> str:
    """Return a text in so many columns, with what is too much of it left out in the middle."""
    if len(text) <= width:
        return text
    half = (width - 1) // 2
    return f"{text[: width - 1 - half]}…{text[len(text) - half :]}"


def _row(title: str, text: str) -> str:
    return f"  {title:<{_FIRST}}{fit(text, WIDTH - _FIRST - 2)}".rstrip()


def _wrapped(title: str, text: str, width: int) -> list[str]:
    parts = textwrap.wrap(text, width - _FIRST - 4, break_on_hyphens=False, break_long_words=True) or [""]
    return [_row("" if number else title, ("  " if number else "") + part) for number, part in enumerate(parts)]


def _serves(status: Status) -> Iterator[str]:
    told = {
        Leg.DISTRIBUTION: "PRIMARY: the distribution",
        Leg.SECONDARY: f"SECONDARY, in {status.site.replica_regions[0]}",
        Leg.ELSEWHERE: "NOTHING: DNS leads elsewhere",
        Leg.UNKNOWN: "UNKNOWN by DNS",
    }
    checks = {Leg.DISTRIBUTION: "primary", Leg.SECONDARY: "secondary"}.get(status.by_checks)
    agree = "" if status.by_checks is status.serves else " - DNS and checks DISAGREE"
    if Leg.UNKNOWN in (status.by_checks, status.serves):
        agree = ""
    yield f"{told[status.serves]}; by the checks it is {f'the {checks}' if checks else 'unknown'}{agree}"
    answer = status.answer
    if answer is None:
        return
    copy = {"primary": " from the primary bucket", "replica": " from the replica bucket"}.get(status.copy, "")
    if answer.status:
        yield f"viewers get {answer.status}{copy} in {answer.seconds:.2f} s for the health object"
    else:
        yield f"viewers get no answer for the health object: {answer.error}"


def _dns(status: Status) -> Iterator[str]:
    if isinstance(status.heard, UserError):
        yield _BELOW
        return
    width = max((len(fit(each.server.name, 24)) for each in status.heard), default=0)
    for each in status.heard:
        yield f"{fit(each.server.name, 24):<{width}}  {_heard(each, WIDTH - _FIRST - 4 - width)}"


def _heard(heard: Heard, width: int) -> str:
    if heard.error:
        return fit(heard.error, width)
    ttl = "" if heard.ttl is None else f"  TTL {heard.ttl} s"
    lead = f"{heard.leads.record:<10}"
    return f"{lead}{fit(heard.target, width - len(lead) - len(ttl))}{ttl}"


def _checks(status: Status) -> Iterator[str]:
    if isinstance(status.checks, UserError):
        yield _BELOW
        return
    for check in status.checks:
        yield f"{check.role:<{_SECOND}}{_state(check, status):<11}{'; '.join(_about(check))}"


def _state(check: Check, status: Status) -> str:
    # The check asks for the health object, which an empty replica has.
    if check.role == "secondary" and check.healthy and status.secondary_is_empty:
        return "EMPTY"
    return "unknown" if check.healthy is None else "healthy" if check.healthy else "UNHEALTHY"


def _about(check: Check) -> Iterator[str]:
    if check.forced:
        yield f"SET BY HAND: {', '.join(check.forced)}"
    if check.checkers is not None:
        yield f"{check.succeeding} of {check.checkers} checkers succeed"
    if check.decides:
        yield "decides where DNS leads"
    if check.source == "cloudwatch":
        yield "as CloudWatch last heard"
    if check.healthy is False and check.failure:
        yield fit(check.failure, 40)


def _replication(status: Status) -> Iterator[str]:
    if isinstance(status.queue, UserError):
        yield f"queue in {status.site.primary_region}: {_BELOW}"
    elif isinstance(status.queue, Queue):
        oldest = _number(status.queue.oldest, "s old")
        yield f"{status.queue.waiting:,} changes wait, oldest: {oldest}; {status.queue.dead:,} dead letters"
    width = max((len(_way(lag)) for lag in status.lags), default=0)
    for lag in status.lags:
        yield f"{_way(lag):<{width}}  {_lag(lag)}"


def _way(lag: Lag) -> str:
    return f"{lag.source} > {lag.destination}"


def _lag(lag: Lag) -> str:
    if lag.errors:
        return _BELOW
    if lag.pending is None and lag.latency is None:
        behind = "no data in 15 min"
    else:
        pending, waiting = _number(lag.pending, "pending"), _number(lag.pending_bytes, "bytes")
        behind = f"{pending}, {waiting}, {_number(lag.latency, 's late')}"
    return f"{behind}, 24 h: {_number(lag.failed, 'failed')}"


def _number(value: float | None, unit: str) -> str:
    return "no data" if value is None else f"{value:,.0f} {unit}"


def _alarms(status: Status) -> Iterator[str]:
    width = max(map(len, status.alarms))
    for region, found in status.alarms.items():
        place = f"{region:<{width}}"
        if isinstance(found, UserError):
            yield f"{place}  {_BELOW}"
            continue
        bad = [alarm for alarm in found if alarm.state != "OK"]
        yield f"{place}  {len(found) - len(bad)} of {len(found)} OK" if found else f"{place}  none is there"
        for alarm in bad:
            since = alarm.since.astimezone(UTC).strftime("%m-%d %H:%M")
            state = "no data" if alarm.state == "INSUFFICIENT_DATA" else alarm.state
            yield f"{'':<{width}}  {state:<7}  {alarm.name} since {since}"


def _last_drill(status: Status) -> str:
    if isinstance(status.notes, UserError):
        return _BELOW
    drill = status.notes.last_drill
    if drill is None:
        return "never"
    verdict = {True: "passed", False: "FAILED"}.get(drill.get("held", ""), "with an unknown result")
    who = drill.get("by", "an unknown user")
    return f"{drill.get('scenario', 'drill')} {_moment(drill.get('end'))}, {verdict}, by {who}"


def _evacuated(status: Status) -> Iterator[str]:
    if note := status.evacuation:
        yield f"to the secondary since {_moment(note.get('begin'))} by {note.get('by')}"


def _moment(told: Any) -> str:
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return str(told)
