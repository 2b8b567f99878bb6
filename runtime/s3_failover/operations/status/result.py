"""What the command `status` prints in JSON: what is known, in one shape for every site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from s3_failover.errors import UserError
from s3_failover.operations.left_over import LeftOver, Looked
from s3_failover.operations.resolvers import Heard
from s3_failover.operations.status.alarms import Alarm
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.overview import Problem, Status
from s3_failover.operations.status.replication import Lag, Queue
from s3_failover.results import Moment, Result

T = TypeVar("T")


class ViewersNow(Result):
    """What a viewer gets."""

    status: int
    """The HTTP status; 0 without an answer."""
    seconds: float
    """How long it took."""
    bucket: str
    """`primary` or `replica`, whichever it came from; empty where that cannot be told."""
    error: str
    """Why there is no answer, or empty."""

    @classmethod
    def of(cls, status: Status) -> ViewersNow | None:
        """Return it; None where the address is unknown."""
        answer = status.answer
        if answer is None:
            return None
        return cls(status=answer.status, seconds=round(answer.seconds, 3), bucket=status.copy, error=answer.error)


class DnsAnswer(Result):
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

    @classmethod
    def of(cls, heard: Heard) -> DnsAnswer:
        """Return what a server has answered."""
        return cls(
            server=heard.server.name,
            authoritative=heard.server.authoritative,
            leads=heard.leads.record,
            target=heard.target,
            ttl=heard.ttl,
            error=heard.error,
        )


class CopyState(Result):
    """A bucket that holds the site's content."""

    region: str
    """Its region."""
    empty: bool | None
    """Whether it holds nothing but the health object; null if unknown."""


class SiteStatus(Result):
    """How one site is."""

    site: str
    """The site's name."""
    hostname: str
    """Its hostname."""
    account: str
    """The AWS account that was looked at; `unknown` without valid credentials."""
    mode: str
    """`dns` or `hybrid`."""
    at: Moment
    """When it was looked at, in ISO 8601."""
    exit_code: int
    """As the command's, for this site alone."""
    serves: str
    """Where DNS leads: `primary`, `secondary`, `elsewhere` or `unknown`."""
    by_checks: str
    """Where DNS should lead by the check that decides: `primary`, `secondary` or `unknown`."""
    viewers: ViewersNow | None
    """What a viewer gets for the health object; null where the address is unknown."""
    dns: tuple[DnsAnswer, ...]
    """What each server says."""
    checks: tuple[Check, ...]
    """The health checks."""
    copies: tuple[CopyState, ...]
    """The content buckets, the primary first."""
    replication: tuple[Lag, ...]
    """The replication rules; empty where a function copies."""
    queue: Queue | None
    """What waits for the function that copies; null where S3 copies, or where it is unknown."""
    alarms: tuple[Alarm, ...]
    """Every alarm that was found."""
    evacuation: Mapping[str, Any] | None
    """Who evacuated viewers to the secondary; null if they are not evacuated, or it is unknown."""
    drill: Mapping[str, Any] | None
    """The drill that is not undone; null if there is none, or it is unknown."""
    last_drill: Mapping[str, Any] | None
    """The last drill; null if there was none, or it is unknown."""
    unknown: dict[str, str]
    """Parts that could not be looked at, and why."""
    wrong: tuple[Problem, ...]
    """What is not as it should be, the worst first."""

    @classmethod
    def of(cls, status: Status) -> SiteStatus:
        """Return what is known of a site."""
        notes = _known(status.notes)
        return cls(
            site=status.site.name,
            hostname=status.site.hostname,
            account=status.account,
            mode=status.site.mode.value,
            at=status.at,
            exit_code=status.exit_code,
            serves=status.serves.record,
            by_checks=status.by_checks.record,
            viewers=ViewersNow.of(status),
            dns=tuple(map(DnsAnswer.of, _known(status.heard) or ())),
            checks=status.known_checks,
            copies=tuple(CopyState(region=region, empty=_known(found)) for region, found in status.empty.items()),
            replication=status.lags,
            queue=_known(status.queue),
            alarms=tuple(alarm for found in status.alarms.values() for alarm in _known(found) or ()),
            evacuation=notes.evacuation if notes else None,
            drill=notes.drill if notes else None,
            last_drill=notes.last_drill if notes else None,
            unknown=status.unknown,
            wrong=status.problems,
        )


class StatusResult(Result):
    """How the sites are."""

    exit_code: int
    """0 the primaries serve and nothing is wrong, 1 something is wrong or unknown, 3 an outage."""
    sites: tuple[SiteStatus, ...]
    """The sites, in the order of the file; with `--all`, the worst first."""
    left_over: tuple[LeftOver, ...]
    """Stacks that the file has no more, and that still exist and cost; they do not count for the exit code. With
    `--all` they are not looked for."""
    not_listed: dict[str, str]
    """Regions whose stacks could not be listed, and why."""

    @classmethod
    def of(cls, found: Sequence[Status], looked: Looked) -> StatusResult:
        """Return how sites are, and what is left over of former ones."""
        return cls(
            exit_code=worst(found),
            sites=tuple(map(SiteStatus.of, found)),
            left_over=looked.found,
            not_listed={where: str(why) for where, why in looked.silent.items()},
        )


def worst(found: Sequence[Status]) -> int:
    """Return the exit code of several sites."""
    return max((each.exit_code for each in found), default=1)


def _known(found: T | UserError) -> T | None:
    """Return what was found, or None where it is unknown."""
    return None if isinstance(found, UserError) else found
