"""`s3-failover permissions`: the least IAM policy of each command, also told when a permission is missing."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Annotated, NoReturn

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
from s3_failover.operations.evacuation import readiness, switch
from s3_failover.operations.permissions import Policy
from s3_failover.operations.preflight import examination as preflight
from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.restore import permissions as restore
from s3_failover.operations.status import overview

POLICIES: dict[str, Callable[[Site, Account], Policy]] = {
    "backfill": backfill.policy,
    "cost": measured.policy,
    "doctor": examination.policy,
    "drill": drill.policy,
    "evacuate": switch.policy,
    "preflight": preflight.policy,
    "publish": publish.policy,
    "restore": restore.policy,
    "return": readiness.policy,
    "status": overview.policy,
    "verify": verify.policy,
}
"""What makes the policy of each command that works on an account."""

PLACEHOLDER = "111122223333"
"""The account of a policy for an account that is not known: one that AWS uses in examples."""


def permissions(
    command: Annotated[str, typer.Argument(metavar="COMMAND", help=f"One of {', '.join(POLICIES)}.")],
    *,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="ID", help="The account.  [default: the site's, or the credentials']"),
    ] = None,
    where: Where,
) -> None:
    """Print the least IAM policy that a command needs for a site, as JSON.

    It needs no credentials: with --account, or with the site's `account`, AWS is not called. Without credentials and
    without an account the policy is for account 111122223333, and a line on stderr says so.
    """
    if command not in POLICIES:
        raise UserError(f"there is no policy for {command!r}, expected {' or '.join(POLICIES)}")
    print_json(POLICIES[command](where.chosen(), _account(where, account)))


def _account(where: Where, given: str | None) -> Account:
    """Return the account that a policy is for: only its number counts."""
    if given is not None and not re.fullmatch("[0-9]{12}", given):
        raise UserError(f"--account is {given!r}, expected the account's twelve digits", exit_code=2)
    number = given or (None if where.local else where.chosen().account)
    if number is not None:
        return _numbered(number)
    try:
        return where.target().account
    except UserError as error:
        if where.local or where.profile:
            raise
        progress(f"the policy is for account {PLACEHOLDER}, because the account is unknown: give --account ({error})")
        return _numbered(PLACEHOLDER)


def _numbered(number: str) -> Account:
    def refuse(service: str, region: str) -> NoReturn:
        raise AssertionError(f"a policy asks {service} in {region} for nothing")

    return Account(number, refuse)


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
