"""How a program of the CDK ends where what it was given is refused."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from s3_failover.config import ConfigError


@contextmanager
def one_message() -> Iterator[None]:
    """End the program with one message and exit code 1, in place of a traceback, where something is refused.

    By the configuration, which tells all its findings; or by a validation plugin such as cdk-nag, which has printed its
    report: the CDK then raises a JavaScript error.
    """
    try:
        yield
    except ConfigError as error:
        sys.exit(str(error))
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed"):
            raise
        sys.exit(f"error: {error}")
