"""Checks whether the stacks exist, are complete and are the site's own."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from s3_failover.config import StackRole
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor.finding import DEPLOY, DoctorFinding, Findings
from s3_failover.operations.refusals import code, explained

COMPLETE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""Statuses of a stack whose last operation succeeded (CloudFormation API, Stack)."""

ADOPT = "npx cdk deploy --all --import-existing-resources"
"""Deploys, and takes buckets of the site that no stack has into the stacks that name them."""


def look(deployment: Deployment) -> Findings:
    """Return what is wrong with the stacks themselves, each with the commands that lead out of it."""
    for stack in deployment.stacks:
        if stack.owner not in ("", deployment.site.hostname):
            yield _of_another(deployment, stack)
        elif not stack.status:
            yield _finding(stack, "is missing, expected a stack", _missing(deployment, stack))
        elif stack.status not in COMPLETE:
            what = f"is {stack.status}, expected a complete stack"
            yield _finding(stack, what, remedy(deployment, stack))


def protection(deployment: Deployment) -> Findings:
    """Return whether complete stacks lack the termination protection that the configuration can give them now."""
    site = deployment.site
    buckets = [stack for stack in deployment.stacks if stack.role in WITH_BUCKETS and stack.status in COMPLETE]
    regions = [stack.region for stack in buckets if stack.region not in site.protected_regions]
    lines = [f"protected_regions = {_toml([*site.protected_regions, *regions])}"] if regions else []
    if site.distribution_id is None and deployment.edge.status in COMPLETE:
        ids = list(deployment.edge.of("AWS::CloudFront::Distribution"))
        lines += [f'distribution_id = "{ids[0]}"'] if ids else []
    if lines:
        what = "has complete stacks without termination protection, expected it on all that hold content or records"
        todo = f"set in failover.toml, below [sites.{site.name}]: {'; '.join(lines)}; then {DEPLOY}"
        yield DoctorFinding("DOCTOR-PROTECTION", site.hostname, what, todo)


WITH_BUCKETS = (StackRole.PRIMARY, StackRole.REPLICA, StackRole.WEBSITE)
"""What stacks with content buckets hold."""


def remedy(deployment: Deployment, stack: Stack) -> str:
    """Return the commands that lead out of a stack's status, as they can be pasted.

    The CDK CLI deletes a stack whose creation failed before it creates it again, unless the stack is protected.
    Deletion keeps buckets, so where a stack is deleted by hand the next deployment has to adopt them.
    """
    named = f"--stack-name {stack.name} --region {stack.region}"
    unlock = f"aws cloudformation update-termination-protection --no-enable-termination-protection {named}"
    first = f"`{unlock}`, then " if stack.protected else ""
    delete = f"`aws cloudformation delete-stack {named}`, `aws cloudformation wait stack-delete-complete {named}`"
    events = f"`aws cloudformation describe-events {named}` names the cause; remove it, then "
    match stack.status:
        case "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE":
            return f"{events}{first}`npx cdk deploy --all`"
        case "ROLLBACK_FAILED":
            return f"{events}{first}{adopting(deployment)}"
        case "CREATE_FAILED" | "DELETE_FAILED":
            return f"{events}{first}{delete}, {adopting(deployment)}"
        case "UPDATE_FAILED" | "UPDATE_ROLLBACK_FAILED":
            return f"{events}`npx cdk rollback {stack.name}`, `npx cdk deploy --all`"
        case status if status.endswith("_IN_PROGRESS"):
            return f"wait until it is over, then run `s3-failover doctor {deployment.site.name}` again"
        case _:
            return f"{events}`npx cdk deploy --all`"


def _missing(deployment: Deployment, stack: Stack) -> str:
    kept = [name for name in _buckets(deployment, stack) if _is_there(deployment, name, stack.region)]
    if not kept:
        return DEPLOY
    return f"no stack has {' and '.join(kept)}, which the site names: to adopt them, {adopting(deployment)}"


def adopting(deployment: Deployment) -> str:
    """Return how buckets that no stack has are adopted: CloudFormation finds those whose names are literals."""
    site = deployment.site
    literal = "" if site.account else f'set account = "{deployment.account.id}" below [sites.{site.name}], then '
    return f"{literal}`{ADOPT}`"


def _buckets(deployment: Deployment, stack: Stack) -> Iterator[str]:
    """Return the names of the buckets that a stack makes."""
    names, existing, role, region = deployment.names, deployment.site.existing, stack.role, stack.region
    if role in WITH_BUCKETS:
        yield names.copy(region)
        if region not in existing.log_buckets and deployment.site.access_logs:
            yield names.access_logs(role, region)
    elif role is StackRole.EVACUATION:
        yield names.evacuation
    elif role is StackRole.EDGE and existing.cdn_log_bucket is None and deployment.site.access_logs:
        yield names.cdn_logs


def _is_there(deployment: Deployment, bucket: str, region: str) -> bool:
    with explained(f"look for the bucket {bucket}", service="s3"):
        try:
            deployment.client("s3", region).head_bucket(Bucket=bucket, ExpectedBucketOwner=deployment.account.id)
        except ClientError as error:
            if code(error) in ("404", "403", "NoSuchBucket"):
                return False
            raise
    return True


def _of_another(deployment: Deployment, stack: Stack) -> DoctorFinding:
    what = f"belongs to {stack.owner}, expected {deployment.site.hostname}"
    todo = "leave it as it is: rename the hostname in the file, or deploy to another account"
    return _finding(stack, what, todo)


def _finding(stack: Stack, what: str, todo: str) -> DoctorFinding:
    return DoctorFinding("DOCTOR-STACK", f"{stack.name} in {stack.region}", what, todo)


def _toml(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
