"""What is wrong with a configuration, in words for the person who fixes it."""

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

    def __str__(self) -> str:
        """Return the finding as the line that `s3-failover check` and `cdk synth` print."""
        return f"{self.id} {self.where}: got {self.got}, expected {self.expected}; {self.reason}; {self.remedy}"


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
        """Return all findings, one to a line, under a headline that names the source and counts them."""
        count = len(self.findings)
        headline = f"{self.source}: {count} finding{'s' if count != 1 else ''}"
        return "\n".join([headline, *(f"  {finding}" for finding in self.findings)])
