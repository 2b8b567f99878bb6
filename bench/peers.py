"""Measures what else reads from several regions, side by side."""

from __future__ import annotations

from bench.measure import Findings
from bench.stage import Stage


def measure(_stage: Stage) -> Findings:
    """Return how others do in the same outages."""
    return Findings()
