"""Judges whether a check has been healthy for long enough; missing data does not count as healthy."""

from datetime import datetime, timedelta

from s3_failover.operations.evacuation.condition import Met
from s3_failover.operations.status.metrics import Series

LATE = timedelta(minutes=3)
"""How long CloudWatch may take until it shows what Route 53 tells it: these minutes may be missing."""


def judged(series: Series, now: datetime, held: timedelta) -> tuple[Met, str]:
    """Return whether a check was healthy all the time, and what was seen.

    The series is the minimum of HealthCheckStatus, minute by minute; `held` is how long it must have been healthy.
    """
    seen = [(at, value) for at, value in series if at >= now - held]
    bad = [at for at, value in seen if value < 1]
    minutes = round(held.total_seconds() / 60)
    if bad:
        return Met.NOT_MET, f"unhealthy until {bad[-1]:%H:%M} UTC, expected healthy for {minutes} min"
    distinct = len({at.replace(second=0, microsecond=0) for at, _ in seen})
    wanted = max(1, minutes - round(LATE.total_seconds() / 60))
    if distinct < wanted or seen[-1][0] < now - LATE - timedelta(minutes=1):
        return Met.UNKNOWN, f"data for {distinct} of {minutes} min: no data is not health"
    return Met.MET, f"healthy in each of the {distinct} minutes that CloudWatch has"
