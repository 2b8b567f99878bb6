"""Are the stacks there, and complete?"""

from __future__ import annotations

from s3_failover.operations.doctor.finding import DEPLOY, Finding, Findings
from s3_failover.operations.doctor.patient import Patient


def look(patient: Patient) -> Findings:
    """Return what is wrong with the stacks themselves."""
    for stack in patient.stacks:
        if not stack.status:
            yield Finding("DOCTOR-STACK", f"{stack.name} in {stack.region}", "is not there, expected a stack", DEPLOY)
        elif stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            what = f"is {stack.status}, expected a complete one"
            yield Finding("DOCTOR-STACK", f"{stack.name} in {stack.region}", what, DEPLOY)
