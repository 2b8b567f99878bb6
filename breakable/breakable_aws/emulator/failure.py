"""The one error that ends the start with a line for a person."""

from __future__ import annotations


class StartError(Exception):
    """The emulator cannot start: the message says what, what was expected, and the way out."""
