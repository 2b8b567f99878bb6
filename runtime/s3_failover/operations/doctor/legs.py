"""Does each leg serve?"""

from __future__ import annotations

from s3_failover.operations.doctor.finding import Finding, Findings
from s3_failover.operations.doctor.patient import Patient
from s3_failover.operations.legs import legs


def look(patient: Patient) -> Findings:
    """Return which leg does not serve the health object and the index document to a viewer."""
    site = patient.site
    for leg in legs(site, patient.account):
        for key in (site.health_key, ""):
            answer = leg.get(key)
            if answer.status != 200:
                what = f"answers {answer.status or answer.error} for /{key}, expected 200"
                remedy = f"publish {site.index_document}" if not key else "look at the other findings first"
                yield Finding("DOCTOR-LEG", f"{leg.name} of {site.hostname}", what, remedy)
