"""Checks whether a forgotten evacuation keeps viewers at the secondary."""

from s3_failover.operations import notes
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DoctorFinding, Findings
from s3_failover.operations.evacuation import switch


def look(deployment: Deployment) -> Findings:
    """Return the evacuation that keeps viewers at the secondary, as a finding."""
    site, account = deployment.site, deployment.account
    if switch.is_on(site, account):
        what = f"{switch.told(notes.read(site, account).evacuation)}, expected them at the primary"
        remedy = f"run `s3-failover return {site.name}`"
        yield DoctorFinding("DOCTOR-EVACUATED", switch.place(site, account), what, remedy)
