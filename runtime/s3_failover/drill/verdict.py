"""Holds what was seen against what had to happen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from s3_failover.drill.expected import DistributionState, Expected, Fails
from s3_failover.drill.kinds import BY_NAME, NEW_HTTP, NEW_HTTPS, ViewerKind
from s3_failover.drill.report import HEALING, OUTAGE, Held, Requests, Stage
from s3_failover.drill.site import DrilledSite
from s3_failover.drill.states import DISTRIBUTION, HEALTHY, SECONDARY, UNHEALTHY, Leg
from s3_failover.drill.timeline import Lane, Message
from s3_failover.drill.visits import SERVED, Visit, VisitOutcome


class Checked(Protocol):
    """An endpoint check."""

    @property
    def lane(self) -> Lane:
        """What its checkers saw."""


class Watched(Protocol):
    """What was seen of DNS, checks and alarms."""

    answer: Lane
    """Where DNS led."""

    @property
    def checks(self) -> Mapping[str, Checked]:
        """The endpoint checks by role."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """All lanes, in the order in which people read them."""

    @property
    def messages(self) -> Sequence[Message]:
        """What the alarms told."""

    def arrived(self, alarm: str, state: str, begin: float) -> float | None:
        """Return when an alarm first told of a state after a time, or None."""


@dataclass(frozen=True)
class Observed:
    """Everything seen of one site in one scenario, with the times in embedded seconds.

    `visits` are by the name of their kind of viewers. Its times are when the faults began, when they were healed, and
    when the drill was over. `delivered` is whether an alarm counts when its message arrives; else it counts when
    CloudWatch says that it is on.
    """

    drilled: DrilledSite
    expected: Expected
    watch: Watched
    visits: Mapping[str, Sequence[Visit]]
    outage: float
    healing: float
    end: float
    delivered: bool = True

    @property
    def kinds(self) -> list[ViewerKind]:
        """The kinds of viewers that there were."""
        return [BY_NAME[name] for name in self.visits]

    def during(self, kind: ViewerKind) -> list[Visit]:
        """Return the visits that began between outage and end."""
        return [visit for visit in self.visits[kind.name] if self.outage <= visit.began < self.end]


def judge(seen: Observed) -> list[Held]:
    """Return every expectation with whether it passed."""
    return [*_dns(seen), *_viewers(seen), *_alarms(seen), *_content(seen), *_return(seen)]


def _dns(seen: Observed) -> Iterator[Held]:
    changes = _turns(seen)
    if not seen.expected.dns_moves:
        yield Held(expectation="DNS stays at the distribution", held=not changes, seen=_list(changes, seen.outage))
        return
    moved = seen.watch.answer.first(SECONDARY, seen.outage, seen.healing)
    limit = seen.drilled.detection
    yield Held(
        expectation=f"DNS moves to the secondary within {limit:.0f} s, once",
        held=moved is not None and moved - seen.outage <= limit and len(changes) == 1,
        seen=_list(changes, seen.outage),
    )


def _turns(seen: Observed) -> list[tuple[float, str]]:
    """Return the changes of the DNS answer while the outage lasts; that a name is gone until DNS has moved is none."""
    changes = seen.watch.answer.changes(seen.outage, seen.healing)
    gone = seen.expected.distribution is DistributionState.NAMELESS and changes and changes[0][1] == Leg.ELSEWHERE
    return changes[1:] if gone else changes


def _viewers(seen: Observed) -> Iterator[Held]:
    for kind in seen.kinds:
        yield from _of_kind(seen, kind, seen.expected.fails(kind))


def _of_kind(seen: Observed, kind: ViewerKind, fails: Fails) -> Iterator[Held]:
    if fails is Fails.NEVER:
        bad, one = _bad(seen, kind), kind.requests.replace("requests", "request", 1)
        yield Held(expectation=f"no {one} fails", held=not bad, seen=_failures(bad, seen.outage))
        slowest, latency = requests(seen, kind).slowest, seen.drilled.latency(kind)
        text = f"no {one} takes longer than the origin's timeouts, {latency:.0f} s"
        yield Held(expectation=text, held=slowest <= latency, seen=f"{slowest:.1f} s")
        return
    if fails is Fails.PARTLY:
        yield _partly(seen, kind)
        return
    limit = seen.drilled.follows(kind)
    # A resolver that keeps answers for long may do so for longer than the outage lasts.
    outlasts = kind.late and seen.outage + limit > seen.healing
    if fails is Fails.BRIEFLY and not outlasts:
        # An outage that ends before viewers are served again proves nothing.
        text = f"{kind.requests} succeed again within {limit:.0f} s, and go on to"
        yield _again(seen, kind, text, _recovered(seen, kind), seen.outage + limit)
    else:
        limit = seen.drilled.failover
        text = f"{kind.requests} may fail for the whole outage, and succeed again within {limit:.0f} s after healing"
        yield _again(seen, kind, text, _served(seen.during(kind), seen.healing), seen.healing + limit)


def _partly(seen: Observed, kind: ViewerKind) -> Held:
    """Return whether some of a kind's requests failed and others did not, and none once it was over."""
    limit = seen.drilled.failover
    during = [visit for visit in seen.during(kind) if visit.began < seen.healing]
    bad = _bad(seen, kind)
    late = [visit for visit in bad if visit.began > seen.healing + limit]
    text = f"some {kind.requests} fail and others do not, none from {limit:.0f} s after healing on"
    told = _failures(late, seen.outage) if late else f"{len(bad)} of {len(during)} failed"
    return Held(expectation=text, held=0 < len(bad) < len(during) and not late, seen=told)


def _again(seen: Observed, kind: ViewerKind, text: str, again: float | None, until: float) -> Held:
    late = [visit for visit in _bad(seen, kind) if visit.began > until]
    # Nor does a drill that is over before its limits are, and before viewers are served.
    if late:
        told = _failures(late, seen.outage)
    elif _served(seen.during(kind), seen.outage) is None:
        told = "not by the end"
    elif again is None:
        told = "not before healing"
    else:
        origin, words = (seen.healing, HEALING) if text.endswith("after healing") else (seen.outage, OUTAGE)
        return Held(expectation=text, held=True, seen=words.format(max(again - origin, 0)))
    return Held(expectation=text, held=False, seen=told)


def _bad(seen: Observed, kind: ViewerKind) -> list[Visit]:
    return [visit for visit in seen.during(kind) if visit.outcome not in SERVED]


def _alarms(seen: Observed) -> Iterator[Held]:
    limit = seen.drilled.alarm
    for name in sorted(seen.expected.alarms):
        at = seen.watch.arrived(name, "ALARM", seen.outage)
        text = f"alarm {name} {'arrives' if seen.delivered else 'is on'} within {limit:.0f} s"
        yield Held.within(text, limit, at, seen.outage)
    for name in sorted(seen.expected.quiet):
        at = seen.watch.arrived(name, "ALARM", seen.outage)
        text = "quiet" if at is None else f"{'arrived' if seen.delivered else 'on'} after {at - seen.outage:.0f} s"
        yield Held(expectation=f"alarm {name} stays quiet", held=at is None, seen=text)


def _content(seen: Observed) -> Iterator[Held]:
    counts = {
        outcome: sum(visit.outcome is outcome for kind in seen.kinds for visit in seen.during(kind))
        for outcome in VisitOutcome
    }
    wrong = counts[VisitOutcome.WRONG]
    yield Held(expectation="no viewer gets bytes that were never published", held=not wrong, seen=f"{wrong} did")
    old = counts[VisitOutcome.STALE] + counts[VisitOutcome.MISSING]
    if seen.expected.old_content:
        text = "viewers get old or no bytes of what had not replicated, and it is counted"
        seen_text = f"{counts[VisitOutcome.STALE]} old, {counts[VisitOutcome.MISSING]} missing"
        yield Held(expectation=text, held=old > 0, seen=seen_text)
    else:
        yield Held(expectation="no viewer gets old content", held=old == 0, seen=f"{old} did")


def _return(seen: Observed) -> Iterator[Held]:
    if seen.expected.dns_moves:
        back = seen.watch.answer.first(DISTRIBUTION, seen.healing, seen.end)
        limit = seen.drilled.detection
        text = f"DNS is back at the distribution within {limit:.0f} s after healing"
        yield Held.within(text, limit, back, seen.healing, told=HEALING, never="not seen")
    for name in sorted(seen.expected.alarms):
        at = seen.watch.arrived(name, "OK", seen.healing)
        text = "never" if at is None else HEALING.format(at - seen.healing)
        yield Held(expectation=f"alarm {name} says when it is over", held=at is not None, seen=text)


def stages(seen: Observed) -> list[Stage]:
    """Return the stages that people ask for, each with when it was seen."""
    watch, outage, healing = seen.watch, seen.outage, seen.healing
    alarms = [message.at for message in watch.messages if message.state == "ALARM" and message.at >= outage]
    over = [message.at for message in watch.messages if message.state == "OK" and message.at >= healing]
    first_alarm = "first alarm arrived" if seen.delivered else "first alarm on"
    return [
        _stage("health checkers see it", _first_check(watch, UNHEALTHY, outage, healing), outage, "outage"),
        _stage("DNS answer moved", watch.answer.first(SECONDARY, outage, healing), outage, "outage"),
        *(
            _stage(f"{kind.lane} served again", _recovered(seen, kind), outage, "outage")
            for kind in seen.kinds
            if kind in (NEW_HTTP, NEW_HTTPS)
        ),
        _stage(first_alarm, min(alarms, default=None), outage, "outage"),
        _stage("health checkers see it healed", _first_check(watch, HEALTHY, healing, seen.end), healing, "healing"),
        _stage("DNS answer back", watch.answer.first(DISTRIBUTION, healing, seen.end), healing, "healing"),
        _stage("last alarm over", max(over, default=None), healing, "healing"),
    ]


def requests(seen: Observed, kind: ViewerKind) -> Requests:
    """Return the count of a kind's requests by outcome, and when they were served again."""
    visits = seen.during(kind)
    counts = {outcome: sum(visit.outcome is outcome for visit in visits) for outcome in VisitOutcome}
    recovered = _recovered(seen, kind)
    return Requests(
        kind=kind.name,
        scheme=kind.scheme,
        total=len(visits),
        **{outcome.value: count for outcome, count in counts.items()},
        recovered_after=None if recovered is None else round(max(recovered - seen.outage, 0), 1),
        slowest=round(max((v.ended - v.began for v in visits if v.outcome in SERVED), default=0), 2),
        density=round(_density(visits), 2),
    )


def _density(visits: list[Visit]) -> float:
    bad = [index for index, visit in enumerate(visits) if visit.outcome not in SERVED]
    return len(bad) / (bad[-1] - bad[0] + 1) if bad else 1


def _recovered(seen: Observed, kind: ViewerKind) -> float | None:
    """Return when a kind's requests succeeded again for good before healing; the outage's begin if none failed."""
    return _served([visit for visit in seen.during(kind) if visit.began < seen.healing], seen.outage)


def _served(visits: list[Visit], begin: float) -> float | None:
    """Return when visits succeeded again for good, `begin` if none failed; None if the last one did not."""
    bad = [index for index, visit in enumerate(visits) if visit.outcome not in SERVED]
    if not bad:
        return begin
    return visits[bad[-1] + 1].ended if bad[-1] + 1 < len(visits) else None


def _stage(name: str, at: float | None, origin: float, since: str) -> Stage:
    return Stage(name=name, after=None if at is None else round(at - origin, 1), since=since)


def _first_check(watch: Watched, state: str, begin: float, end: float) -> float | None:
    times = (check.lane.first(state, begin, end) for check in watch.checks.values())
    return min((at for at in times if at is not None), default=None)


def _list(changes: list[tuple[float, str]], origin: float) -> str:
    return ", ".join(f"{state} after {at - origin:.0f} s" for at, state in changes) or "no change"


def _failures(visits: list[Visit], origin: float) -> str:
    if not visits:
        return "none failed"
    first = visits[0]
    return f"{len(visits)} failed, the first after {first.began - origin:.0f} s: {first.detail}"
