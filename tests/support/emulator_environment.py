"""The interpreter that runs the embedded AWS in tests: the one that `make setup` installs."""

import os
from pathlib import Path

from s3_failover.local import environment


def interpreter() -> Path:
    """Return `$S3_FAILOVER_EMULATOR_PYTHON`, or the Python that `s3-failover local prepare` installs."""
    named = os.environ.get("S3_FAILOVER_EMULATOR_PYTHON")
    if named:
        return Path(named)
    return environment.ensure()
