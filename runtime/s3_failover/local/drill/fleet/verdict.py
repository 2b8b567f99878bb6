"""Holds what was seen of a fleet against what had to happen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from s3_failover.drill.report import HEALING, Held, HostRequests, Stage
from s3_failover.drill.timeline import Message
from s3_failover.local.drill.fleet.gauges import Counted, most
from s3_failover.local.drill.fleet.promises import DrilledFleet
from s3_failover.local.drill.fleet.records import OK, RAISED, WRONG, HostRequest
from s3_failover.local.drill.fleet.scenarios import ExpectedFleet
from s3_failover.operations.drill.watch import AlarmWatch


@dataclass(frozen=True)
class ObservedFleet:
    """Everything seen of one fleet in one scenario, with the times in embedded seconds.

    `requests` are what each host told, `counted` is what CloudWatch counted. Between `outage` and `healing` hosts were
    cut off or stopped; `killed` is None if none was.
    """

    drilled: DrilledFleet
    expected: ExpectedFleet
    watch: AlarmWatch
    requests: Mapping[str, Sequence[HostRequest]]
    counted: Counted
    outage: float
    healing: float
    end: float
    killed: float | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The hosts that are not affected."""
        return tuple(host for host in self.drilled.hosts if host not in self.expected.hosts)

    def during(self, host: str) -> list[HostRequest]:
        """Return the requests of a host that began between outage and end."""
        return [request for request in self.requests[host] if self.outage <= request.began < self.end]

    def message(self, alarm: str, state: str, begin: float) -> Message | None:
        """Return the first message of an alarm's state after a time."""
        found = [m for m in self.watch.messages if (m.alarm, m.state) == (alarm, state) and m.at >= begin]
        return min(found, key=lambda message: message.at, default=None)


def judge(seen: ObservedFleet) -> list[Held]:
    """Return every expectation with whether it held."""
    return [*_alarms(seen), *_quiet(seen), *_gauges(seen), *_requests(seen), *_over(seen)]


def _alarms(seen: ObservedFleet) -> Iterator[Held]:
    for name in sorted(seen.expected.alarms):
        alarm = seen.drilled.alarms[name]
        severity = "critical" if alarm.is_critical else "warning"
        limit = seen.drilled.arrival(name)
        message = seen.message(name, "ALARM", seen.outage)
        late = message is None or message.at - seen.outage > limit or message.severity not in ("", severity)
        yield Held(
            expectation=f"alarm {name} arrives within {limit:.0f} s, {severity}",
            held=not late,
            seen="never" if message is None else f"{message.severity} after {message.at - seen.outage:.0f} s",
        )
        if alarm.region:
            text = message.text if message else "no message"
            yield Held(expectation=f"its message names {alarm.region}", held=f" {alarm.region}" in text, seen=text)


def _quiet(seen: ObservedFleet) -> Iterator[Held]:
    others = [
        f"{m.alarm} after {m.at - seen.outage:.0f} s"
        for m in seen.watch.messages
        if m.state == "ALARM" and m.at >= seen.outage and m.alarm not in seen.expected.alarms
    ]
    quiet = len(seen.drilled.alarms) - len(seen.expected.alarms)
    text = f"none of the {quiet} other alarms on clients goes off" if seen.expected.alarms else "no alarm goes off"
    yield Held(expectation=text, held=not others, seen=", ".join(others) or "silence")


def _gauges(seen: ObservedFleet) -> Iterator[Held]:
    if seen.expected.stopped:
        return
    hosts = len(seen.drilled.hosts)
    until = seen.killed or seen.healing
    reporting = most(seen.counted.reporting, seen.outage, until)
    yield Held(expectation=f"CloudWatch counts {hosts} hosts", held=reporting == hosts, seen=str(reporting))
    for region, expected in seen.expected.failing.items():
        found = most(seen.counted.failing[region], seen.outage, until)
        text = f"{expected or 'none'} of them {'fails' if expected < 2 else 'fail'} for {region}"
        yield Held(expectation=text, held=found == expected, seen=str(found))
    if seen.killed is not None:
        found = most(seen.counted.reporting, seen.killed, seen.healing)
        text = f"after a host was killed, CloudWatch counts {hosts - 1}"
        yield Held(expectation=text, held=found == hosts - 1, seen=str(found))


def _requests(seen: ObservedFleet) -> Iterator[Held]:
    told = {host: seen.during(host) for host in seen.drilled.hosts}
    cut_off = seen.expected.hosts if seen.expected.raises else ()
    bad = [r for host, requests in told.items() if host not in cut_off for r in requests if r.result != OK]
    text = f"no request of {_names(seen.others)} fails" if cut_off else "no request fails"
    yield Held(expectation=text, held=not bad, seen=_failures(bad, seen.outage))
    wrong = sum(request.result == WRONG for requests in told.values() for request in requests)
    yield Held(expectation="every object is the one that was published", held=not wrong, seen=f"{wrong} are not")
    if cut_off:
        yield from _cut_off(seen, {host: told[host] for host in cut_off})
    elif not seen.expected.stopped:
        yield _rerouted(seen, told)


def _rerouted(seen: ObservedFleet, told: Mapping[str, Sequence[HostRequest]]) -> Held:
    counts = {host: sum(request.rerouted for request in told[host]) for host in seen.expected.hosts}
    return Held(
        expectation=f"{_names(seen.expected.hosts)} go to another region within a request",
        held=all(counts.values()),
        seen=", ".join(f"{count} times" for count in counts.values()),
    )


def _cut_off(seen: ObservedFleet, told: Mapping[str, Sequence[HostRequest]]) -> Iterator[Held]:
    # One that was on its way when the outage began, or ended, can go either way.
    margin = seen.drilled.pace
    for host, requests in told.items():
        during = [r for r in requests if seen.outage + margin <= r.began and r.ended <= seen.healing]
        others = [request for request in during if request.result != RAISED]
        yield Held(
            expectation=f"every request of {host} raises {RAISED} until healing",
            held=bool(during) and not others,
            seen=f"{len(during) - len(others)} of {len(during)} did",
        )
        late = [r for r in requests if r.began > seen.healing + margin and r.result != OK]
        text = f"requests of {host} succeed again within {margin:.0f} s after healing"
        yield Held(expectation=text, held=not late, seen=_failures(late, seen.outage))


def _over(seen: ObservedFleet) -> Iterator[Held]:
    for name in sorted(seen.expected.alarms):
        if seen.killed is not None:
            yield _aged_out(seen, name, seen.killed)
            continue
        limit = seen.drilled.over(name)
        message = seen.message(name, "OK", seen.healing)
        text = f"alarm {name} says that it is over within {limit:.0f} s after healing"
        yield Held.within(text, limit, message.at if message else None, seen.healing, told=HEALING)
    on = [lane.name for lane in seen.watch.lanes if lane.state != "OK"]
    yield Held(expectation="every alarm on clients is OK at the end", held=not on, seen=", ".join(on) or "all are")


def _aged_out(seen: ObservedFleet, name: str, killed: float) -> Held:
    limit = seen.drilled.aged_out(name)
    message = seen.message(name, "OK", killed)
    held = message is not None and message.at - killed <= limit and message.at < seen.healing
    remain = _names(seen.expected.hosts[:-1]) or "no others"
    return Held(
        expectation=f"alarm {name} is over within {limit:.0f} s after a host was killed, while {remain} go on failing",
        held=held,
        seen="never" if message is None else f"after {message.at - killed:.0f} s",
    )


def stages(seen: ObservedFleet) -> list[Stage]:
    """Return the stages that people ask for, each with when it was seen."""
    told = [request for host in seen.drilled.hosts for request in seen.during(host)]
    on = [m.at for m in seen.watch.messages if m.state == "ALARM" and m.at >= seen.outage]
    off = [m.at for m in seen.watch.messages if m.state == "OK" and m.at >= (seen.killed or seen.healing)]
    return [
        _stage("first request served by another region", _first(told, rerouted=True), seen.outage, "outage"),
        _stage("first request that no region served", _first(told, rerouted=False), seen.outage, "outage"),
        _stage("first alarm arrived", min(on, default=None), seen.outage, "outage"),
        _stage("a failing host was killed", seen.killed, seen.outage, "outage"),
        *(
            [_stage("alarm over without it", min(off, default=None), seen.outage, "outage")]
            if seen.killed is not None
            else [_stage("last alarm over", max(off, default=None), seen.healing, "healing")]
        ),
    ]


def requests(seen: ObservedFleet) -> list[HostRequests]:
    """Return the counts of each host's requests."""
    return [_counts(host, seen.during(host)) for host in seen.drilled.hosts]


def _counts(host: str, told: Sequence[HostRequest]) -> HostRequests:
    ok = sum(request.result == OK for request in told)
    raised = sum(request.result == RAISED for request in told)
    return HostRequests(
        host=host,
        total=len(told),
        ok=ok,
        rerouted=sum(request.rerouted for request in told),
        raised=raised,
        failed=len(told) - ok - raised,
        slowest=round(max((request.ended - request.began for request in told), default=0), 2),
    )


def _first(told: Sequence[HostRequest], *, rerouted: bool) -> float | None:
    wanted = (r.ended for r in told if (r.rerouted if rerouted else r.result == RAISED))
    return min(wanted, default=None)


def _stage(name: str, at: float | None, origin: float, since: str) -> Stage:
    return Stage(name=name, after=None if at is None else round(at - origin, 2), since=since)


def _names(hosts: Sequence[str]) -> str:
    """Return hosts as people list them; many in a row by the first and the last."""
    if len(hosts) > 2:
        return f"{hosts[0]} to {hosts[-1]}"
    return " and ".join(hosts)


def _failures(bad: Sequence[HostRequest], origin: float) -> str:
    if not bad:
        return "none failed"
    first = min(bad, key=lambda request: request.began)
    return f"{len(bad)} failed, the first after {first.began - origin:.0f} s: {first.result} {first.detail}".strip()
