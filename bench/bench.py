"""Measures synth, deploy, client, operations: ratios of things that ran side by side, with the goals they are held to.

    make bench                  # everything
    .venv/bin/python bench/bench.py --only client --quick
    .venv/bin/python bench/bench.py --json

A goal that is missed makes the exit code 1. Absolute times are printed for orientation only: they depend on the machine
and on what else runs on it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

# As a package, and not by this file's own directory: its modules have names that others have too.
sys.path[0] = str(Path(__file__).parents[1])

from bench import client, operations, synth
from bench.measure import Findings


def main() -> None:
    """Measure, print, and exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="synth,client,operations", help="sections to measure (default: all of them)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each synth (default: 5)")
    parser.add_argument("--quick", action="store_true", help="measure client and operations less, for an impression")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    sections: dict[str, Callable[[], Findings]] = {
        "synth": lambda: synth.measure(rounds=options.rounds),
        "client": lambda: client.measure(quick=options.quick),
        "operations": lambda: operations.measure(quick=options.quick),
    }
    wanted = options.only.split(",")
    if unknown := [name for name in wanted if name not in sections]:
        parser.error(f"got the section {unknown[0]!r}, expected one of {', '.join(sections)}")
    found = Findings()
    for name in wanted:
        found.add(sections[name]())
    report(found, as_json=options.json)
    sys.exit(0 if all(goal.met for goal in found.goals) else 1)


def report(found: Findings, *, as_json: bool) -> None:
    """Print figures, the table of others, and goals."""
    if as_json:
        goals = [{**asdict(goal), "met": goal.met} for goal in found.goals]
        print(json.dumps({**asdict(found), "goals": goals}, indent=2))
        return
    for figure in found.figures:
        print(f"{figure.value:10.2f} {figure.unit:10} {figure.name}")
    widths = [max(map(len, column)) for column in zip(*found.table, strict=True)]
    for row in found.table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for goal in found.goals:
        verdict = "met" if goal.met else "MISSED"
        print(f"{goal.value:10.3f} {goal.unit:10} {goal.name}: {verdict}, goal {goal.limit}")


if __name__ == "__main__":
    main()
