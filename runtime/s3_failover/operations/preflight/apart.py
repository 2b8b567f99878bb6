"""Reports what cannot be checked where another account holds the replicas."""

from collections.abc import Iterator

from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look that tells what has to be asked with other credentials."""
    if ground.site.replica_account is not None:
        yield Look(f"account {ground.site.replica_account}, which holds the replicas", lambda: _untold(ground))


def _untold(ground: Ground) -> Findings:
    site, other = ground.site, str(ground.site.replica_account)
    if ground.stack(site.primary_role, site.primary_region).status:
        # It is deployed after the replicas: they were made.
        return
    what = (
        f"cannot be asked with the credentials of account {ground.account.id}: whether its Block Public Access, "
        "its regions, its bootstrap and its bucket names are as the replicas need them"
    )
    commands = ", ".join(f"`{command}`" for command in _commands(ground, other))
    yield PreflightFinding(
        "PREFLIGHT-UNKNOWN", f"account {other}", what, f"with credentials of that account, run {commands}"
    )


def _commands(ground: Ground, other: str) -> Iterator[str]:
    site, names = ground.site, ground.site.names(ground.account.id)
    if site.secondary.kind.has_public_bucket:
        yield f"aws s3control get-public-access-block --account-id {other} --region {site.replica_regions[0]}"
    for region in site.replica_regions:
        yield f"aws ssm get-parameter --name /cdk-bootstrap/{ground.plan.qualifier}/version --region {region}"
        yield f"aws s3api head-bucket --bucket {names.replica(region)} --region {region}"
