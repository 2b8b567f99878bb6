"""Whether a command changes anything, and asks before."""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from s3_failover.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The options `--dry-run` and `--yes` of a command that asks before it changes something."""

    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False

    def ask(self, what: str) -> None:
        """Ask whether to go on, unless --yes is given; `what` is what changes, as a sentence.

        Raises:
            UserError: the answer is no, or there is no terminal to ask at.
        """
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise UserError(f"{what}, and there is no terminal to ask at: add --yes", exit_code=2)
        if not typer.confirm("go on?", err=True):
            raise UserError("nothing was changed")
