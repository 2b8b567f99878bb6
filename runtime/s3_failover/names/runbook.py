"""Where the person on call reads what to do: the runbook has a section for each kind of alarm."""

import shlex
from dataclasses import dataclass

ADDRESS = "docs/runbook/alarms.md"
"""Where the project's runbook is: below its documentation's address, of which it has none yet."""


@dataclass(frozen=True)
class Runbook:
    """What the descriptions of alarms say besides what happened: the command to run, and the section to read.

    Attributes:
        site: what the commands call the site: its hostname, or its name in the configuration file.
        address: where the runbook is; the name of an alarm follows it, after a `#`. By default the project's.
    """

    site: str
    address: str = ADDRESS

    def __post_init__(self) -> None:
        """Refuse what is no text, or empty.

        Raises:
            TypeError: an attribute is no text.
            ValueError: an attribute is empty.
        """
        for name, value in vars(self).items():
            if not isinstance(value, str):
                raise TypeError(f"{name}: got {value!r}, expected a string; write it in quotes")
            if not value:
                raise ValueError(f"{name}: got '', expected a text that is not empty; name one")

    def command(self, words: str) -> str:
        """Return a command for the site, as in `s3-failover status www.example.com`."""
        return f"s3-failover {words} {shlex.quote(self.site)}"

    def section(self, kind: str) -> str:
        """Return where the section of a kind of alarm is."""
        return f"{self.address}#{kind}"
