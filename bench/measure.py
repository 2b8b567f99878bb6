"""What all sections share: goals, figures, and calls that take turns."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """A measured value and the most or the least it may be; a ratio of two medians unless it has a unit."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the value keeps the goal."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def limit(self) -> str:
        """The goal in words."""
        return f"at least {self.at_least:g}" if self.at_most is None else f"at most {self.at_most:g}"


@dataclass(frozen=True)
class Figure:
    """A measured value for orientation."""

    name: str
    value: float
    unit: str


@dataclass
class Findings:
    """What a section found out: figures, goals, and a table of rows that begin with a name."""

    figures: list[Figure] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take over what another section found out."""
        self.figures += other.figures
        self.goals += other.goals
        self.table += other.table


def timed(run: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def interleaved(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each case in so many rounds; in each round all take turns, in another order."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    turns = list(cases.items())
    for _ in range(rounds):
        random.shuffle(turns)
        for name, run in turns:
            taken[name].append(timed(run))
    return taken


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; the only value where there is but one."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def spread(name: str, values: Sequence[float], unit: str = "ms") -> list[Figure]:
    """Return p50, p90 and p99 of times in seconds."""
    scale = {"us": 1e6, "ms": 1e3, "s": 1.0}[unit]
    return [Figure(f"{name} p{percent}", percentile(values, percent) * scale, unit) for percent in (50, 90, 99)]


def progress(text: str) -> None:
    """Say on stderr what is being measured."""
    print(text, file=sys.stderr, flush=True)
