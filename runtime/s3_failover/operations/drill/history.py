"""When a site was drilled last, and whether it held."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from s3_failover.config import Site
from s3_failover.operations import notes
from s3_failover.operations.account import Account


@dataclass(frozen=True)
class LastDrill:
    """A drill that is over.

    The times are ISO 8601 in UTC; `held` is whether every expectation held, and `by` the ARN of who drilled.
    """

    scenario: str
    begin: str
    end: str
    held: bool
    by: str

    @property
    def ended(self) -> datetime:
        """When it was over."""
        moment = datetime.fromisoformat(self.end)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def write(site: Site, account: Account, last: LastDrill) -> None:
    """Note a drill that is over."""
    notes.write(site, account, notes.LAST_DRILL, asdict(last))


def read(site: Site, account: Account) -> LastDrill | None:
    """Return the last drill; None if there was none, or if the note cannot be understood."""
    told = notes.read(site, account).last_drill or {}
    try:
        last = LastDrill(**{field: told[field] for field in ("scenario", "begin", "end", "held", "by")})
        last.ended  # noqa: B018 - is it a moment?
    except (ValueError, KeyError, TypeError):
        return None
    return last
