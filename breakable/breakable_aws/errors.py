"""Errors that are for the person who runs the embedded AWS."""

from __future__ import annotations


class BreakableError(Exception):
    """The embedded AWS cannot do what was asked; the message says what happened, why, and what to do."""
