"""All that a doctor looks at, in the order in which a person would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dns.resolver

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.doctor import alarms, copies, edge, hold, legs, stacks
from s3_failover.operations.doctor import dns as names
from s3_failover.operations.doctor.finding import Finding, Findings, Severity
from s3_failover.operations.doctor.patient import Patient

Look = Callable[[Patient], Findings]


@dataclass(frozen=True)
class Diagnosis:
    """What was looked at, and what was found."""

    looked_at: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 if nothing was found, 2 if an outage would reach viewers, else 1."""
        severities = {finding.severity for finding in self.findings}
        if Severity.CRITICAL in severities:
            return 2
        return 1 if severities else 0


def examine(
    site: Site, account: Account, *, resolver: dns.resolver.Resolver | None = None, say: Callable[[str], None]
) -> Diagnosis:
    """Look at everything; what cannot be looked at is a finding too.

    Args:
        site: the site.
        account: where it should be deployed.
        resolver: asks the world's DNS; by default as this machine does.
        say: is told what is looked at.
    """
    patient = Patient(site, account)
    parts: dict[str, Look] = {
        "stacks": stacks.look,
        "distribution and certificate": edge.look,
        "delegation": lambda patient: names.delegation(patient, resolver),
        "records": names.records,
        "health checks": names.checks,
        "hold": hold.look,
        "health object": copies.health_object,
        "replication": copies.replication,
        "bucket policies": copies.policies,
        "checkers' addresses": copies.checker_ranges,
        "legs": legs.look,
        "alarms": alarms.look,
        "subscribers": alarms.subscribers,
    }
    found: list[Finding] = []
    for part, look in parts.items():
        say(f"looking at {part}")
        try:
            found += look(patient)
        except UserError as error:
            remedy = "grant what is missing, or deploy what is not there, and look again"
            found.append(Finding("DOCTOR-UNKNOWN", part, str(error), remedy))
    return Diagnosis(tuple(parts), tuple(found))
