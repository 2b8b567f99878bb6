"""Every fault that a drill may inject in an account."""

from s3_failover.errors import UserError
from s3_failover.operations.drill.deny_primary import DenyPrimary
from s3_failover.operations.drill.fault import DrillFault
from s3_failover.operations.drill.invert_check import InvertCheck
from s3_failover.operations.drill.pause_replication import PauseReplication

EVERY: tuple[DrillFault, ...] = (DenyPrimary(), InvertCheck(), PauseReplication())


def named(name: str) -> DrillFault:
    """Return the fault of a name; raise UserError if there is none."""
    found = {fault.name: fault for fault in EVERY}
    if name not in found:
        raise UserError(f"no fault {name}, expected one of {', '.join(found)}", exit_code=2)
    return found[name]
