"""How the program that uses this package calls what its messages advise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Commands:
    """What a message says to run; by default the calls of this package."""

    up: str = "`breakable_aws.start()`"
    """Starts the embedded AWS."""
    down: str = "`breakable_aws.stop()`"
    """Stops it."""
    heal: str = "`Aws.heal()`"
    """Takes faults away."""
    join: str = "use the clients and the environment of `Aws`"
    """Gives a caller the credentials of the run; a clause, as in "set the variables"."""
    install: str = "`pip install 's3-failover[local]'`"
    """Installs this package with what it needs."""
    place: str = "choose a directory that you may write to"
    """Chooses a directory for its files; a clause, as in "choose another directory"."""


advised = Commands()
"""What messages name now; see `advise`."""


def advise(commands: Commands) -> None:
    """Have messages name the commands of another program, which wraps this package."""
    global advised  # noqa: PLW0603 - like the name of a program, it is one for the whole process
    advised = commands
