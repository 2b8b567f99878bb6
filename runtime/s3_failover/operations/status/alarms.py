"""Which of a site's alarms are on, and which have no data."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from s3_failover.config import Site
from s3_failover.config import alarms as config
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained
from s3_failover.results import Moment, part


@part
class Alarm:
    """An alarm as it is."""

    name: str
    """Its name."""
    region: str
    """Its region."""
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    since: Moment
    """Since when, in ISO 8601."""
    dimensions: Mapping[str, str] = Field(exclude=True)
    """Those of its metric; none of a composite one."""


def regions(site: Site) -> tuple[str, ...]:
    """Return where a site has alarms: where their metrics are published."""
    return config.regions(site, critical=False)


def look(site: Site, account: Account, region: str) -> tuple[Alarm, ...]:
    """Return a site's alarms in a region, by their names alone: where CloudFormation is down they are still found."""
    with explained(f"look at the alarms in {region}", service="cloudwatch"):
        found = described(account.client("cloudwatch", region), AlarmNamePrefix=site.naming.alarms)
    return among(site, region, found)


def listed(account: Account, region: str) -> list[Any]:
    """Return all alarms that an account has in a region: for many sites, fewer questions than one for each."""
    with explained(f"look at the alarms in {region}", service="cloudwatch"):
        return described(account.client("cloudwatch", region))


def among(site: Site, region: str, found: Iterable[Mapping[str, Any]]) -> tuple[Alarm, ...]:
    """Return a site's alarms among those of a region, by their names."""
    return tuple(sorted(_ours(site, region, found), key=lambda alarm: alarm.name))


def described(cloudwatch: Any, **wanted: Any) -> list[Any]:
    """Return alarms of both kinds, as DescribeAlarms does: CloudWatch need not send a list that is empty."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"], **wanted)
    return [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page.get(kind, ())]


def _ours(site: Site, region: str, found: Iterable[Mapping[str, Any]]) -> Iterable[Alarm]:
    # A person may have made alarms below the site's name, too.
    ours = config.in_region(site, region)
    for alarm in found:
        if alarm["AlarmName"] in ours:
            dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
            yield Alarm(alarm["AlarmName"], region, alarm["StateValue"], alarm["StateUpdatedTimestamp"], dimensions)
