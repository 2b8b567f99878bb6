"""What is wrong with a configuration, in words for the user who fixes it."""

from collections.abc import Sequence

from s3_failover.results import part


@part
class ConfigFinding:
    """One thing that is wrong in a configuration file."""

    id: str
    """Stable name of the rule, for example `SITE-APEX-CNAME`."""
    where: str
    """The path of the setting, for example `sites.assets.hostname`, or the file for a fault of the file itself; of a
    site that is written in Python the setting alone."""
    got: str
    """What the file holds, as it would be written there."""
    expected: str
    """What would be accepted."""
    reason: str
    """Why the rule exists, in one line."""
    remedy: str
    """What to do."""
    line: int | None = None
    """The line of the setting in the file, or of the table that lacks it; null where there is no such line."""

    def __str__(self) -> str:
        """Return the finding in one line."""
        return f"{self.id} {self.where}: got {self.got}, expected {self.expected}; {self.reason}; {self.remedy}"

    def lines(self, source: str) -> list[str]:
        """Return the finding as people read it: where, what is wrong, why it matters, what to do."""
        place = "" if self.line is None else f"{source}:{self.line}: "
        return [
            f"{place}{self.id} {self.where}",
            f"  got {self.got}, expected {self.expected}",
            f"  why: {self.reason}",
            f"  do: {self.remedy}",
        ]


class ConfigError(Exception):
    """The configuration cannot be used; `findings` says everything that is wrong with it.

    It is no `ValueError`: pydantic would wrap it, and put words of its own around ours.

    Attributes:
        source: the file that was read, or the site that was written in Python.
        findings: at least one finding, in the order of the file.
    """

    def __init__(self, source: str, findings: Sequence[ConfigFinding]) -> None:
        self.source = source
        self.findings = tuple(findings)
        super().__init__(self.report())

    def report(self) -> str:
        """Return all findings with a blank line before each, under a headline that names the source and counts them."""
        count = len(self.findings)
        headline = f"{self.source}: {count} finding{'s' if count != 1 else ''}"
        return "\n".join([headline, *(line for each in self.findings for line in ("", *each.lines(self.source)))])
