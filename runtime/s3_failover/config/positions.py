"""Finds the lines of a TOML file on which its settings are written; `tomllib` does not tell."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from s3_failover.config.catalogue import KeyPath


def lines(text: str) -> dict[KeyPath, int]:
    """Return the line on which each table and setting of a valid file begins.

    A file is a sequence of statements, each a header or a setting; a statement ends on the first line with which it
    can be parsed.
    """
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    statement, begin = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        begin = begin if statement else number
        statement += f"{line}\n"
        try:
            paths = list(_paths(tomllib.loads(statement)))
        except ValueError:
            continue
        if statement.lstrip().startswith("["):
            table = max(paths, key=len)
            found |= {path: begin for path in paths if path not in found}
        else:
            found |= {(*table, *path): begin for path in paths}
        statement = ""
    return found


def line_of(path: KeyPath, found: Mapping[KeyPath, int]) -> int | None:
    """Return the line of a setting, or of the table that lacks it; None if the file has neither."""
    return next((found[path[:end]] for end in range(len(path), 0, -1) if path[:end] in found), None)


def _paths(document: Mapping[str, Any], at: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in document.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from _paths(value, (*at, key))
