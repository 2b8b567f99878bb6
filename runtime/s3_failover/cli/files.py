"""Files that commands write for other programs to read."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


@contextlib.contextmanager
def whole(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Open a file for writing that gets its name when it is whole: no program reads half of it.

    Args:
        path: the file; one that is no regular file, such as /dev/stdout or a FIFO, is written to as it is.
        newline: how lines end, as `open` takes it.
    """
    if path.exists() and not path.is_file():
        with path.open("w", newline=newline, encoding="utf-8") as stream:
            yield stream
        return
    part = Path(f"{path.resolve()}.part")
    try:
        with part.open("w", newline=newline, encoding="utf-8") as stream:
            yield stream
        part.replace(path.resolve())
    finally:
        part.unlink(missing_ok=True)
