"""The data plane as a whole: it runs the probes, judges the checks, answers DNS and reports the states."""

import asyncio
import contextlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from breakable_aws.clock import EmbeddedClock
from breakable_aws.route53 import answers
from breakable_aws.route53.admin import Admin
from breakable_aws.route53.checkers import Checker, crew, share
from breakable_aws.route53.health import Health, disabled
from breakable_aws.route53.probe import Result, probe
from breakable_aws.route53.snapshot import UNANSWERED, Reader, Snapshot

REFRESH_SECONDS = 10.0
"""Embedded seconds between two looks at the control plane."""

METRIC_SECONDS = 60.0
"""Embedded seconds between two data points of a check's metrics."""

ENDPOINT_TYPES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
"""The types of checks that checkers carry out."""

_SHORTEST = 0.5
_NAMESPACE = "AWS/Route53"


@dataclass
class _Watched:
    """An endpoint check with its checkers and the tasks that probe for them."""

    config: Mapping[str, Any]
    checkers: tuple[Checker, ...]
    tasks: list[asyncio.Task[None]]


class DataPlane:
    """Runs the checkers of everything that is deployed, and answers from their state.

    `per_region` is how many checkers each region has.
    """

    def __init__(
        self, admin: Admin, reader: Reader, cloudwatch: Any, clock: EmbeddedClock, *, per_region: int = 2
    ) -> None:
        self._admin = admin
        self._reader = reader
        self._cloudwatch = cloudwatch
        self._clock = clock
        self._per_region = per_region
        self._snapshot = Snapshot()
        self._watched: dict[str, _Watched] = {}
        self._shares: dict[str, float] = {}
        self._states: dict[str, bool] = {}
        self._alarms: dict[tuple[str, str], str | None] = {}

    def answer(self, name: str, kind: str) -> answers.Reply:
        """Answer a DNS question from what is deployed and healthy now."""
        return answers.answer(self._snapshot, name, kind, lambda check: self._states.get(check, True))

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_reading())
            group.create_task(self._keep_judging())
            group.create_task(self._keep_telling())

    async def _keep_reading(self) -> None:
        while True:
            self._snapshot = await asyncio.to_thread(self._reader.refresh)
            self._adjust()
            self._alarms = await asyncio.to_thread(self._read_alarms)
            await self._rest(REFRESH_SECONDS)

    async def _keep_judging(self) -> None:
        while True:
            self.judge()
            await self._rest(1.0, shortest=0.05)

    async def _keep_telling(self) -> None:
        told: dict[str, bool] = {}
        due = 0.0
        while True:
            now = self._clock.now()
            changed = {check for check, state in self._states.items() if told.get(check) != state}
            told = dict(self._states)
            with contextlib.suppress(OSError, *UNANSWERED):
                await asyncio.to_thread(self._tell_states, told)
                await asyncio.to_thread(self._publish, told if now >= due else {each: told[each] for each in changed})
            due = now + METRIC_SECONDS if now >= due else due
            await self._rest(2.0, shortest=0.2)

    async def _rest(self, embedded: float, *, shortest: float = _SHORTEST) -> None:
        await asyncio.sleep(max(self._clock.real(embedded), shortest))

    def judge(self) -> None:
        """Bring the states of all checks up to date, with the shares of checkers that they follow from."""
        self._shares = {identifier: share(watched.checkers) for identifier, watched in self._watched.items()}
        health = Health(self._snapshot.checks, self._share, self._alarm, self._states)
        self._states = {identifier: health.healthy(identifier) for identifier in self._snapshot.checks}

    def _share(self, identifier: str) -> float:
        return self._shares.get(identifier, 1.0)

    def _alarm(self, region: str, name: str) -> str | None:
        return self._alarms.get((region, name))

    def _adjust(self) -> None:
        """Start checkers for new and changed endpoint checks, and end those of checks that are gone."""
        checks = {i: c for i, c in self._snapshot.checks.items() if c["Type"] in ENDPOINT_TYPES and not disabled(c)}
        for identifier in [i for i, w in self._watched.items() if checks.get(i) != w.config]:
            for task in self._watched.pop(identifier).tasks:
                task.cancel()
        for identifier in checks.keys() - self._watched.keys():
            config = checks[identifier]
            checkers = crew(config, self._per_region)
            tasks = [asyncio.create_task(self._check(config, checker)) for checker in checkers]
            self._watched[identifier] = _Watched(config, checkers, tasks)

    async def _check(self, config: Mapping[str, Any], checker: Checker) -> None:
        interval = self._clock.real(float(config.get("RequestInterval", 30)))
        # Checkers do not agree with each other on when to ask.
        await asyncio.sleep(random.random() * interval)  # noqa: S311
        while True:
            begin = asyncio.get_running_loop().time()
            checker.note(await self._probe(config, checker.address), self._clock.now())
            spent = asyncio.get_running_loop().time() - begin
            await asyncio.sleep(max(interval - spent, interval / 10))

    async def _probe(self, config: Mapping[str, Any], source: str) -> Result:
        try:
            return await probe(config, source, self._find, self._clock.patience)
        except Exception as error:
            # A checker that ended here would leave its last verdict standing for ever.
            return Result(False, f"Failure: the health checker cannot carry out the check: {error!r}")

    async def _find(self, name: str, scheme: str) -> int:
        """Return the port where a name answers, whether AWS gave the name or a record in our zones leads there."""
        end = self.answer(f"{name.rstrip('.').lower()}.", "A").end
        if self._snapshot.has_lost(end):
            raise OSError(f"DNS has no name {end}")
        return await self._admin.find(end.rstrip(".") or name, scheme)

    def _read_alarms(self) -> dict[tuple[str, str], str | None]:
        wanted = {
            (config["AlarmIdentifier"]["Region"], config["AlarmIdentifier"]["Name"])
            for config in self._snapshot.checks.values()
            if config["Type"] == "CLOUDWATCH_METRIC"
        }
        # A state that cannot be read now stays as it was.
        states = {alarm: state for alarm, state in self._alarms.items() if alarm in wanted}
        for region, name in wanted:
            with contextlib.suppress(*UNANSWERED):
                found = self._cloudwatch(region).describe_alarms(AlarmNames=[name])["MetricAlarms"]
                states[region, name] = found[0]["StateValue"] if found else None
        return states

    def _tell_states(self, states: Mapping[str, bool]) -> None:
        for identifier, state in states.items():
            watched = self._watched.get(identifier)
            observations = [_observation(checker) for checker in watched.checkers] if watched else []
            percent = 100 * self._share(identifier) if watched else 100.0 * state
            status = {"healthy": state, "percent_healthy": percent, "observations": observations}
            self._admin.report(identifier, status)

    def _publish(self, states: Mapping[str, bool]) -> None:
        data = [datum for identifier in sorted(states) for datum in self._data(identifier, healthy=states[identifier])]
        for begin in range(0, len(data), 100):
            self._cloudwatch("us-east-1").put_metric_data(Namespace=_NAMESPACE, MetricData=data[begin : begin + 100])

    def _data(self, identifier: str, *, healthy: bool) -> list[dict[str, Any]]:
        common = {
            "Dimensions": [{"Name": "HealthCheckId", "Value": identifier}],
            "Timestamp": datetime.fromtimestamp(self._clock.now(), UTC),
        }
        status = {"MetricName": "HealthCheckStatus", "Value": float(healthy), **common}
        if identifier not in self._watched:
            return [status]
        percent = {"MetricName": "HealthCheckPercentageHealthy", "Value": 100 * self._share(identifier), **common}
        return [status, percent]


def _observation(checker: Checker) -> dict[str, str]:
    checked = datetime.fromtimestamp(checker.checked, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"region": checker.region, "ip": checker.address, "status": checker.status, "checked_time": checked}
