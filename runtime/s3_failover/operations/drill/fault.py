"""What a drill may break in an account, and what each kind of fault has to be able to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import Expected
from s3_failover.drill.report import Held
from s3_failover.drill.site import ALARM_PERIOD, DrilledSite
from s3_failover.operations.account import Account
from s3_failover.operations.drill.probe import DrillProbe

if TYPE_CHECKING:
    from s3_failover.operations.drill.conduct import SiteRun

Undo = dict[str, Any]
"""All that a fault needs to begin and to be undone, as JSON takes it: it is written down before anything changes."""


@dataclass(frozen=True)
class AskedFault:
    """What a fault is planned from.

    `until` is when the fault must be over, whatever happens; `fis_role` is the role that AWS Fault Injection Service
    acts with.
    """

    site: Site
    account: Account
    drill: str
    until: datetime
    fis_role: str | None = None


@dataclass(frozen=True)
class FaultPlan:
    """What would be done.

    `undo` is the record that is written down; the rest is for people.
    """

    undo: Undo
    changes: tuple[str, ...]
    undone: tuple[str, ...]


class DrillFault(Protocol):
    """A kind of fault."""

    @property
    def name(self) -> str:
        """What the command line calls it."""

    @property
    def title(self) -> str:
        """What it is, in a few words."""

    @property
    def service(self) -> str:
        """The IAM prefix of what it calls to begin and to be undone."""

    @property
    def expected(self) -> Mapping[Mode, Expected]:
        """What must happen, by the site's mode, with a website secondary."""

    def exercises(self, site: Site) -> str:
        """Return which promise of the site it puts to the test."""

    def plan(self, asked: AskedFault) -> FaultPlan:
        """Return what would be done, and change nothing; raise UserError if it cannot be done to this site."""

    def begin(self, account: Account, undo: Undo) -> None:
        """Put the fault into effect; what is in effect already stays."""

    def is_undo(self, undo: Undo) -> bool:
        """Return whether a record says all that it takes to undo it."""

    def undo(self, account: Account, undo: Undo) -> bool:
        """Undo it, also when it was half begun or never; return whether there was something to undo."""

    def lasts(self, drilled: DrilledSite, expected: Expected) -> float:
        """Return how many seconds it must last for viewers and alarms; what must not happen needs as much time."""
        return max(drilled.failover + ALARM_PERIOD, drilled.alarm if expected.alarms else 0)

    def probe(self, _asked: AskedFault) -> DrillProbe | None:
        """Return the object whose way to the replicas it puts to the test; by default none."""
        return None

    def judge(self, _run: SiteRun, _outage: float, _healing: float) -> Iterable[Held]:
        """Return what is expected of it besides what is expected of all drills; by default nothing."""
        return ()

    def statements(self, site: Site, account: Account) -> list[dict[str, Any]]:
        """Return the statements of the least IAM policy for it."""
