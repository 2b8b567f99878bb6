"""The process environment that ministack reads while it is imported."""

from __future__ import annotations

import tempfile
from collections.abc import MutableMapping
from pathlib import Path

_FOREIGN = ("AWS_", "MINISTACK_", "LOCALSTACK_", "LAMBDA_", "S3_", "IOT_", "SFTP_", "DOCKER_")


def prepare(environ: MutableMapping[str, str], *, endpoint: str, account: str, state: Path, log_level: str) -> None:
    """Set what ministack and its Lambda workers inherit, and take away what would lead them elsewhere.

    A person's own AWS profile, proxy, endpoint or Docker daemon must reach neither: the workers run the deployed code,
    and that code believes that it is in AWS.
    """
    for name in [name for name in environ if name.startswith(_FOREIGN) or name.lower().endswith("_proxy")]:
        del environ[name]
    # It holds this package's parent, which the Lambda workers have no use for.
    environ.pop("PYTHONPATH", None)
    environ.update(
        _ministack(endpoint, account, state, log_level)
        | _workers(endpoint, account, state)
        | {"TMPDIR": str(_temporary(state))}
    )
    tempfile.tempdir = environ["TMPDIR"]


def _temporary(state: Path) -> Path:
    directory = state / "tmp"
    directory.mkdir(parents=True, exist_ok=True)
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


def _workers(endpoint: str, account: str, state: Path) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(state / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(state / "no-credentials"),
    }
