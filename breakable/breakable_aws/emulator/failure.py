"""The error that ends the start with one line for the user."""


class StartError(Exception):
    """The emulator cannot start; the message says why, what was expected, and what to do."""
