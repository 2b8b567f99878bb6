"""The status of many sites in a table, a line for each, the worst first."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from s3_failover.cli.status_screen import WIDTH, fit
from s3_failover.config.literals import plain
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.summary import Summary, headline, summary

TITLES = {
    "verdict": "",
    "site": "site",
    "account": "account",
    "served_by": "served by",
    "dns": "DNS leads to",
    "behind": "replica behind",
    "alarms": "alarms",
    "evacuated": "evacuated",
}
"""The columns: the fields of a summary, and what stands above them."""


def columns(rows: Sequence[Summary]) -> list[str]:
    """Return the fields to show: the account only where there are several."""
    several = len({row.account for row in rows}) > 1
    return [field for field in TITLES if field != "account" or several]


def lines(found: Sequence[Status], width: int = WIDTH) -> Iterator[str]:
    """Return the table; the name of a site gives way where a line is too long."""
    moment = max(status.at for status in found).astimezone(UTC)
    yield f"{headline(found)}  {moment:%Y-%m-%d %H:%M:%S} UTC"
    rows = list(map(summary, found))
    shown = columns(rows)
    cells = [[TITLES[field] for field in shown], *([plain(getattr(row, field)) for field in shown] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    site = shown.index("site")
    widths[site] = max(8, min(widths[site], width - sum(widths) + widths[site] - 2 * (len(widths) - 1)))
    for row in cells:
        parts = (f"{fit(cell, room):<{room}}" for cell, room in zip(row, widths, strict=True))
        yield "  ".join(parts).rstrip()
