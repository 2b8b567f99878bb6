"""What is wrong with a deployment, what that does in an outage, and what to do about it."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from s3_failover.operations import findings
from s3_failover.operations.findings import Catalogue, Severity

CATALOGUE: Catalogue = {
    "DOCTOR-STACK": (Severity.CRITICAL, "what the stack holds is not there, or not as configured"),
    "DOCTOR-DISTRIBUTION-ID": (Severity.CRITICAL, "the buckets admit a distribution that is not the site's own"),
    "DOCTOR-LEFT-OVER": (Severity.WARNING, "what it holds costs money, and its alarms report on what is not in use"),
    "DOCTOR-PUBLIC-ACCESS": (Severity.CRITICAL, "viewers who are sent to the website get 403"),
    "DOCTOR-PROTECTION": (Severity.WARNING, "one careless command can delete what viewers need"),
    "DOCTOR-CERTIFICATE": (Severity.CRITICAL, "the distribution cannot serve the hostname over HTTPS"),
    "DOCTOR-CERTIFICATE-EXPIRES": (Severity.WARNING, "the distribution will stop serving the hostname over HTTPS"),
    "DOCTOR-DISTRIBUTION": (Severity.CRITICAL, "viewers get nothing from the distribution even without an outage"),
    "DOCTOR-RECORD": (Severity.CRITICAL, "DNS does not move, or moves viewers to the wrong place"),
    "DOCTOR-DELEGATION": (Severity.CRITICAL, "the world asks other name servers: nothing that is deployed counts"),
    "DOCTOR-ZONE-RECOVERY": (Severity.WARNING, "no record can be changed while us-east-1 is down"),
    "DOCTOR-CHECK": (Severity.CRITICAL, "DNS does not notice an outage, or notices one that is not there"),
    "DOCTOR-CHECK-UNHEALTHY": (Severity.CRITICAL, "a leg is down now: the next outage has nowhere to go"),
    "DOCTOR-HEALTH-OBJECT": (Severity.CRITICAL, "health checks fail, or see something other than what was published"),
    "DOCTOR-COPY-EMPTY": (Severity.CRITICAL, "viewers who are sent to the replica get nothing"),
    "DOCTOR-REPLICATION": (Severity.CRITICAL, "the replica does not get what is published"),
    "DOCTOR-REPLICATION-FAILED": (Severity.CRITICAL, "the replica lacks objects, and S3 does not try again"),
    "DOCTOR-REPLICATION-METRICS": (Severity.WARNING, "no alarm goes off when the replica falls behind"),
    "DOCTOR-PAGE": (Severity.WARNING, "viewers see a bare error where a page of yours should be"),
    "DOCTOR-EXISTING": (Severity.CRITICAL, "a bucket that the site does not own does not do its part"),
    "DOCTOR-VERSIONING": (Severity.CRITICAL, "S3 replicates nothing between buckets without versioning"),
    "DOCTOR-SSE-C": (Severity.WARNING, "what is uploaded with a customer's key reaches no viewer and no replica"),
    "DOCTOR-LEG": (Severity.CRITICAL, "viewers who are sent there get nothing"),
    "DOCTOR-POLICY": (Severity.CRITICAL, "the distribution gets 403 from the replica exactly when it needs it"),
    "DOCTOR-CHECKER-RANGES": (
        Severity.WARNING,
        "checkers from new addresses are refused, and may move DNS without need",
    ),
    "DOCTOR-ALARM": (Severity.WARNING, "the alarm notifies no topic"),
    "DOCTOR-ALARM-NO-DATA": (
        Severity.WARNING,
        "the alarm has no data: it never fires, or never clears",
    ),
    "DOCTOR-SUBSCRIBERS": (Severity.WARNING, "the alarm goes off, and its topic has no subscriber"),
    "DOCTOR-QUOTA": (Severity.WARNING, "a repair that needs one more of these is refused when it is urgent"),
    "DOCTOR-EVACUATED": (Severity.CRITICAL, "viewers stay at the secondary, whatever the primary does, until `return`"),
    "DOCTOR-DRILL": (Severity.WARNING, "whether it fails over is unknown: no drill has passed lately"),
    "DOCTOR-DRILL-UNDO": (Severity.CRITICAL, "what a drill broke may still be broken"),
    "DOCTOR-UNKNOWN": (Severity.UNKNOWN, "unknown: it could not be looked at"),
}
"""Every finding: how bad it is, and what it does to you in an outage."""


class DoctorFinding(findings.Finding):
    """One thing that is wrong with what is deployed."""

    catalogue: ClassVar[Catalogue] = CATALOGUE

    effect: str = Field(serialization_alias="outage")
    """What it does to you in an outage."""

    # Without it, type checkers take the fields for the parameters.
    def __init__(self, id: str, where: str, what: str, remedy: str) -> None:
        super().__init__(id, where, what, remedy)


Findings = Iterator[DoctorFinding]

DEPLOY = "deploy again with `npx cdk deploy --all`"
"""The remedy for whatever is not as the templates have it."""

POLICIES = "put there what `s3-failover policies` prints"
"""The remedy for what a bucket lacks that the site does not own."""
