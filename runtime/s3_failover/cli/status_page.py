"""The status of sites as one page that needs nothing else: for a wall, a chat, or the record of an incident."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from s3_failover.cli import status_screen, status_table
from s3_failover.config.literals import plain
from s3_failover.operations.status.overview import Status
from s3_failover.operations.status.summary import VERDICTS, headline, summary

_TEMPLATE = Path(__file__).with_name("status_page.html.jinja")

_SIGNS = {"OUTAGE": "✖", "wrong": "▲", "ok": "✔"}
"""A sign besides the word and the colour of a verdict."""


def render(found: Sequence[Status], more: Sequence[str] = ()) -> str:
    """Return the page of sites in the order given.

    Everything from outside is escaped: markup, and characters that change how a text reads.

    Args:
        found: the sites.
        more: further lines, below all sites.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = plain
    rows = list(map(summary, found))
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        headline=headline(found) if len(found) > 1 else f"Status of {found[0].site.name}",
        verdict=VERDICTS[max(each.exit_code for each in found)],
        moment=max(each.at for each in found).astimezone(UTC),
        rows=rows,
        columns=status_table.columns(rows),
        titles={**status_table.TITLES, "verdict": "state"},
        sites=[(row, each, status_screen.parts(each)) for row, each in zip(rows, found, strict=True)],
        signs=_SIGNS,
        more=more,
    )
