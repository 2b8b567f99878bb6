"""Fleets for tests: a site's alarms on clients as they would be deployed, without deploying them."""

from sites import site

from s3_failover.local.drill.fleet.deployed import DeployedAlarm
from s3_failover.local.drill.fleet.promises import DrilledFleet

PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
WARNING = f"client-region-failing-{PRIMARY}"
ALL, EXHAUSTED, ABSENT = "client-all-regions-failing", "client-exhausted", "client-metrics-absent"


def alarms(threshold=3):
    """The alarms of the ClientAlarms stack, by name."""
    found = [
        DeployedAlarm(ALL, "AllRegionsFailing", None, 60, 1, 1, 1, on_silence=False),
        DeployedAlarm(EXHAUSTED, "Exhausted", None, 60, 1, 1, 1, on_silence=False),
        DeployedAlarm("client-local-faults", "LocalFaults", None, 60, 1, 1, 1, on_silence=False),
        DeployedAlarm("client-refused", "Refused", None, 60, 1, 1, 1, on_silence=False),
        DeployedAlarm(ABSENT, "AllRegionsFailing", None, 60, 10, 10, 1, on_silence=True),
    ]
    for region in (PRIMARY, REPLICA):
        name = f"client-region-failing-{region}"
        found.append(DeployedAlarm(name, "RegionFailing", region, 60, 3, 2, threshold, on_silence=False))
        name = f"client-region-misconfigured-{region}"
        found.append(DeployedAlarm(name, "RegionMisconfigured", region, 60, 3, 3, 1, on_silence=False))
    return {alarm.name: alarm for alarm in found}


def drilled(threshold=3, **options):
    """A fleet in two regions."""
    return DrilledFleet(site(more="clients = {}"), alarms(threshold), **options)
