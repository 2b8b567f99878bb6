"""Keys and paths in lines for people: a name cannot write a line of its own, or move the cursor."""

from __future__ import annotations


def shown(name: object) -> str:
    """Return a name as it is, or quoted and escaped as Python has it where a character of it cannot be printed.

    That is so for control characters, line separators, marks that turn the direction of text, and lone surrogates.
    """
    text = str(name)
    return text if text.isprintable() else repr(text)
