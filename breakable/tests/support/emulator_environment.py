"""The interpreter that runs the embedded AWS in tests: the one that is named, or a new one."""

import os
from pathlib import Path

from breakable_aws import environment


def interpreter() -> Path:
    """Return `$BREAKABLE_AWS_PYTHON`, or the Python of an environment that is made in the user's cache."""
    named = os.environ.get("BREAKABLE_AWS_PYTHON")
    if named:
        return Path(named)
    return environment.ensure()
