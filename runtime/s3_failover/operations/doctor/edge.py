"""Checks whether the distribution serves the hostname, with a certificate that covers it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from s3_failover.names.spelling import covers
from s3_failover.names.stacks import Output
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DEPLOY, DoctorFinding, Findings
from s3_failover.operations.refusals import explained

SOON = timedelta(days=30)
"""ACM renews 60 days before the end (ACM User Guide, managed-renewal): with 30 left it has failed for a month."""


def look(deployment: Deployment) -> Findings:
    """Return what is wrong with the distribution and its certificate."""
    identifier = deployment.outputs()[Output.DISTRIBUTION_ID]
    with explained(f"look at the distribution {identifier}", service="cloudfront"):
        found = deployment.client("cloudfront").get_distribution(Id=identifier)["Distribution"]
    config = found["DistributionConfig"]
    where = f"distribution {identifier}"
    if not config["Enabled"]:
        yield DoctorFinding("DOCTOR-DISTRIBUTION", where, "is disabled, expected an enabled one", DEPLOY)
    if found["Status"] != "Deployed":
        what = f"is {found['Status']}, expected Deployed"
        yield DoctorFinding("DOCTOR-DISTRIBUTION", where, what, "wait a few minutes and look again")
    aliases = config["Aliases"].get("Items", [])
    if missing := [each for each in deployment.site.hostnames if each not in aliases]:
        what = f"has the aliases {', '.join(aliases) or 'none'}, expected {', '.join(missing)}"
        yield DoctorFinding("DOCTOR-DISTRIBUTION", where, what, DEPLOY)
    yield from _certificate(deployment, config["ViewerCertificate"].get("ACMCertificateArn"), where)


def _certificate(deployment: Deployment, arn: str | None, where: str) -> Findings:
    if arn is None:
        what = f"has no certificate of ACM, expected one for {deployment.site.hostname}"
        yield DoctorFinding("DOCTOR-CERTIFICATE", where, what, DEPLOY)
        return
    with explained(f"look at the certificate {arn}", service="acm"):
        found = deployment.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    if found["Status"] != "ISSUED":
        what = f"is {found['Status']}, expected ISSUED"
        remedy = "see that its validation records are in the zone and that the zone is delegated"
        yield DoctorFinding("DOCTOR-CERTIFICATE", arn, what, remedy)
    names = found.get("SubjectAlternativeNames") or [found["DomainName"]]
    if uncovered := [each for each in deployment.site.hostnames if not covers(each, names)]:
        what = f"covers {', '.join(names)}, expected {', '.join(uncovered)}"
        yield DoctorFinding(
            "DOCTOR-CERTIFICATE", arn, what, "set certificate_arn to one that covers the hostname, or remove it"
        )
    yield from _ends(arn, found)


def _ends(arn: str, found: dict[str, Any]) -> Findings:
    end = found.get("NotAfter")
    if end is not None and end - datetime.now(UTC) < SOON:
        what = f"ends on {end:%Y-%m-%d} and was not renewed"
        yield DoctorFinding(
            "DOCTOR-CERTIFICATE-EXPIRES", arn, what, "see that its validation records are still in the zone"
        )
