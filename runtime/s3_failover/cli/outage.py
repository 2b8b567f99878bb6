"""Adds what is known of an outage to the error of a command that it stops."""

import contextlib
from collections.abc import Iterator

from s3_failover.cli.target import Target
from s3_failover.errors import UserError
from s3_failover.operations import delays
from s3_failover.operations.refusals import DeniedError, UnavailableError


@contextlib.contextmanager
def named(chosen: Target) -> Iterator[None]:
    """Add which legs are down to an error that an outage may have caused.

    Raises:
        UserError: as the block does, with what the health checks say where one of them is unhealthy.
    """
    try:
        yield
    except (DeniedError, UnavailableError) as error:
        known = delays.outage(chosen.site, chosen.account)
        if not known:
            raise
        raise UserError(f"{error}; {known}", exit_code=error.exit_code) from error
