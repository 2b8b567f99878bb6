"""Deployed functions call as their roles: every process that runs a function's code has a session of its role.

Ministack would give them the credentials of the account. The session is one that STS's AssumeRole would make, named
like the function, as Lambda's are.

AWS: `https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html`.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import iam, lambda_svc, sts

from breakable_aws.emulator.base.hooks import replace


def install() -> None:
    """Have ministack ask here for a function's credentials, wherever it starts one."""
    replace(lambda_runtime, "execution_credentials", credentials)
    replace(lambda_svc, "execution_credentials", credentials)
    replace(sts, "_evict_expired_sessions", forget_expired)


def credentials(config: dict[str, Any]) -> dict[str, str]:
    """Begin a session of a function's role, and return the environment variables that hold its credentials.

    The session has no end: ministack keeps a process as long as calls come, where Lambda replaces one whose session
    ends.

    Args:
        config: the function's, as GetFunctionConfiguration returns it.

    Raises:
        ValueError: the role is none.
    """
    role, name = config["Role"], config["FunctionName"]
    arn, _ = sts._assumed_role_arn(role, name)
    if arn is None:
        raise ValueError(f"the function {name} has no role to call as: got {role}, expected the ARN of a role")
    access_key, secret, token = iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token()
    session = {
        "Arn": arn,
        "UserId": f"{sts._role_id(role)}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "AccountId": arn.split(":")[4],
        "PrincipalType": "AssumedRole",
    }
    sts.register_session(access_key, session)
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def forget_expired() -> None:
    """Drop the sessions that have ended; functions start in threads, so the store may grow meanwhile."""
    now = time.time()
    for key, session in list(sts._sessions.items()):
        if session.get("Expiration", now) < now:
            sts._sessions.pop(key, None)
