"""Checks whether a forgotten hold keeps viewers at the secondary."""

from s3_failover.operations import notes
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DoctorFinding, Findings


def look(deployment: Deployment) -> Findings:
    """Return the hold that keeps viewers at the secondary, as a finding."""
    site = deployment.site
    held = notes.read(site, deployment.account).hold
    if held is not None:
        where = f"{notes.name(site, notes.HOLD)} in {site.replica_regions[0]}"
        what = f"says that {held.get('by')} holds viewers at the secondary since {held.get('begin')}, expected no hold"
        remedy = f"run `s3-failover failback {site.name}`, then with --release"
        yield DoctorFinding("DOCTOR-HOLD", where, what, remedy)
