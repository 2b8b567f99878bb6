"""Prints what a file holds as TOML would write it: always on one line, never endless."""

import datetime
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

LONGEST = 60
"""Characters of a value that are shown; the rest becomes an ellipsis."""

_DEEPEST = 2
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_QUOTED_ESCAPES = _ESCAPES | {'"': '\\"', "\\": "\\\\"}


def literal(value: object, *, depth: int = 0) -> str:
    """Return a value of a TOML document as a TOML literal; what is too long or too deep is cut."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, depth)
    return plain(str(value), LONGEST)


def dotted(path: Iterable[str]) -> str:
    """Return the path of a setting as a dotted key, with quotes where TOML needs them."""
    return ".".join(_key(part) for part in path)


def plain(text: str, longest: int | None = None) -> str:
    """Return a text on one line: control characters are escaped, and what is longer than `longest` is cut."""
    return _cut(text, longest, _ESCAPES)


def _key(part: str) -> str:
    return part if re.fullmatch(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}", part) else _string(part)


def _string(value: str, _: int = 0) -> str:
    whole = _cut(value[: LONGEST + 1], None, _QUOTED_ESCAPES)
    shown = _cut(value, LONGEST, _QUOTED_ESCAPES)
    return f'"{shown}"' if shown == whole else f'"{shown}" ({len(value)} characters)'


def _cut(text: str, longest: int | None, escapes: dict[str, str]) -> str:
    shown = ""
    for character in text:
        escaped = escapes.get(character) or (character if character.isprintable() else _code_point(character))
        if longest is not None and len(shown) + len(escaped) > longest:
            return f"{shown}…"
        shown += escaped
    return shown


def _code_point(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _boolean(value: bool, _: int) -> str:
    return "true" if value else "false"


def _integer(value: int, _: int) -> str:
    # str() refuses integers of more than 4300 digits.
    if value.bit_length() > 3 * LONGEST:
        return f"an integer of about {round(value.bit_length() * math.log10(2))} digits"
    return str(value)


def _float(value: float, _: int) -> str:
    return repr(float(value))


def _moment(value: datetime.date | datetime.time, _: int) -> str:
    return value.isoformat()


def _array(value: Sequence[object], depth: int) -> str:
    items = (literal(item, depth=depth + 1) for item in value)
    return f"[{_join(items, depth)}]" if value else "[]"


def _table(value: dict[str, object], depth: int) -> str:
    pairs = (f"{_key(key)} = {literal(item, depth=depth + 1)}" for key, item in value.items())
    return f"{{ {_join(pairs, depth)} }}" if value else "{}"


def _join(parts: Iterable[str], depth: int) -> str:
    if depth >= _DEEPEST:
        return "…"
    shown: list[str] = []
    for part in parts:
        if sum(map(len, shown)) > LONGEST:
            return ", ".join([*shown, "…"])
        shown.append(part)
    return ", ".join(shown)


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, int], str]], ...] = (
    (bool, _boolean),
    (str, _string),
    (int, _integer),
    (float, _float),
    ((datetime.date, datetime.time), _moment),
    ((list, tuple), _array),
    (dict, _table),
)
