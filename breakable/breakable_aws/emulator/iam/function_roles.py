"""Deployed functions call as their roles: every process that runs a function's code has a session of its role.

Ministack would give them the credentials of the account. The session is one that STS's AssumeRole would make, named
like the function, as Lambda's are.

AWS: `https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html`.
"""

import re
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from breakable_aws.emulator.base import scopes
from breakable_aws.emulator.base.credentials import begin_session
from breakable_aws.emulator.base.requests import ask_query, ask_rest, document_of

_FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
_ROLE = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/(?:[^:]*/)?(?P<name>[^:/]+)")
_ROLE_ID = re.compile(rb"<RoleId>(.+?)</RoleId>")


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Begin a session of a function's role, and return the variables with its credentials; raise ValueError for none.

    The session has no end: ministack keeps a process as long as calls come, where Lambda replaces one whose session
    ends.

    Args:
        environment: what ministack gives to a process; one that runs no function gets no credentials.
    """
    if _FUNCTION not in environment:
        return {}
    name = environment[_FUNCTION]
    with scopes.within(environment["AWS_ACCESS_KEY_ID"], environment["AWS_REGION"]):
        arn = _role_of(name, environment["AWS_LAMBDA_FUNCTION_VERSION"])
        role = _ROLE.fullmatch(arn)
        if role is None:
            raise ValueError(f"the function {name} has no role to call as: got {arn}, expected the ARN of a role")
        identifier = _id_of(role["name"])
    access_key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(64)
    session = {
        "Arn": f"arn:{role['partition']}:sts::{role['account']}:assumed-role/{role['name']}/{name}",
        "UserId": f"{identifier}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "AccountId": role["account"],
        "PrincipalType": "AssumedRole",
    }
    begin_session(access_key, session)
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _role_of(function: str, version: str) -> str:
    path = f"/2015-03-31/functions/{function}/configuration"
    answer = ask_rest("lambda", "GET", path, query=f"Qualifier={quote(version)}")
    return str(document_of(answer).get("Role", ""))


def _id_of(role: str) -> str:
    found = _ROLE_ID.search(ask_query("iam", "GetRole", {"RoleName": role})[2])
    return found[1].decode() if found else f"AROA{secrets.token_hex(8).upper()}"
