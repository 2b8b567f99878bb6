"""Starts the emulator by the path of this file, in a Python environment that holds nothing else of this package's.

An installed `breakable_aws` lies among packages that the emulator's environment must not see: so their directory never
gets on its module path, and `breakable_aws` is made known by itself.
"""

import sys
import types
from pathlib import Path

PACKAGE = "breakable_aws"


def main() -> None:
    """Make the package known, and run the emulator."""
    known = types.ModuleType(PACKAGE)
    known.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules[PACKAGE] = known
    from breakable_aws.emulator import __main__  # noqa: PLC0415 - only now it can be imported

    __main__.main(sys.argv[1:])


if __name__ == "__main__":
    main()
