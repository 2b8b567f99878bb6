"""The interpreter that runs the embedded AWS in tests: the one that `make setup` installs."""

import os
from pathlib import Path

from s3_failover.local import environment
from s3_failover.local.state import StateDirectory

ROOT = Path(__file__).parents[2]


def interpreter() -> Path:
    """Return `$S3_FAILOVER_EMULATOR_PYTHON`, or the Python in `$S3_FAILOVER_HOME` or this checkout's `.s3-failover`."""
    named = os.environ.get("S3_FAILOVER_EMULATOR_PYTHON")
    if named:
        return Path(named)
    return environment.ensure(StateDirectory(Path(os.environ.get("S3_FAILOVER_HOME") or ROOT / ".s3-failover")))
