"""Errors that are for the user who runs the embedded AWS."""


class BreakableError(Exception):
    """The embedded AWS cannot do what was asked; the message says what happened, why, and what to do."""
