"""Finds the CDK CLI of a project and runs it against the embedded AWS."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from breakable_aws import node, stream
from breakable_aws.errors import BreakableError
from breakable_aws.state import Say, quiet

DEFAULT_QUALIFIER = "hnb659fds"
"""The CDK's qualifier of bootstrap resources where a project names none."""

OLDEST = (2, 1147)
"""The first CDK CLI that reads the assemblies of the pinned aws-cdk-lib."""

QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
"""The key of the context that tells a project's bootstrap resources from another's."""

_QUIET = ("--no-notices", "--ci")
_CONCURRENCY = 8
"""How many stacks the CLI deploys side by side; it keeps their order. More gain nothing on one machine."""


@dataclass(frozen=True)
class Cdk:
    """The CDK CLI of a project."""

    project: Path
    script: Path
    environment: Mapping[str, str]
    log: Path
    """Where everything it prints goes; not in the project's own directory."""
    emulator_runs: Callable[[], bool]
    """Asked while it works; without an emulator it would retry for a minute, so it is ended."""

    def bootstrap(self, account: str, regions: Sequence[str], *, say: Say = quiet) -> None:
        """Prepare regions of an account for deployments, with the qualifier that the project's templates expect.

        Each qualifier has a stack of its own, so that projects with different ones do not take each other's away.

        Raises:
            BreakableError: the CLI failed; says what it printed last. Or `cdk.json` is not what the CLI reads.
        """
        targets = [f"aws://{account}/{region}" for region in regions]
        chosen = qualifier(self.project)
        stack = f"CDKToolkit-{chosen.replace('_', '-')}"
        options = [] if chosen == DEFAULT_QUALIFIER else ["--qualifier", chosen, "--toolkit-stack-name", stack]
        # In a project it would synthesize the app first, which it has no use for.
        self._run(["bootstrap", *_QUIET, *options, *targets], self.log.parent, say)

    def deploy(
        self,
        *,
        output: Path,
        stacks: Sequence[str] = ("--all",),
        context: Mapping[str, str] | None = None,
        say: Say = quiet,
    ) -> None:
        """Deploy stacks of the app, by default all, those side by side that do not depend on each other.

        `output` gets the cloud assembly; `stacks` are ids, or patterns of ids, and what they depend on is deployed,
        too; `context` is what the app is given, as with `-c NAME=VALUE`.

        Raises:
            BreakableError: the app or a resource failed; says which, in the CLI's words.
        """
        options = ["--require-approval", "never", "--progress", "events", "--output", str(output)]
        options += ["--concurrency", str(_CONCURRENCY)]
        for name, value in (context or {}).items():
            options += ["-c", f"{name}={value}"]
        self._run(["deploy", *stacks, *_QUIET, *options], self.project, say)

    def _run(self, arguments: Sequence[str], cwd: Path, say: Say) -> None:
        def on_line(line: str) -> None:
            log.write(f"{line}\n")
            if report := _progress(line):
                say(report)

        command = [str(node.find()), str(self.script), *arguments]
        with self.log.open("a") as log:
            outcome = stream.run(
                command, cwd=cwd, environment=self.environment, needed=self.emulator_runs, on_line=on_line
            )
        if outcome.code:
            raise BreakableError(_failure(arguments[0], outcome))


def script(project: Path) -> Path:
    """Return the JavaScript of the CDK CLI in a project's `node_modules`.

    Raises:
        BreakableError: there is none, or its version cannot read the assemblies of the pinned aws-cdk-lib.
    """
    package = project / "node_modules" / "aws-cdk"
    try:
        version = str(json.loads((package / "package.json").read_text())["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BreakableError(f"no CDK CLI in {package}, expected aws-cdk 2.x: run `make setup`, or `npm ci`") from error
    require_version(version)
    return package / "bin" / "cdk"


def require_version(version: str) -> None:
    """Refuse a CDK CLI that cannot read the assemblies of the pinned aws-cdk-lib.

    Raises:
        BreakableError: it is older than 2.1147, or of another major version: 3.0.0 on npm is an older build.
    """
    match = re.match(r"(\d+)\.(\d+)\.", version)
    if not match or int(match[1]) != OLDEST[0] or (int(match[1]), int(match[2])) < OLDEST:
        expected = f"2.x from {OLDEST[0]}.{OLDEST[1]}.0 on"
        reason = " (3.0.0 is an older build that npm calls latest)" if version.startswith("3.") else ""
        raise BreakableError(
            f"CDK CLI is {version}, expected {expected}{reason}: run `npm ci` with this package-lock.json"
        )


def project_directory(start: Path) -> Path:
    """Return the CDK project that a directory belongs to: itself or the nearest one above with a `cdk.json`.

    Raises:
        BreakableError: there is none.
    """
    for directory in (start, *start.parents):
        if (directory / "cdk.json").is_file():
            return directory
    raise BreakableError(
        f"no cdk.json in {start} or above, expected a CDK project: change into the directory of app.py"
    )


def qualifier(start: Path) -> str:
    """Return the qualifier of the bootstrap that the CDK project of a directory uses; the default one without any.

    Raises:
        BreakableError: its `cdk.json` cannot be read, or the qualifier is not valid.
    """
    path = next((each / "cdk.json" for each in (start, *start.parents) if (each / "cdk.json").is_file()), None)
    if path is None:
        return DEFAULT_QUALIFIER
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("context", {}).get(QUALIFIER)
    except (OSError, ValueError, AttributeError) as error:
        raise BreakableError(
            f"{path} is not a JSON object with a context: correct it as in this project's own"
        ) from error
    if found is None:
        return DEFAULT_QUALIFIER
    if isinstance(found, str) and re.fullmatch("[A-Za-z0-9_-]{1,10}", found):
        return found
    expected = "1 to 10 letters, digits, hyphens and underscores"
    raise BreakableError(f"{path}: {QUALIFIER} is {found!r}, expected {expected}: correct it, and bootstrap with it")


def _progress(line: str) -> str | None:
    """Return what a line of the CLI says about a whole stack, or None."""
    if match := re.match(r"(\S+)(?: \(\S+\))?: deploying\.\.\. \[(\d+)/(\d+)\]", line):
        return f"stack {match[2]} of {match[3]}: {match[1]}"
    return None


def _failure(command: str, outcome: stream.Ended) -> str:
    lines = [line for line in outcome.lines if line.strip()]
    # A failed resource is reported where it failed, what stopped the command at the end.
    telling = [line for line in lines if re.search(r"_FAILED\b|❌|\bfailed:", line)]
    detail = "\n".join(f"  {line}" for line in dict.fromkeys([*telling[:10], *lines[-12:]]))
    return f"cdk {command} failed with exit code {outcome.code}; it printed:\n{detail}"
