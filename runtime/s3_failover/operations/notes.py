"""What is written down about a site for whoever comes next: SSM parameters in the first replica's region.

Not in us-east-1 and not in the primary's region: what is lost in an outage is of no use in one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained

HOLD, DRILL, LAST_DRILL = "hold", "drill", "last-drill"
"""Who holds viewers at the secondary; the drill that is not undone yet; the last drill and how it ended."""


@dataclass(frozen=True)
class Notes:
    """What is written down about a site.

    Attributes:
        hold: who holds viewers at the secondary and what the check was like before; None if nobody does.
        drill: the drill that is not undone yet.
        last_drill: the last drill.
    """

    hold: Mapping[str, Any] | None = None
    drill: Mapping[str, Any] | None = None
    last_drill: Mapping[str, Any] | None = None


def name(site: Site, what: str) -> str:
    """Return the parameter's name."""
    return f"/s3-failover/{site.name}/{what}"


def read(site: Site, account: Account) -> Notes:
    """Return what is written down about a site.

    Raises:
        UserError: SSM cannot be asked.
    """
    region = site.replica_regions[0]
    names = {name(site, what): what for what in (HOLD, DRILL, LAST_DRILL)}
    with explained(f"read {name(site, '*')} in {region}", service="ssm"):
        found = account.client("ssm", region).get_parameters(Names=list(names))["Parameters"]
    told = {names[each["Name"]]: _document(each["Value"]) for each in found}
    return Notes(told.get(HOLD), told.get(DRILL), told.get(LAST_DRILL))


def write_new(site: Site, account: Account, what: str, document: Mapping[str, Any]) -> None:
    """Write something down that nobody has written down before.

    Raises:
        UserError: it is there already, or SSM refuses.
    """
    parameter, region = name(site, what), site.replica_regions[0]
    with explained(f"write {parameter} in {region}", service="ssm"):
        try:
            account.client("ssm", region).put_parameter(
                Name=parameter, Type="String", Value=json.dumps(document), Overwrite=False
            )
        except ClientError as error:
            if code(error) == "ParameterAlreadyExists":
                raise UserError(f"there is {parameter} in {region} already: somebody was faster") from error
            raise


def erase(site: Site, account: Account, what: str) -> None:
    """Take away what was written down; that it is gone already is as good.

    Raises:
        UserError: SSM refuses.
    """
    with explained(f"delete {name(site, what)}", service="ssm"):
        try:
            account.client("ssm", site.replica_regions[0]).delete_parameter(Name=name(site, what))
        except ClientError as error:
            if code(error) != "ParameterNotFound":
                raise


def _document(value: str) -> Mapping[str, Any]:
    try:
        found = json.loads(value)
    except ValueError:
        return {"text": value}
    return found if isinstance(found, dict) else {"text": value}
