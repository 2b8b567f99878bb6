"""What is in the way of a deployment, what that would do to it, and what to do about it."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from s3_failover.operations import findings
from s3_failover.operations.findings import Catalogue, Severity

CATALOGUE: Catalogue = {
    "PREFLIGHT-PUBLIC-ACCESS": (Severity.CRITICAL, "S3 refuses the policy of the website bucket, and its stack fails"),
    "PREFLIGHT-BUCKET-ADOPT": (Severity.CRITICAL, "the stack fails, because the bucket's name is taken by your own"),
    "PREFLIGHT-BUCKET-STACK": (Severity.CRITICAL, "the stack fails, because another stack has the bucket"),
    "PREFLIGHT-BUCKET-REGION": (Severity.CRITICAL, "the stack fails, because the name is taken in another region"),
    "PREFLIGHT-BUCKET-ACCOUNT": (Severity.CRITICAL, "the stack fails, because the bucket's name is taken"),
    "PREFLIGHT-BUCKET-MISSING": (Severity.CRITICAL, "the stacks that use the bucket fail, or copy to nowhere"),
    "PREFLIGHT-NAME": (Severity.CRITICAL, "the stack that makes it fails, because its name is taken"),
    "PREFLIGHT-RECORD": (Severity.CRITICAL, "Route 53 refuses the site's records, and the stack fails at its end"),
    "PREFLIGHT-RECORD-BESIDE": (Severity.WARNING, "viewers who use IPv6 stay where it leads"),
    "PREFLIGHT-ALIAS": (Severity.CRITICAL, "CloudFront answers CNAMEAlreadyExists, and the edge stack fails"),
    "PREFLIGHT-ALIAS-OVERLAP": (
        Severity.WARNING,
        "viewers of the hostname move to the site's distribution as soon as it has the alias, whatever DNS says",
    ),
    "PREFLIGHT-ZONE": (Severity.CRITICAL, "records and certificate cannot be made, and the edge stack fails"),
    "PREFLIGHT-DELEGATION": (
        Severity.CRITICAL,
        "the certificate waits for a record that the world does not see, and viewers do not find the site",
    ),
    "PREFLIGHT-CAA": (Severity.CRITICAL, "ACM issues no certificate, and the stack that waits for it fails"),
    "PREFLIGHT-REGION": (Severity.CRITICAL, "the stacks in the region cannot be made"),
    "PREFLIGHT-SERVICE": (Severity.CRITICAL, "the stack that uses the service fails"),
    "PREFLIGHT-BOOTSTRAP": (Severity.CRITICAL, "the CDK deploys nothing to the region"),
    "PREFLIGHT-QUOTA": (Severity.CRITICAL, "the stack that goes beyond the quota fails"),
    "PREFLIGHT-STACK": (Severity.CRITICAL, "the deployment fails at this stack"),
    "PREFLIGHT-DISTRIBUTION-ID": (Severity.CRITICAL, "the buckets refuse the site's distribution, and viewers get 403"),
    "PREFLIGHT-PROTECTION": (
        Severity.WARNING,
        "if its first creation fails, the stack is in the way of the next deployment until its protection is lifted",
    ),
    "PREFLIGHT-LEFT-OVER": (Severity.WARNING, "no deployment changes or removes it"),
    "PREFLIGHT-UNKNOWN": (Severity.UNKNOWN, "it may fail for a reason that could not be looked for"),
}
"""Every finding: how bad it is, and what it would do to a deployment."""


class PreflightFinding(findings.Finding):
    """One thing that is in the way of a deployment."""

    catalogue: ClassVar[Catalogue] = CATALOGUE

    effect: str = Field(serialization_alias="deployment")
    """What it would do to a deployment."""

    # Without it, type checkers take the fields for the parameters.
    def __init__(self, id: str, where: str, what: str, remedy: str) -> None:
        super().__init__(id, where, what, remedy)


Findings = Iterator[PreflightFinding]
