"""Writes what `--help` and `--json` say into files: `python -m s3_failover.cli.reference DOCS`.

`DOCS/cli.md` has the help page of every command; `DOCS/schemas/` the JSON schema of what each prints with `--json`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config
from typer.main import get_command

from s3_failover.cli.app import app

WIDTH = 100
"""Columns of a help page."""

_ROOT: Any = get_command(app)
_HEAD = """# The command line

Written by `make docs` from what `--help` prints. The JSON schema of what a command prints with `--json` is in
[schemas/](schemas)."""


def pages() -> dict[str, str]:
    """Return all files, by their path below the documentation."""
    return {"cli.md": _help(), **{f"schemas/{name}.schema.json": text for name, text in _schemas()}}


def write(docs: Path) -> None:
    """Write all files, and remove schemas of commands that are gone."""
    found = pages()
    for path in (docs / "schemas").glob("*.json"):
        if str(path.relative_to(docs)) not in found:
            path.unlink()
    for name, text in found.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


def schema(document: type) -> dict[str, Any]:
    """Return the JSON schema of a command's document; the docstrings of its keys are their descriptions."""
    made = TypeAdapter(documented(document)).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def documents() -> Iterator[tuple[str, type]]:
    """Return the type of what each command prints with `--json`, by the command's name."""
    for command, _ in _commands(_ROOT, "s3-failover"):
        name = command.rpartition(" ")[2]
        module = _module(name)
        if command == f"s3-failover {name}" and module is not None and hasattr(module, "Document"):
            yield name, module.Document


def _module(command: str) -> Any:
    try:
        return importlib.import_module(f"s3_failover.cli.{command.replace('-', '_')}")
    except ModuleNotFoundError:
        return None


def documented(kind: type) -> type:
    """Return a document's type as pydantic checks it: every key described, no other key taken."""
    return with_config(ConfigDict(use_attribute_docstrings=True, extra="forbid"))(kind)


def _schemas() -> Iterator[tuple[str, str]]:
    for name, document in documents():
        yield name, json.dumps(schema(document), indent=2) + "\n"


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
