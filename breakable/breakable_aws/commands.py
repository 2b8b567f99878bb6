"""How the program that uses this package calls what its messages advise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commands:
    """What a message tells a person to run; by default the calls of this package.

    Attributes:
        up: starts the embedded AWS.
        down: stops it.
        heal: takes faults away.
        join: gives a caller the credentials of the run; a clause, as in "set the variables".
        install: installs this package with what it needs.
        place: chooses a directory for its files; a clause, as in "choose another directory".
    """

    up: str = "`breakable_aws.start()`"
    down: str = "`breakable_aws.stop()`"
    heal: str = "`Aws.heal()`"
    join: str = "use the clients and the environment of `Aws`"
    install: str = "`pip install 's3-failover[local]'`"
    place: str = "choose a directory that you may write to"


advised = Commands()
"""What messages name now; see `advise`."""


def advise(commands: Commands) -> None:
    """Have messages name the commands of another program, which wraps this package."""
    global advised  # noqa: PLW0603 - like the name of a program, it is one for the whole process
    advised = commands
