"""Tries another ministack: which of the places that the embedded AWS hooks into still hold there.

`python -m breakable_aws.candidate 1.5.34` takes a version, or the path of a wheel. It exits with 0 when everything
holds, with 1 when something must be read again, and with 2 when the candidate cannot be tried.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from breakable_aws import environment, processes
from breakable_aws.errors import BreakableError

SOURCE_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class CandidateVerdict:
    """The hooks that hold in a candidate, and those that do not.

    `problems` has a line for each that is missing or has changed.
    """

    version: str
    replaced: int
    used: int
    problems: tuple[str, ...]


def examine(candidate: str, python: Path) -> CandidateVerdict:
    """Install a candidate beside the emulator's packages, and return which of the hooks hold there.

    Args:
        candidate: a version of ministack, or the path of a wheel.
        python: the interpreter of the emulator's environment, which stays as it is.

    Raises:
        BreakableError: the candidate cannot be installed, or not even be imported.
    """
    wanted = candidate if Path(candidate).suffix == ".whl" else f"ministack=={candidate}"
    with tempfile.TemporaryDirectory(prefix="breakable-aws-") as directory:
        pip = ["-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-deps"]
        _run([str(python), *pip, "--target", directory, wanted], f"install {wanted}", dict(os.environ))
        # Ahead of the environment's own packages, in which the pinned one stays.
        paths = os.pathsep.join([directory, str(SOURCE_ROOT)])
        environ = {**processes.environment(), "PYTHONPATH": paths, "PYTHONSAFEPATH": "1", "HOME": directory}
        told = _run([str(python), "-m", "breakable_aws.emulator.base"], f"import {wanted}", environ)
    found = json.loads(told)
    return CandidateVerdict(found["version"], found["replaced"], found["used"], tuple(found["problems"]))


def _run(command: list[str], purpose: str, environ: dict[str, str]) -> str:
    result = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        detail = "\n".join(f"  {line}" for line in result.stderr.strip().splitlines()[-8:])
        raise BreakableError(
            f"cannot {purpose} (exit code {result.returncode}): check its name and the network\n{detail}"
        )
    return result.stdout


def main(arguments: list[str] | None = None) -> int:
    """Print which hooks hold in a candidate, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m breakable_aws.candidate", description=__doc__)
    parser.add_argument("candidate", help="a version of ministack, or the path of a wheel")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        verdict = examine(options.candidate, environment.ensure(say=_progress))
    except BreakableError as error:
        _progress(f"error: {error}")
        return 2
    for line in [json.dumps(vars(verdict), indent=2)] if options.json else _lines(verdict):
        print(line)  # noqa: T201 - a command's answer
    return 1 if verdict.problems else 0


def _lines(verdict: CandidateVerdict) -> list[str]:
    count = len(verdict.problems)
    total = f"{verdict.replaced} replaced attributes and {verdict.used} used names"
    if not count:
        return [f"ministack {verdict.version}: all {total} hold; run the tests, and then pin it"]
    return [*verdict.problems, f"ministack {verdict.version}: {count} of {total} must be read again"]


def _progress(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
