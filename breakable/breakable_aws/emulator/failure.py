"""The error that ends the start with one line for the user."""

from __future__ import annotations


class StartError(Exception):
    """The emulator cannot start; the message says why, what was expected, and what to do."""
