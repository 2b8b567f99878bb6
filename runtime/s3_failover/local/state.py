"""Where the embedded AWS keeps its files."""

import os
from pathlib import Path

from breakable_aws.errors import BreakableError
from breakable_aws.state import StateDirectory

HOME = "S3_FAILOVER_HOME"
"""The environment variable that names the state directory."""

NAME = ".s3-failover"
"""What it is called otherwise."""


def default() -> StateDirectory:
    """Return `$S3_FAILOVER_HOME`, or `.s3-failover` of the CDK project or the directory that this one lies in.

    The nearest directory counts that has one, or a `cdk.json`, going up; without any it is the current one.
    """
    named = os.environ.get(HOME)
    return StateDirectory(Path(named).absolute() if named else _nearest(Path.cwd()) / NAME)


def installed() -> StateDirectory:
    """Make and return the directory of what is installed once for a user, whatever the project.

    A user who has no cache, or may not write there, has it in the default state directory.

    Raises:
        BreakableError: that one cannot be made or written to either.
    """
    try:
        return StateDirectory.cached(NAME.lstrip("."))
    except BreakableError:
        return default().make()


def _nearest(start: Path) -> Path:
    return next((each for each in (start, *start.parents) if _is_own(each / NAME) or _is_own(each / "cdk.json")), start)


def _is_own(path: Path) -> bool:
    """Tell whether a file is there and the user's own: what another user has put in a directory above is not run."""
    try:
        return path.stat().st_uid == os.geteuid()
    except OSError:
        return False
