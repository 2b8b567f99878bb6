"""A site's status in one line: what a person on call asks of many sites."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.replication import Queue

UNKNOWN = "unknown"

VERDICTS = {3: "OUTAGE", 1: "wrong", 0: "ok"}
"""What an exit code says of a site; `wrong` is also what is unknown."""


@dataclass(frozen=True)
class Summary:
    """A site in one line; every field is text for people."""

    verdict: str
    site: str
    account: str
    served_by: str
    dns: str
    behind: str
    alarms: str
    evacuated: str


def worst_first(found: Iterable[Status]) -> list[Status]:
    """Return sites in the order in which they need a person: outages, what has most problems, then by name."""
    return sorted(found, key=lambda each: (-each.exit_code, -len(each.problems), each.site.name))


def summary(status: Status) -> Summary:
    """Return a site's status in one line."""
    return Summary(
        verdict=VERDICTS[status.exit_code],
        site=status.site.name,
        account=status.account,
        served_by=_served_by(status),
        dns=status.serves.record,
        behind=_behind(status),
        alarms=_alarms(status),
        evacuated=_evacuated(status),
    )


def headline(found: Sequence[Status]) -> str:
    """Return how many sites are in an outage, how many have something wrong or unknown, and how many are well."""
    counts = [sum(each.exit_code == code for each in found) for code in VERDICTS]
    sites = f"{len(found)} site{'' if len(found) == 1 else 's'}"
    return f"{sites}: {counts[0]} in an outage, {counts[1]} with something wrong or unknown, {counts[2]} well"


def _served_by(status: Status) -> str:
    answer = status.answer
    if answer is None or answer.unseen:
        return UNKNOWN
    if answer.status != 200:
        return f"HTTP {answer.status}" if answer.status else "no answer"
    legs = {Leg.DISTRIBUTION: "distribution", Leg.SECONDARY: "secondary"}
    return status.copy or legs.get(status.serves, UNKNOWN)


def _behind(status: Status) -> str:
    if not status.site.versioned:
        return f"{status.queue.waiting:,} wait" if isinstance(status.queue, Queue) else UNKNOWN
    if any(lag.errors for lag in status.lags):
        return UNKNOWN
    latencies = [lag.latency for lag in status.lags if lag.latency is not None]
    failed = sum(lag.failed or 0 for lag in status.lags)
    late = f"{max(latencies):,.0f} s" if latencies else "no data"
    return f"{late}, {failed:,.0f} failed" if failed else late


def _alarms(status: Status) -> str:
    known = [alarm for each in status.alarms.values() if not isinstance(each, UserError) for alarm in each]
    on, silent = (sum(alarm.state == state for alarm in known) for state in ("ALARM", "INSUFFICIENT_DATA"))
    told = [f"{on} of {len(known)} on"] if on else []
    told += [f"{silent} no data"] if silent else []
    told += [UNKNOWN] if any(isinstance(each, UserError) for each in status.alarms.values()) else []
    return ", ".join(told) or (f"{len(known)} OK" if known else "none")


def _evacuated(status: Status) -> str:
    if isinstance(status.notes, UserError):
        return UNKNOWN
    if not status.evacuation:
        return "no"
    try:
        begin = datetime.fromisoformat(str(status.evacuation.get("begin"))).astimezone(UTC)
    except ValueError:
        return "yes"
    return f"since {begin:%m-%d %H:%M} UTC"
