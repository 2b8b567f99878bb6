"""Writes what `--help` and `--json` say into files: `python -m s3_failover.cli.reference DOCS`.

`DOCS/cli.md` has the help page of every command; `DOCS/schemas/` the JSON schema of what each prints with `--json`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from typer.main import get_command

from s3_failover.cli.app import app
from s3_failover.cli.check import CheckedFile
from s3_failover.cli.checker_ranges import RangesCompared, RangesResult
from s3_failover.cli.init import NewProject
from s3_failover.cli.policies import Documents
from s3_failover.drill.report import DrillReport
from s3_failover.local import results as local
from s3_failover.local.demo import DemoReport
from s3_failover.operations.backfill.result import Backfill
from s3_failover.operations.cost.result import CostResult
from s3_failover.operations.doctor import finding as doctor
from s3_failover.operations.doctor.examination import Diagnosis
from s3_failover.operations.drill.result import DrillResult
from s3_failover.operations.evacuation.condition import ReturnResult
from s3_failover.operations.evacuation.switch import EvacuateResult
from s3_failover.operations.findings import Catalogue
from s3_failover.operations.leaving.plan import LeaveResult
from s3_failover.operations.preflight import finding as preflight
from s3_failover.operations.preflight.examination import PreflightReport
from s3_failover.operations.publish import PublishResult
from s3_failover.operations.restore.result import RestoreResult
from s3_failover.operations.status.result import StatusResult
from s3_failover.operations.verify import Comparisons

WIDTH = 100
"""Columns of a help page."""

RESULTS: dict[str, Any] = {
    "backfill": Backfill,
    "check": CheckedFile,
    "checker-ranges": RangesResult | RangesCompared,
    "cost": CostResult,
    "doctor": Diagnosis,
    "drill": DrillResult,
    "evacuate": EvacuateResult | LeaveResult,
    "init": NewProject,
    "policies": Documents,
    "preflight": PreflightReport,
    "publish": PublishResult,
    "restore": RestoreResult,
    "return": ReturnResult,
    "status": StatusResult,
    "verify": Comparisons,
    "local demo": DemoReport,
    "local drill": DrillReport,
    **{f"local {command}": result for command, result in local.RESULTS.items()},
}
"""What each command prints with `--json`."""

_ROOT: Any = get_command(app)
_HEAD = """# The command line

Written by `make docs` from what `--help` prints. The JSON schema of what a command prints with `--json` is in
[the list of schemas](schemas/README.md)."""
_FINDINGS = """# Rules and findings

An id stays the same between versions. [The rules of `s3-failover check`](configuration.md#rules), whose ids begin with
`SITE-`, are with the settings. Written by `make docs` from the code."""
_SCHEMAS = """# JSON schemas

The document that a command prints with `--json` follows its schema. Written by `make docs` from the code.

| command | schema |
| --- | --- |
"""


def pages() -> dict[str, str]:
    """Return all files, by their path below the documentation."""
    schemas = {f"schemas/{_file(name)}": json.dumps(schema(each), indent=2) + "\n" for name, each in RESULTS.items()}
    return {"cli.md": _help(), "findings.md": _findings(), "schemas/README.md": _list(), **schemas}


def write(docs: Path) -> None:
    """Write all files, and remove schemas of commands that are gone."""
    found = pages()
    for path in (docs / "schemas").glob("*.json"):
        if str(path.relative_to(docs)) not in found:
            path.unlink()
    for name, text in found.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


def schema(result: Any) -> dict[str, Any]:
    """Return the JSON schema of a result; the docstrings of its keys are their descriptions."""
    made = TypeAdapter(result).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _findings() -> str:
    tables = [
        _table("preflight", "in a deployment", preflight.CATALOGUE),
        _table("doctor", "in an outage", doctor.CATALOGUE),
    ]
    return "\n\n".join([_FINDINGS, *tables]) + "\n"


def _table(command: str, when: str, catalogue: Catalogue) -> str:
    rows = [f"| `{name}` | {severity.value} | {effect} |" for name, (severity, effect) in catalogue.items()]
    title = f"## [`s3-failover {command}`](operate/{command}.md)"
    return "\n".join([title, "", f"| id | severity | {when} |", "| --- | --- | --- |", *rows])


def _list() -> str:
    return _SCHEMAS + "".join(f"| `s3-failover {name}` | [{_file(name)}]({_file(name)}) |\n" for name in RESULTS)


def _file(command: str) -> str:
    return f"{command.replace(' ', '-')}.schema.json"


def _help() -> str:
    sections = [
        f"## `{name}`\n\n```text\n{_page(command, name)}\n```" for name, command in _commands(_ROOT, "s3-failover")
    ]
    return "\n\n".join([_HEAD, *sections]) + "\n"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for each, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{name} {each}")


def _page(command: Any, name: str) -> str:
    settings = {**(app.info.context_settings or {}), "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = command.make_context(name, [], resilient_parsing=True, **settings)
    return str(command.get_help(context)).rstrip()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
