"""When a site was drilled last, and whether it held."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.operations import notes
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained


@dataclass(frozen=True)
class LastDrill:
    """A drill that is over.

    Attributes:
        scenario: the fault.
        begin: when the fault began, as ISO 8601 in UTC.
        end: when the drill was over.
        held: whether every expectation held.
        by: the ARN of who drilled.
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


def name(site: Site) -> str:
    """Return the name of the parameter, which is in the first replica's region."""
    return notes.name(site, notes.LAST_DRILL)


def write(site: Site, account: Account, last: LastDrill) -> None:
    """Note a drill that is over.

    Raises:
        UserError: SSM does not take it.
    """
    with explained(f"write {name(site)}", service="ssm"):
        _ssm(site, account).put_parameter(
            Name=name(site),
            Value=json.dumps(asdict(last)),
            Type="String",
            Description="The last drill of s3-failover",
            Overwrite=True,
        )


def read(site: Site, account: Account) -> LastDrill | None:
    """Return the last drill; None if there was none, or if the note cannot be understood.

    Raises:
        UserError: SSM does not answer.
    """
    with explained(f"read {name(site)}", service="ssm"):
        try:
            found = _ssm(site, account).get_parameter(Name=name(site))["Parameter"]["Value"]
        except ClientError as error:
            if code(error) == "ParameterNotFound":
                return None
            raise
    try:
        told = json.loads(found)
        last = LastDrill(**{field: told[field] for field in ("scenario", "begin", "end", "held", "by")})
        last.ended  # noqa: B018 - is it a moment?
    except (ValueError, KeyError, TypeError):
        return None
    return last


def _ssm(site: Site, account: Account) -> Any:
    return account.client("ssm", site.replica_regions[0])
