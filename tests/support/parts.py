"""What real programs saw, kept for people: a table of each test, printed and written into a folder if one is named."""

import os
from pathlib import Path

FOLDER = "PARTS_OUTPUT"
"""The environment variable that names the folder."""


def table(name, header, rows):
    """Print a table, and keep it as a file of its own."""
    lines = [" | ".join(shown(value) for value in row) for row in (header, *rows)]
    print(f"\n{name}", *lines, sep="\n")  # noqa: T201 - pytest shows it with -s
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.txt").write_text("\n".join(lines) + "\n")


def shown(value):
    return f"{value:.1f} s" if isinstance(value, float) else "never" if value is None else str(value)
