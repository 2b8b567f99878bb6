"""What the command `drill` says: what it would change, what was drilled, what `--undo` has finished."""

from __future__ import annotations

from s3_failover.drill.report import DrillReport
from s3_failover.operations.drill.journal import JournalEntry
from s3_failover.results import Result, part


@part
class Times:
    """What the configuration promises, in seconds."""

    detection: float
    """Until the checks have turned and DNS answers otherwise."""
    record_ttl: int
    """Until resolvers have followed."""
    longest: float
    """How long the fault lasts at most."""


class Finished(Result):
    """A drill that `--undo` has finished."""

    id: str
    fault: str
    begun: str
    """ISO 8601, UTC."""
    by: str
    """Who had begun it."""

    @classmethod
    def of(cls, entry: JournalEntry) -> Finished:
        """Return what its record says."""
        return cls(id=entry.id, fault=entry.fault, begun=entry.begun, by=entry.by)


class DrillResult(Result):
    """What was drilled or, with --dry-run, would be; with --undo, what was finished."""

    site: str
    fault: str | None
    """Null with --undo."""
    dry_run: bool
    changes: tuple[str, ...] = ()
    """What is changed, in words."""
    undo: tuple[str, ...]
    """How that is undone, in words; with --undo, the drills that are written down."""
    promise: Times | None = None
    """Null with --undo."""
    held: bool | None = None
    """Whether every expectation passed; null if nothing was drilled."""
    finished: tuple[Finished, ...] = ()
    """With --undo, what was finished; nothing with --dry-run."""
    remains: tuple[str, ...] = ()
    """With --undo, what drills had left whose records are lost, in words; it is removed, but for --dry-run."""
    forgotten: tuple[str, ...] = ()
    """With --undo, the damaged records that were deleted; nothing with --dry-run."""
    report: DrillReport | None = None
    """What report.json holds (docs/schemas/local-drill.schema.json); null if nothing was drilled."""
