"""What is wrong with a site: one shape for every command that looks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar


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


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        id: which kind, a key of the catalogue.
        where: the resource.
        what: what was got, and what was expected.
        remedy: what to do.
    """

    catalogue: ClassVar[Catalogue] = {}

    id: str
    where: str
    what: str
    remedy: str

    @classmethod
    def of(cls: type[F], identifier: str, found: Iterable[Finding]) -> Iterator[F]:
        """Return what another command's look has found as findings of this one, under an id of its own."""
        return (cls(identifier, each.where, each.what, each.remedy) for each in found)

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.catalogue[self.id][0]

    @property
    def effect(self) -> str:
        """What it does."""
        return self.catalogue[self.id][1]


def worst_first(found: Iterable[F]) -> tuple[F, ...]:
    """Return findings in the order of their severity."""
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


def exit_code(found: Iterable[Finding]) -> int:
    """Return 0 if nothing was found, 2 if something is critical, else 1."""
    severities = {finding.severity for finding in found}
    if Severity.CRITICAL in severities:
        return 2
    return 1 if severities else 0
