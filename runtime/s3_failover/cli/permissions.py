"""`s3-failover permissions`: the least IAM policy of each command, also told when a permission is missing."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from s3_failover.cli.output import print_json, progress
from s3_failover.cli.target import Target, Where
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import publish, verify
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import permissions as backfill
from s3_failover.operations.cost import measured
from s3_failover.operations.doctor import examination
from s3_failover.operations.drill import permissions as drill
from s3_failover.operations.failback import readiness
from s3_failover.operations.permissions import Policy
from s3_failover.operations.preflight import examination as preflight
from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.status import overview

POLICIES: dict[str, Callable[[Site, Account], Policy]] = {
    "backfill": backfill.policy,
    "cost": measured.policy,
    "doctor": examination.policy,
    "drill": drill.policy,
    "failback": readiness.policy,
    "preflight": preflight.policy,
    "publish": publish.policy,
    "status": overview.policy,
    "verify": verify.policy,
}
"""What makes the policy of each command that works on an account."""


def permissions(
    command: Annotated[str, typer.Argument(metavar="COMMAND", help=f"One of {', '.join(POLICIES)}.")], *, where: Where
) -> None:
    """Print the least IAM policy that a command needs for a site, as JSON.

    The account is that of the credentials, which need no permission for this.
    """
    if command not in POLICIES:
        raise UserError(f"there is no policy for {command!r}, expected {' or '.join(POLICIES)}")
    chosen = where.target()
    print_json(POLICIES[command](chosen.site, chosen.account))


@contextlib.contextmanager
def told(command: str, chosen: Target) -> Iterator[None]:
    """Print the least policy of a command when something in this block is denied, before the error."""
    try:
        yield
    except DeniedError:
        tell(command, chosen)
        raise


def tell(command: str, chosen: Target) -> None:
    """Print the least policy of a command on stderr."""
    document = json.dumps(POLICIES[command](chosen.site, chosen.account), indent=2)
    progress(f"the least policy for `s3-failover {command}` on {chosen.site.name}:\n{document}")
