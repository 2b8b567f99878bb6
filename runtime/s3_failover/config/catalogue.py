"""The catalogue of rules: every id that a finding can bear, and the reason why the rule exists, listed once.

The ids are a contract: scripts and people rely on them.
"""

from dataclasses import dataclass
from typing import NamedTuple

from s3_failover.config.findings import ConfigFinding
from s3_failover.config.literals import dotted

KeyPath = tuple[str, ...]
"""Where a setting is: the keys from the top of the document down to it."""


@dataclass(frozen=True)
class Rule:
    """A rule of the configuration."""

    id: str
    """Its stable name, for example `SITE-APEX-CNAME`."""
    reason: str
    """Why it exists, in one line."""

    def finding(self, where: str, got: str, expected: str, remedy: str, line: int | None = None) -> ConfigFinding:
        """Return the finding for a place that breaks this rule."""
        return ConfigFinding(self.id, where, got, expected, self.reason, remedy, line)


class Violation(NamedTuple):
    """A setting that breaks a rule: a finding that still knows its place in the document."""

    rule: Rule
    path: KeyPath
    got: str
    expected: str
    remedy: str

    def finding(self, line: int | None = None) -> ConfigFinding:
        """Return the finding to report, with its line in the file."""
        return self.rule.finding(dotted(self.path), self.got, self.expected, self.remedy, line)


_RULES: dict[str, Rule] = {}


def rule(rule_id: str, reason: str) -> Rule:
    """Return a new rule, entered into the catalogue; raise ValueError if the id is taken."""
    if rule_id in _RULES:
        raise ValueError(f"got the rule id {rule_id} twice, expected each once")
    _RULES[rule_id] = Rule(rule_id, reason)
    return _RULES[rule_id]


def rules() -> tuple[Rule, ...]:
    """Return all rules: those of the file, then those of one site, then those between sites."""
    return tuple(sorted(_RULES.values(), key=lambda each: each.id.split("-")[0]))
