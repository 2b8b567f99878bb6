"""Errors for the user of a command."""


class UserError(Exception):
    """An error that the user can fix; the command line prints it in one line and exits with `exit_code`.

    All that asks AWS raises it where AWS refuses or cannot be asked; docstrings name what it is raised for besides.

    Attributes:
        exit_code: what a scheduler sees; 1 unless the command documents another.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
