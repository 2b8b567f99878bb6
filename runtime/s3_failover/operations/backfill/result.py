"""What a backfill found and did."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import PlainSerializer

from s3_failover.operations.parity import DriftKind
from s3_failover.results import Result, part


class Engine(StrEnum):
    """Who brings objects to the replicas."""

    BATCH = "batch"
    """S3 Batch Replication: the same versions, by the rules."""
    DIRECT = "direct"
    """Objects are copied onto themselves in the primary: new versions, which the rules replicate."""
    QUEUE = "queue"
    """The function that copies for a site without versions: it takes the keys."""


@part
class CopyFailure:
    """Objects that failed for one reason."""

    reason: str
    """S3's code, or ours."""
    count: int
    """How many."""
    example: str
    """The key of one."""


@dataclass(frozen=True)
class Done:
    """What an engine did."""

    succeeded: int = 0
    """Objects that are in every replica or, without waiting for that, on their way there."""
    changed: int = 0
    """Objects that were written or deleted after the comparison: left to replication."""
    failed: list[CopyFailure] = field(default_factory=list)
    """The others, by reason."""


Usd = Annotated[Decimal, PlainSerializer(lambda usd: round(float(usd), 4), return_type=float)]
"""US dollars, printed to the hundredth of a cent."""


@part
class JobPrice:
    """A price in US dollars, at list prices."""

    job: Usd
    """The job of S3 Batch Operations and its objects."""
    requests: Usd
    """Writes in the primary and in the replicas."""
    transfer: Usd
    """From the primary's region to the replicas'."""

    @property
    def total(self) -> Decimal:
        """The sum."""
        return self.job + self.requests + self.transfer


class Backfill(Result):
    """What `backfill` found and did."""

    site: str
    """The site's name."""
    engine: Engine
    """`batch`, `direct` or `queue`."""
    dry_run: bool
    """Whether nothing was done."""
    fixes: dict[DriftKind, int]
    """Differences that this engine fixes, by kind; one for each replica."""
    left: dict[DriftKind, int]
    """Differences that it leaves alone, by kind."""
    recent: int
    """Differences so young that replication may still be at work."""
    objects: int | None
    """Objects to bring to the replicas; null if S3 counts them itself."""
    bytes: int | None
    """How much they hold, as far as it is known."""
    price: JobPrice | None
    """What that costs, roughly; null if nothing is known about the objects."""
    job: str | None
    """The id of the job of S3 Batch Operations."""
    succeeded: int
    """Objects that arrived or, without --wait, are on their way."""
    changed: int
    """Objects written or deleted since the comparison."""
    failed: tuple[CopyFailure, ...]
    """The others, by reason."""
