"""What all commands share about printing: results on stdout, progress on stderr."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
"""`--json`, spelled alike everywhere."""


def print_json(document: Any) -> None:
    """Print a document on stdout."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def progress(line: str) -> None:
    """Print a line of progress on stderr, where it disturbs neither `--json` nor `eval`."""
    typer.echo(line, err=True)
