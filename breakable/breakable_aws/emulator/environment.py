"""The process environment that ministack reads while it is imported."""

import os
import re
import tempfile
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from breakable_aws.secret import session_token

_KEPT = re.compile(r"PATH|LD_LIBRARY_PATH|LANG|LC_[A-Z]+|TZ")
"""What a program needs to run; all else of a user's environment is for the user's own tools."""

HOME = "home"
"""The empty directory, below the one for temporary files, that is home to all that runs here."""


def prepare(
    environ: MutableMapping[str, str], *, endpoint: str, account: str, secret: str, state: Path, log_level: str
) -> None:
    """Set what ministack and its Lambda workers inherit, and take away all that a user's own environment holds.

    A person's own AWS profile, proxy, endpoint, tokens or Docker daemon must reach neither: the workers run the
    deployed code, and that code believes that it is in AWS.
    """
    for name in [name for name in environ if not _KEPT.fullmatch(name)]:
        del environ[name]
    temporary = _private(state / "tmp")
    environ.update(
        _ministack(endpoint, account, state, log_level)
        | _credentials(account, secret)
        | _workers(endpoint, state)
        | {"TMPDIR": str(temporary), "HOME": str(_private(temporary / HOME))}
    )
    tempfile.tempdir = environ["TMPDIR"]


def of_child(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the environment of a process that ministack starts: without ministack's own settings and credentials.

    Args:
        given: what ministack gives it, a function's own credentials included; none where it gives nothing of its own.
    """
    if given is None:
        return {name: os.environ[name] for name in os.environ if _KEPT.fullmatch(name) or name in ("TMPDIR", "HOME")}
    # A function may have a variable of its own with such a name.
    own = {name: os.environ.get(name) for name in (*_ministack("", "", Path(), ""), *_credentials("", ""))}
    return {name: value for name, value in given.items() if own.get(name) != value}


def _private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _ministack(endpoint: str, account: str, state: Path, log_level: str) -> dict[str, str]:
    return {
        "GATEWAY_PORT": endpoint.rpartition(":")[2],
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": account,
        "LOG_LEVEL": log_level.upper(),
        "STATE_DIR": str(state / "ministack"),
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{state / 'no-docker.sock'}",
    }


def _credentials(account: str, secret: str) -> dict[str, str]:
    """Return the account's credentials, by which ministack checks signatures."""
    return {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": session_token(secret)}


def _workers(endpoint: str, state: Path) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(state / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(state / "no-credentials"),
    }
