"""The alarms of each account and region, their history and their tags."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from breakable_aws.emulator.base import cloudwatch, scopes

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"

Alarm = dict[str, Any]
"""An alarm as DescribeAlarms shows it, its moments in epoch seconds; what is None is left out."""


@dataclass
class Store:
    """The alarms of one account and region."""

    alarms: dict[str, Alarm] = field(default_factory=dict)
    """Metric and composite alarms by name, in the order of their creation."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """What DescribeAlarmHistory shows, the oldest first."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Alarm]:
        """Return the metric or the composite alarms."""
        return [alarm for alarm in list(self.alarms.values()) if kind_of(alarm) == kind]

    def note(self, alarm: Mapping[str, Any], kind: str, summary: str, data: Mapping[str, Any]) -> None:
        """Add an item to the history of an alarm."""
        item = {"AlarmName": alarm["AlarmName"], "AlarmType": kind_of(alarm), "Timestamp": cloudwatch.now()}
        what = {"HistoryItemType": kind, "HistorySummary": summary, "HistoryData": json.dumps(data)}
        self.history.append(item | what)


_stores: dict[tuple[str, str], Store] = {}


def of(account: str, region: str) -> Store:
    """Return the alarms of an account and a region."""
    return _stores.setdefault((account, region), Store())


def here() -> Store:
    """Return the alarms of the present account and region."""
    return of(scopes.account(), scopes.region())


def each() -> Iterator[Store]:
    """Yield the alarms of each account and region, which are the present ones meanwhile."""
    for (account, region), store in sorted(_stores.items(), key=lambda item: item[0]):
        with scopes.within(account, region):
            yield store


def kind_of(alarm: Mapping[str, Any]) -> str:
    """Return what kind of alarm one is."""
    return COMPOSITE if "AlarmRule" in alarm else METRIC


def arn(name: str) -> str:
    """Return the ARN of an alarm of the present account and region."""
    return f"arn:aws:cloudwatch:{scopes.region()}:{scopes.account()}:alarm:{name}"


def name_in(reference: str) -> str:
    """Return the name in a reference to an alarm: a name, or an ARN; empty for one of elsewhere."""
    if not reference.startswith("arn:"):
        return reference
    before, _, name = reference.partition(arn(""))
    return "" if before else name
