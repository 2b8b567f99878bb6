"""The command line, `s3-failover`: one module per command, all errors printed here."""

import errno
import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; every foreseen error is one message on stderr and a non-zero exit code."""
    signal.signal(signal.SIGTERM, _end)
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(130)


def _run() -> None:
    try:
        os.getcwd()  # noqa: PTH109 - whether there is one
    except OSError:
        sys.exit("error: the current directory is gone: change into one that exists, and run it again")
    from breakable_aws.errors import BreakableError  # noqa: PLC0415
    from s3_failover.errors import UserError  # noqa: PLC0415

    try:
        from s3_failover.cli.app import app  # noqa: PLC0415  the base install has no command line

        app()
    except ModuleNotFoundError as error:
        sys.exit(f"error: the command line needs {error.name}, which is not installed: pip install 's3-failover[cli]'")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BreakableError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        # The standard output, or a temporary file: no code below says better which.
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        _forget_output()
        sys.exit(f"error: cannot write: {error.strerror}")


def _forget_output() -> None:
    """Discard the output that is still to be written: Python would try again at exit, and print its own error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _end(number: int, _frame: FrameType | None) -> None:
    # An exception, so that every `finally` stops what it started.
    sys.exit(128 + number)
