"""Mutates each module of tests/mutants.toml, runs its tests against every mutant, and fails where too many survive.

Cosmic Ray makes the mutants. They are written to copies of this project, one for each
process, so that the working tree stays as it is and modules can be tested side by side.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import math
import os
import queue
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from mutants.operators import operators
from mutants.plan import Key, Module, Plan, Score, problems

ROOT = Path(__file__).resolve().parents[3]
COPIES = ROOT / ".s3-failover/mutants/copies"
_NOT_COPIED = shutil.ignore_patterns(".*", "node_modules", "cdk.out", "dist", "__pycache__")


@dataclass(frozen=True)
class Mutant:
    """A module's text with one change, the change as a diff, and its key."""

    key: Key
    text: str
    diff: str


def mutants_of(path: str, source: str, ignored: tuple[re.Pattern[str], ...]) -> Iterator[Mutant]:
    """Yield every mutant of a module that is Python, and different code."""
    seen = {_meaning(source), None}
    for operator in operators():
        nodes = [node for node in ast_nodes(get_ast(source)) for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(nodes):
            # The star of a signature is no product.
            if node.parent is not None and node.parent.type == "parameters":
                continue
            text = mutate_code(source, operator, occurrence)
            meaning = _meaning(text)
            if meaning not in seen:
                seen.add(meaning)
                mutant = _mutant(path, source, text)
                if not any(pattern.search(mutant.key.line) for pattern in ignored):
                    yield mutant


def _meaning(text: str) -> str | None:
    """Return what tells two texts apart for Python; None if the text is none, as with `not` before an assignment."""
    try:
        return ast.dump(_Positive().visit(ast.parse(text)))
    except SyntaxError:
        return None


_NEGATED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn}


class _Positive(ast.NodeTransformer):
    """Writes `not a == b` as `a != b`, and the like: two operators make one mutant of it."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            negated = _NEGATED.get(type(inner.ops[0]))
            if negated:
                return ast.Compare(inner.left, [negated()], inner.comparators)
        return node


def _mutant(path: str, source: str, text: str) -> Mutant:
    lines = list(difflib.unified_diff(source.splitlines(), text.splitlines(), path, path, lineterm="", n=0))
    start = int(re.match(r"@@ -(\d+)", lines[2])[1])
    before, after = (" ".join(" ".join(part[1:] for part in lines[3:] if part[0] == sign).split()) for sign in "-+")
    return Mutant(Key(path, _definition(source, start), before, after), text, "\n".join(lines[2:]))


def _definition(source: str, line: int) -> str:
    """Return the qualified name of the class or function around a line; empty at the level of the module."""
    names, body = [], ast.parse(source).body
    while True:
        around = next((node for node in body if _first(node) <= line <= node.end_lineno), None)
        if not isinstance(around, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            return ".".join(names)
        names.append(around.name)
        body = around.body


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])


class Limits(NamedTuple):
    """How long the tests of a module may take: seconds that they compute, and seconds in all if they wait."""

    cpu: int
    wall: float


class Copy:
    """A copy of the project, and a process that runs tests in it.

    Args:
        python: the interpreter that has the project's packages.
        source: the directory that is copied.
        path: where the copy goes.
    """

    def __init__(self, python: Path, source: Path, path: Path) -> None:
        self.path = shutil.copytree(source, path, ignore=_NOT_COPIED if source == ROOT else None)
        self._worker = subprocess.Popen(
            [python, path / "tests/support/mutants/worker.py"],
            cwd=path,
            # Programs that tests start import from the copy too. No test of the plan needs one of pytest's plugins.
            # In CI, properties are tested with the same examples on every run.
            env={
                **os.environ,
                "PYTHONPATH": f"{path}/breakable:{path}/runtime:{path}/constructs",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "CI": "true",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, module: Module, limits: Limits) -> tuple[str, float]:
        """Run a module's tests; return `passed`, `failed` or `timeout`, and the seconds that they computed."""
        self._worker.stdin.write(json.dumps({"tests": module.tests, **limits._asdict()}) + "\n")
        self._worker.stdin.flush()
        answer = self._worker.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"the worker in {self.path} ended: {self._worker.wait()}")
        found = json.loads(answer)
        return found["outcome"], found["cpu"]

    def test(self, module: Module, mutant: Mutant, limits: Limits) -> str:
        """Run a module's tests with a mutant in its place."""
        path = self.path / module.path
        path.write_text(mutant.text, encoding="utf-8")
        try:
            return self.run(module, limits)[0]
        finally:
            # With the time of the original: what was compiled of it stays valid.
            shutil.copy2(ROOT / module.path, path)

    def close(self) -> None:
        """End its process."""
        self._worker.stdin.close()
        self._worker.wait()


class Bench:
    """Copies of the project in which mutants are tested, one for each that is tested at once."""

    def __init__(self, python: Path, jobs: int) -> None:
        shutil.rmtree(COPIES, ignore_errors=True)
        self._python, self._jobs = python, jobs
        self._copies = [Copy(python, ROOT, COPIES / "0")]

    def calm(self, module: Module) -> Limits:
        """Run a module's tests without a mutant; return how long they may take with one."""
        start = time.monotonic()
        outcome, cpu = self._copies[0].run(module, Limits(600, 600))
        if outcome != "passed":
            sys.exit(f"the tests of {module.path} fail without a mutant:\n{(COPIES / '0/output').read_text()}")
        return Limits(cpu=math.ceil(5 + 3 * cpu), wall=60 + 5 * (time.monotonic() - start))

    def outcomes(self, module: Module, mutants: list[Mutant], limits: Limits) -> Iterator[tuple[Mutant, str]]:
        """Test mutants; yield each as it ends, with `failed`, `timeout` or `passed`."""
        for number in range(len(self._copies), self._jobs):
            self._copies.append(Copy(self._python, COPIES / "0", COPIES / str(number)))
        free: queue.Queue[Copy] = queue.Queue()
        for copy in self._copies:
            free.put(copy)

        def test(mutant: Mutant) -> str:
            copy = free.get()
            try:
                return copy.test(module, mutant, limits)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(self._jobs) as pool:
            under_way = {pool.submit(test, mutant): mutant for mutant in mutants}
            for future in as_completed(under_way):
                yield under_way[future], future.result()

    def close(self) -> None:
        """End the processes, and remove the copies."""
        for copy in self._copies:
            copy.close()
        shutil.rmtree(COPIES)


def main() -> None:
    """Run the plan, or the part of it whose paths contain one of the arguments."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("parts", nargs="*", help="parts of the paths of the modules to mutate; all by default")
    arguments.add_argument("--python", required=True, help="the interpreter that has the project's packages")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants to test at once")
    given = arguments.parse_args()
    plan = Plan.read(ROOT / "tests/mutants.toml")
    modules = [each for each in plan.modules if not given.parts or any(part in each.path for part in given.parts)]
    # Not resolved: the interpreter of a virtual environment is a link.
    bench = Bench(Path.cwd() / given.python, given.jobs)
    limits = {}
    for module in modules:
        limits[module] = bench.calm(module)
        print(f"{module.path}: its tests pass without a mutant", flush=True)
    scores = {module.path: _score(bench, module, plan, limits[module]) for module in modules}
    bench.close()
    _show(scores)
    found = problems(plan, scores)
    sys.exit("\n".join(["", *found]) if found else 0)


def _score(bench: Bench, module: Module, plan: Plan, limits: Limits) -> Score:
    mutants = list(mutants_of(module.path, (ROOT / module.path).read_text(encoding="utf-8"), plan.ignored))
    score, shown = Score(), time.monotonic()
    print(f"\n{module.path}: {len(mutants)} mutants", flush=True)
    for mutant, outcome in bench.outcomes(module, mutants, limits):
        score.killed += outcome == "failed"
        score.timeouts += outcome == "timeout"
        if outcome == "passed":
            score.survivors.append(mutant.key)
            print(
                f"  survives in {mutant.key.where or 'the module'}: {plan.accepted.get(mutant.key, 'NO REASON GIVEN')}"
            )
            print(textwrap.indent(mutant.diff, "    "))
        if time.monotonic() - shown > 20:
            shown = time.monotonic()
            print(f"  {score.mutants} of {len(mutants)} tested", flush=True)
    return score


def _show(scores: dict[str, Score]) -> None:
    width = max(map(len, scores))
    print(f"\n{'module':{width}}  mutants  killed  by timeout  percent")
    for path, score in [*scores.items(), ("all", _sum(scores))]:
        killed = score.killed + score.timeouts
        print(f"{path:{width}}  {score.mutants:7}  {killed:6}  {score.timeouts:10}  {score.percent:7.1f}")


def _sum(scores: dict[str, Score]) -> Score:
    total = Score()
    for score in scores.values():
        total.killed += score.killed
        total.timeouts += score.timeouts
        total.survivors += score.survivors
    return total


if __name__ == "__main__":
    main()
