"""Writes the files of a new project: all of them or none, and never over a file that exists."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from s3_failover.errors import UserError


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Write files into a directory, which is made where it is missing.

    Whatever stops it, an interrupt included, what it has made by then is removed again.

    Raises:
        UserError: one of the files exists, or the directory cannot be written to.
    """
    taken = [name for name in files if os.path.lexists(directory / name)]
    if taken:
        message = f"{directory} has {', '.join(taken)}, and init never writes over a file"
        raise UserError(f"{message}: choose an empty directory, or move what is in the way")
    try:
        with ExitStack() as undo:
            for missing in _missing(directory, files):
                missing.mkdir()
                undo.callback(missing.rmdir)
            for name, text in files.items():
                _write(directory / name, text, undo)
            undo.pop_all()
    except OSError as error:
        where = error.filename or directory
        message = f"cannot write {where}: {(error.strerror or str(error)).lower()}; nothing was written"
        raise UserError(f"{message}: choose a directory that you may write to") from error


def _write(path: Path, text: str, undo: ExitStack) -> None:
    with path.open("x", encoding="utf-8") as file:
        undo.callback(path.unlink)
        file.write(text)


def _missing(directory: Path, files: Mapping[str, str]) -> Iterator[Path]:
    """Return the directories to make, outermost first."""
    inner = (parent for name in files for parent in reversed((directory / name).parents))
    return (each for each in dict.fromkeys(inner) if not each.exists())
