"""The names of alarms that have one."""

from s3_failover.names import alarms


def alarm_name(name: str | None, kind: str) -> str | None:
    """Return an alarm's name, as in `assets.example.com/cdn-5xx`; None where one is to be generated."""
    return None if name is None else alarms.name(name, kind)
