"""Checks whether a recent drill has proven failover, and whether one has left anything broken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DoctorFinding, Findings
from s3_failover.operations.drill import history
from s3_failover.operations.drill.finish import left_over
from s3_failover.operations.drill.journal import DamagedError, Journal

LATELY = timedelta(days=90)
"""How long a drill proves something: a quarter, in which people, policies and certificates change."""


def look(deployment: Deployment, now: datetime | None = None) -> Findings:
    """Return whether a drill is not undone, and whether the last one is old, failed, or never was."""
    hostname, name = deployment.site.hostname, deployment.site.name
    yield from _not_undone(deployment)
    last = history.read(deployment.site, deployment.account)
    drill = f"run `s3-failover drill deny-primary {name}`"
    if last is None:
        yield DoctorFinding("DOCTOR-DRILL", hostname, "was never drilled, expected a drill each quarter", drill)
    elif not last.held:
        what = f"failed the drill {last.scenario} of {last.end}, expected every expectation to pass"
        yield DoctorFinding("DOCTOR-DRILL", hostname, what, f"fix what failed, then {drill}")
    elif (age := (now or datetime.now(UTC)) - last.ended) > LATELY:
        what = f"was drilled {age.days} days ago ({last.scenario}), expected within {LATELY.days}"
        yield DoctorFinding("DOCTOR-DRILL", hostname, what, drill)


def _not_undone(deployment: Deployment) -> Findings:
    hostname, finish_it = deployment.site.hostname, _finish(deployment)
    try:
        entry = Journal(deployment.site, deployment.account, Path()).read()
    except DamagedError as error:
        yield DoctorFinding("DOCTOR-DRILL-UNDO", hostname, f"has a damaged record of a drill: {error.what}", finish_it)
        entry = None
    if entry is not None:
        what = f"has a drill that is not undone: {entry.told()}; expected none"
        yield DoctorFinding("DOCTOR-DRILL-UNDO", hostname, what, f"wait until it is over, or {finish_it}")


def left(deployment: Deployment) -> Findings:
    """Return what drills left whose records are lost."""
    for what in left_over(Journal(deployment.site, deployment.account, Path())).told():
        told = f"has {what}, which a drill left whose record is lost; expected nothing of drills"
        yield DoctorFinding("DOCTOR-DRILL-UNDO", deployment.site.hostname, told, _finish(deployment))


def _finish(deployment: Deployment) -> str:
    return f"run `s3-failover drill --undo {deployment.site.name}`"
