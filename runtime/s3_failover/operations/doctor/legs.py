"""Checks whether each leg serves."""

from s3_failover.errors import UserError
from s3_failover.operations import emptiness
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import copies
from s3_failover.operations.doctor.finding import DoctorFinding, Findings
from s3_failover.operations.legs import legs

_OTHERS = "look at the other findings first"
_ABSENT = (403, 404)
"""How a leg answers for an object that its bucket lacks: 403 where viewers may not list it."""


def look(deployment: Deployment) -> Findings:
    """Return which leg does not serve the health object and the index document to a viewer."""
    site = deployment.site
    for leg in legs(site, deployment.account):
        for key in (site.health_key, ""):
            answer = leg.get(key)
            if answer.unseen:
                remedy = "look again from a network without that proxy"
                yield DoctorFinding("DOCTOR-UNKNOWN", f"{leg.name} of {site.hostname}", answer.error, remedy)
            elif answer.status != 200:
                what = f"answers {answer.status or answer.error} for /{key}, expected 200"
                remedy = _OTHERS if key or answer.status not in _ABSENT else _remedy(deployment, leg.name)
                yield DoctorFinding("DOCTOR-LEG", f"{leg.name} of {site.hostname}", what, remedy)


def _remedy(deployment: Deployment, leg: str) -> str:
    """Return what brings the index document to a leg that lacks it."""
    site = deployment.site
    publish = f"publish {site.index_document}"
    if leg == "secondary" and not site.secondary.kind.is_ours:
        return f"{publish} there"
    try:
        lacking = copies.lacks(deployment, site.index_document)
    except UserError:
        return _OTHERS
    if site.primary_region in lacking:
        return publish
    return emptiness.remedy(site) if site.replica_regions[0] in lacking else _OTHERS
