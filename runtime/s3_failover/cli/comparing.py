"""What the commands that compare the primary with its replicas share: their options and their progress."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from s3_failover.cli.moments import duration, moment
from s3_failover.cli.output import progress
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.parity import Tally
from s3_failover.operations.shown import amount
from s3_failover.operations.verify import Scope


def utf8(text: str) -> str:
    """Return a prefix of keys; raise UserError where it is no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"the prefix is {text!r}, expected UTF-8, as all keys are") from error
    return text


PrefixOption = Annotated[str, typer.Option("--prefix", metavar="P", help="Only keys that begin so.", callback=utf8)]
"""`--prefix`, for commands that work on some of the keys."""

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="WHEN", help="Only what was written since: 36h, 7d, 2026-11-20.")
]
"""`--since`, for commands that work on what was written lately."""


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """What is compared."""

    region: Annotated[
        list[str] | None, typer.Option("--region", metavar="R", help="Only this replica; may be repeated.")
    ] = None
    prefix: PrefixOption = ""
    since: SinceOption = None
    settle: Annotated[
        str, typer.Option("--settle", metavar="TIME", help="What is younger may still be on its way.")
    ] = "15m"
    deep: Annotated[bool, typer.Option("--deep", help="Compare metadata, tags and checksums of all objects.")] = False

    def scope(self, site: Site, now: datetime) -> Scope:
        """Return the scope that the options name; how closely to look at which objects is left to the command.

        Raises:
            UserError: a region is no replica's, or a time is not valid.
        """
        return Scope(
            regions=self._regions(site),
            prefix=self.prefix,
            since=moment(self.since, now, "--since") if self.since else None,
            settle=duration(self.settle, "--settle"),
        )

    def _regions(self, site: Site) -> tuple[str, ...]:
        for region in self.region or ():
            if region not in site.replica_regions:
                replicas = " or ".join(site.replica_regions)
                raise UserError(f"--region is {region}, expected a replica region of sites.{site.name}: {replicas}")
        return tuple(self.region or ())


class Compared:
    """Prints the progress of a comparison every two seconds."""

    def __init__(self) -> None:
        self._begin = self._next = time.monotonic()

    def __call__(self, region: str, tally: Tally) -> None:
        """Take note of where the comparison is."""
        now = time.monotonic()
        if now < self._next + 2:
            return
        self._next = now
        rate = tally.compared / (now - self._begin)
        progress(f"  {region}: {amount(tally.compared, 'key')}, {tally.total:,} differ, {rate:,.0f} keys/s")
