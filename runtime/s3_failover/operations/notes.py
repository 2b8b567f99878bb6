"""Notes on a site for the next operator and the next command: SSM parameters in the first replica's region.

They are neither in us-east-1 nor in the primary's region, because an outage there must not take them away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained

EVACUATION, DRILL, LAST_DRILL = "evacuation", "drill", "last-drill"
"""Who evacuated viewers to the secondary; the drill that is not undone yet; the last drill and how it ended."""


@dataclass(frozen=True)
class Notes:
    """What is written down about a site."""

    evacuation: Mapping[str, Any] | None = None
    """Who evacuated viewers to the secondary, and when; None if they are not evacuated."""
    drill: Mapping[str, Any] | None = None
    last_drill: Mapping[str, Any] | None = None

    def of(self, what: str) -> Mapping[str, Any] | None:
        """Return one of them, by the name under which it is written down."""
        return {EVACUATION: self.evacuation, DRILL: self.drill, LAST_DRILL: self.last_drill}[what]


class TakenError(UserError):
    """Another run has written the same note already."""


def name(site: Site, what: str) -> str:
    """Return the parameter's name."""
    return site.naming.parameter(what)


def read(site: Site, account: Account) -> Notes:
    """Return what is written down about a site."""
    region = site.replica_regions[0]
    names = {name(site, what): what for what in (EVACUATION, DRILL, LAST_DRILL)}
    with explained(f"read {name(site, '*')} in {region}", service="ssm"):
        found = account.client("ssm", region).get_parameters(Names=list(names))["Parameters"]
    told = {names[each["Name"]]: parsed(each["Value"]) for each in found}
    return Notes(told.get(EVACUATION), told.get(DRILL), told.get(LAST_DRILL))


def write_new(site: Site, account: Account, what: str, document: Mapping[str, Any]) -> None:
    """Write a note that does not exist yet; of two runs at the same moment, one succeeds.

    Raises:
        TakenError: there is another one already.
        UserError: SSM refuses.
    """
    try:
        _put(site, account, what, document, overwrite=False)
    except UserError as error:
        if not isinstance(error.__cause__, ClientError) or code(error.__cause__) != "ParameterAlreadyExists":
            raise
        # boto3 tries again where only the answer was lost: then it is ours that is there.
        if read(site, account).of(what) != parsed(json.dumps(document)):
            where = f"{name(site, what)} in {site.replica_regions[0]}"
            raise TakenError(f"there is {where} already: another run wrote it first") from error


def write(site: Site, account: Account, what: str, document: Mapping[str, Any]) -> None:
    """Write a note in place of the one before."""
    _put(site, account, what, document, overwrite=True)


def erase(site: Site, account: Account, what: str, written: Mapping[str, Any]) -> None:
    """Delete a note, unless another run has replaced it since."""
    if read(site, account).of(what) != parsed(json.dumps(written)):
        return
    with explained(f"delete {name(site, what)}", service="ssm"):
        try:
            account.client("ssm", site.replica_regions[0]).delete_parameter(Name=name(site, what))
        except ClientError as error:
            if code(error) != "ParameterNotFound":
                raise


def parsed(text: str) -> Mapping[str, Any]:
    """Return what a text says; what is no JSON object becomes one, as `text`."""
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}


def _put(site: Site, account: Account, what: str, document: Mapping[str, Any], *, overwrite: bool) -> None:
    parameter, region = name(site, what), site.replica_regions[0]
    text = json.dumps(document, separators=(",", ":"))
    with explained(f"write {parameter} in {region}", service="ssm"):
        account.client("ssm", region).put_parameter(Name=parameter, Type="String", Value=text, Overwrite=overwrite)
