"""Durations and moments as people write them on a command line."""

import re
from datetime import UTC, datetime, timedelta

from s3_failover.errors import UserError

LONGEST = timedelta(days=36_500)
"""The longest duration; what goes much further back is before the first date that Python has."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"\d{1,6}[smhd]")


def moment(text: str, now: datetime, option: str) -> datetime:
    """Return the moment that a text like `36h` (ago), `2026-11-20` or `2026-11-20T08:00` names; UTC by default.

    Raises:
        UserError: it names none.
    """
    if _DURATION.fullmatch(text):
        return now - duration(text, option)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{option} is {text!r}, expected a time like 36h or 7d, or a date like 2026-11-20") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def duration(text: str, option: str) -> timedelta:
    """Return the duration that a text like `15m` names; raise UserError if it names none, or more than `LONGEST`."""
    if not _DURATION.fullmatch(text):
        raise UserError(f"{option} is {text!r}, expected a number with s, m, h or d, like 15m")
    found = timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])
    if found > LONGEST:
        raise UserError(f"{option} is {text!r}, expected at most {LONGEST.days}d")
    return found
