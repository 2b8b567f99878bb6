"""Keys, paths and amounts in lines for people: a name cannot write a line of its own, or move the cursor."""


def shown(name: object) -> str:
    """Return a name as it is, or quoted and escaped as Python has it where a character of it cannot be printed.

    That is so for control characters, line separators, marks that turn the direction of text, and lone surrogates.
    """
    text = str(name)
    return text if text.isprintable() else repr(text)


def amount(number: int, noun: str) -> str:
    """Return a number of things, as in `1 object` and `1,200 objects`.

    The noun is in the singular; its plural ends with an s.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
