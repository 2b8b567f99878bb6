"""What all commands share about printing: results on stdout, progress on stderr."""

import json
import os
import re
import shutil
import sys
from typing import Annotated, Any

import typer
from pydantic_core import to_jsonable_python

_OBEYED = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line separators and marks of direction that json.dumps leaves as they are."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
"""`--json`, spelled alike everywhere."""


_NARROWEST, _WIDEST = 60, 100


def columns() -> int | None:
    """Return how many columns a line may have, 60 to 100; None where no terminal sets a limit."""
    if "COLUMNS" not in os.environ and not sys.stdout.isatty():
        return None
    return max(_NARROWEST, min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST))


def print_json(document: Any) -> None:
    """Print a result on stdout; what a terminal or a log would obey in it is escaped, as JSON may have it."""
    text = json.dumps(to_jsonable_python(document, by_alias=True), indent=2, ensure_ascii=False)
    typer.echo(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def progress(line: str) -> None:
    """Print a line of progress on stderr, where it disturbs neither `--json` nor `eval`."""
    typer.echo(line, err=True)
