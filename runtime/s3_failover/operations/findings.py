"""What is wrong with a site: one shape for every command that looks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, Field

from s3_failover.results import Result


class Severity(StrEnum):
    """How bad it is."""

    CRITICAL = "critical"
    """Viewers or a deployment would suffer."""
    WARNING = "warning"
    """It would be worse than it need be."""
    UNKNOWN = "unknown"
    """It could not be looked at."""


Catalogue = Mapping[str, tuple[Severity, str]]
"""Every finding of a command: how bad it is, and what it does."""

F = TypeVar("F", bound="Finding")


class Finding(Result):
    """One thing that is wrong."""

    catalogue: ClassVar[Catalogue] = {}

    id: str
    """Which kind, a key of the catalogue."""
    severity: Severity
    """How bad it is."""
    where: str
    """The resource."""
    what: str
    """What was got, and what was expected."""
    effect: str
    """What it does."""
    remedy: str
    """What to do."""

    def __init__(self, id: str, where: str, what: str, remedy: str) -> None:
        severity, effect = self.catalogue[id]
        BaseModel.__init__(self, id=id, severity=severity, where=where, what=what, effect=effect, remedy=remedy)

    @classmethod
    def of(cls: type[F], identifier: str, found: Iterable[Finding]) -> Iterator[F]:
        """Return what another command's look has found as findings of this one, under an id of its own."""
        return (cls(identifier, each.where, each.what, each.remedy) for each in found)


def worst_first(found: Iterable[F]) -> tuple[F, ...]:
    """Return findings in the order of their severity."""
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


class Examined(Result, Generic[F]):
    """What a command has found wrong with a site."""

    site: str
    looked_at: tuple[str, ...]
    findings: tuple[F, ...]
    denied: bool = Field(default=False, exclude=True)
    """Whether a permission was missing."""

    @property
    def exit_code(self) -> int:
        """0 if nothing was found, 2 if viewers or a deployment would suffer, else 1."""
        severities = {finding.severity for finding in self.findings}
        if Severity.CRITICAL in severities:
            return 2
        return 1 if severities else 0
