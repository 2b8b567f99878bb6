"""What makes a drill's report evidence: when, of which configuration, with which versions, and who asked."""

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import boto3

from s3_failover import __version__
from s3_failover.config.load import file_of
from s3_failover.drill.report import Evidence, Versions

EMBEDDED = "embedded AWS"
"""Who asked for a drill of the embedded AWS: it has no callers to tell apart."""


def digest(config: Path) -> str:
    """Return the SHA-256 of the file that a configuration is read from, as `sha256sum` prints it."""
    return hashlib.sha256(file_of(config).read_bytes()).hexdigest()


def of(begun: datetime, config_sha256: str | None, asked_by: str) -> Evidence:
    """Return the evidence of a drill that began at a time of the wall clock, and ends now."""
    return Evidence(
        begun=_moment(begun),
        ended=_moment(datetime.now(UTC)),
        asked_by=asked_by,
        config_sha256=config_sha256,
        versions=versions(),
    )


def versions() -> Versions:
    """Return the versions of what drills; those of the CDK where it is installed."""
    return Versions(
        s3_failover=__version__,
        python=platform.python_version(),
        boto3=boto3.__version__,
        aws_cdk_lib=_installed("aws-cdk-lib"),
        cdk_cli=_cdk_cli(Path.cwd()),
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cdk_cli(directory: Path) -> str | None:
    """Return the version of the CDK CLI in the nearest `node_modules`, or None if there is none that says it."""
    for folder in (directory, *directory.parents):
        package = folder / "node_modules" / "aws-cdk" / "package.json"
        if package.is_file():
            try:
                return str(json.loads(package.read_text(encoding="utf-8"))["version"])
            except (OSError, ValueError, KeyError, TypeError):
                return None
    return None
