"""The plan in tests/mutants.toml: which modules are mutated, with which tests, and which survivors are accepted."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Key:
    """A mutant by what it changes, so that lines may move: its module, the definition around it, and the two texts."""

    module: str
    where: str
    line: str
    mutant: str


@dataclass(frozen=True)
class Module:
    """A module and the tests that are about it, the fastest first; all of them are paths from the project's root."""

    path: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What tests/mutants.toml says.

    Attributes:
        least: percent of the mutants that the tests must kill.
        modules: what is mutated.
        ignored: patterns of lines that are not mutated.
        accepted: survivors with the reason why no test needs to kill them.
    """

    least: float
    modules: tuple[Module, ...]
    ignored: tuple[re.Pattern[str], ...] = ()
    accepted: dict[Key, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read the file; every accepted mutant and every ignored line has a reason."""
        text = tomllib.loads(path.read_text(encoding="utf-8"))
        lacking = [entry for entry in text["accepted"] + text["ignored"] if not entry["reason"].strip()]
        if lacking:
            raise ValueError(f"{path}: no reason given for {lacking}")
        return cls(
            least=text["least"],
            modules=tuple(Module(each["path"], tuple(each["tests"])) for each in text["modules"]),
            ignored=tuple(re.compile(each["line"]) for each in text["ignored"]),
            accepted={
                Key(each["module"], each["where"], each["line"], mutant): each["reason"]
                for each in text["accepted"]
                for mutant in each["mutants"]
            },
        )


@dataclass
class Score:
    """How one module's mutants ended.

    Attributes:
        killed: by a test that failed.
        timeouts: killed because the tests did not end.
        survivors: the others.
    """

    killed: int = 0
    timeouts: int = 0
    survivors: list[Key] = field(default_factory=list)

    @property
    def mutants(self) -> int:
        """How many were tested."""
        return self.killed + self.timeouts + len(self.survivors)

    @property
    def percent(self) -> float:
        """How many of a hundred were killed."""
        return 100 * (1 - len(self.survivors) / self.mutants) if self.mutants else 100.0


def problems(plan: Plan, scores: dict[str, Score]) -> list[str]:
    """Return why a run fails: a module below the limit, a survivor without a reason, an entry that is stale."""
    survivors = {key for score in scores.values() for key in score.survivors}
    found = [
        f"{path}: {score.percent:.1f} % killed, expected {plan.least:g} % at least"
        for path, score in scores.items()
        if score.percent < plan.least
    ]
    found += [
        f"{key.module}, {key.where}: survives without a reason, `{key.line}` as `{key.mutant}`: add a test that fails "
        "with it, or an entry to tests/mutants.toml"
        for key in sorted(survivors - set(plan.accepted), key=str)
    ]
    found += [
        f"{key.module}, {key.where}: `{key.line}` as `{key.mutant}` survives no more: remove its entry from "
        "tests/mutants.toml"
        for key in plan.accepted
        if key.module in scores and key not in survivors
    ]
    return found
