"""What a backfill did."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Failure:
    """Objects that failed for one reason.

    Attributes:
        reason: S3's code, or ours.
        count: how many.
        example: the key of one.
    """

    reason: str
    count: int
    example: str

    def plus(self, count: int) -> Failure:
        """Return it with more objects."""
        return replace(self, count=self.count + count)


@dataclass(frozen=True)
class Result:
    """What a backfill did.

    Attributes:
        succeeded: objects that are in every replica or, where nobody waits for that, on their way there.
        changed: objects that were written or deleted after the comparison: left to replication.
        failed: the others, by reason.
    """

    succeeded: int = 0
    changed: int = 0
    failed: list[Failure] = field(default_factory=list)
