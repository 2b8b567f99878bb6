"""Checks how much of the account's quotas is in use, for which no alarm of a site looks out."""

from s3_failover.config import Site
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DoctorFinding, Findings
from s3_failover.operations.permissions import Policy
from s3_failover.operations.preflight import quotas
from s3_failover.operations.preflight.ground import Ground, PreflightPlan


def look(deployment: Deployment) -> Findings:
    """Return the quotas of which more is in use than the site's share for a warning."""
    percent = deployment.site.alarms.quota_percent
    for use in quotas.uses(_ground(deployment.site, deployment.account)):
        if use.used * 100 > use.limit * percent:
            what = f"are {use.used} of {use.limit}{use.source}, expected at most {percent} %"
            remedy = "ask for more in Service Quotas or with AWS Support before the next site needs it"
            yield DoctorFinding("DOCTOR-QUOTA", f"{use.what} of account {deployment.account.id}", what, remedy)


def needs(site: Site, account: Account) -> list[Policy]:
    """Return the statements of the least IAM policy that lets a user look."""
    return list(quotas.needs(_ground(site, account)))


def _ground(site: Site, account: Account) -> Ground:
    return Ground(PreflightPlan(site), account)
