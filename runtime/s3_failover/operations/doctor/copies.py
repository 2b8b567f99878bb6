"""Checks whether the buckets hold what they must, and whether each replica gets what is published."""

import functools
import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from s3_failover.checkers import split
from s3_failover.names.stacks import Output
from s3_failover.operations import emptiness, permissions
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DEPLOY, POLICIES, DoctorFinding, Findings
from s3_failover.operations.refusals import explained, found_or_none
from s3_failover.operations.status import replication as lag


def health_object(deployment: Deployment) -> Findings:
    """Return where the health object is missing, or another."""
    key = deployment.site.health_key
    bodies: dict[str, bytes] = {}
    for region, bucket in deployment.copies.items():
        found = _object(deployment, region, bucket, key)
        if found is None:
            remedy = (
                DEPLOY
                if region == deployment.site.primary_region
                else "see whether replication works, then deploy again"
            )
            yield DoctorFinding("DOCTOR-HEALTH-OBJECT", f"{bucket} in {region}", f"has no {key}, expected one", remedy)
            continue
        bodies[region] = found[0]
        if found[1] == "FAILED":
            what = f"{key} was not replicated: its status is FAILED"
            yield DoctorFinding(
                "DOCTOR-REPLICATION-FAILED", f"{bucket} in {region}", what, "look at the replication role's policy"
            )
    if len(set(bodies.values())) > 1:
        what = f"{key} differs between {' and '.join(bodies)}, expected the same everywhere"
        yield DoctorFinding("DOCTOR-HEALTH-OBJECT", deployment.site.hostname, what, "run s3-failover verify")


def content(deployment: Deployment) -> Findings:
    """Return which replicas hold nothing but the health object while the primary holds content."""
    site, account = deployment.site, deployment.account
    if emptiness.is_empty(site, account, site.primary_region):
        return
    for region in site.replica_regions:
        if emptiness.is_empty(site, account, region):
            what = "holds nothing but the health object: what is in the primary is not in the replica, expected it"
            where = f"{deployment.copies[region]} in {region}"
            yield DoctorFinding("DOCTOR-COPY-EMPTY", where, what, emptiness.remedy(site))


def pages(deployment: Deployment) -> Findings:
    """Return which pages that the site names were never published, or have not arrived."""
    site = deployment.site
    named = {
        "index_document": site.index_document,
        "error_document": "" if site.cdn.single_page_app else site.error_document,
        "cdn.maintenance_page": site.cdn.maintenance_page or "",
    }
    for setting, key in named.items():
        if lacking := lacks(deployment, key) if key else ():
            where = " and ".join(f"{deployment.copies[region]} in {region}" for region in lacking)
            remedy = emptiness.remedy(site)
            if site.primary_region in lacking:
                remedy = f"publish {key}, or change the setting {setting}"
            what = f"is not in {where}, expected it in every copy"
            yield DoctorFinding("DOCTOR-PAGE", f"{key} ({setting})", what, remedy)


def lacks(deployment: Deployment, key: str) -> tuple[str, ...]:
    """Return the regions whose copies lack an object."""
    return tuple(region for region, bucket in deployment.copies.items() if not _object(deployment, region, bucket, key))


def _object(deployment: Deployment, region: str, bucket: str, key: str) -> tuple[bytes, str] | None:
    with explained(f"read {key} from {bucket}"):
        client = deployment.client("s3", region)
        found = found_or_none(lambda: client.get_object(Bucket=bucket, Key=key), "NoSuchKey", "404")
        return None if found is None else (found["Body"].read(), found.get("ReplicationStatus", ""))


def replication(deployment: Deployment) -> Findings:
    """Return what is wrong with the replication rules and with what they need.

    Where a function copies there are no rules and no versions; its queue has alarms of its own.
    """
    if not deployment.site.versioned:
        return
    rules = {region: _rules(deployment, region) for region in {route.source for route in deployment.site.routes}}
    for route in deployment.site.routes:
        rule = rules[route.source].get(route.rule_id)
        where = f"replication from {route.source} to {route.destination} ({route.rule_id})"
        if rule is None:
            yield DoctorFinding(
                "DOCTOR-REPLICATION", where, "has no rule, expected one", _for_rules(deployment, route.source)
            )
        else:
            yield from _rule(rule, f"arn:aws:s3:::{deployment.copies[route.destination]}", where)
    for region, bucket in deployment.own.items():
        with explained(f"look at the versioning of {bucket}"):
            status = deployment.client("s3", region).get_bucket_versioning(Bucket=bucket).get("Status", "off")
        if status != "Enabled":
            what = f"has versioning {status}, expected Enabled"
            yield DoctorFinding("DOCTOR-VERSIONING", f"{bucket} in {region}", what, DEPLOY)


def customer_keys(deployment: Deployment) -> Findings:
    """Return which buckets take uploads that are encrypted with a customer's key (SSE-C)."""
    for region, bucket in deployment.own.items():
        client = deployment.client("s3", region)
        with explained(f"look at the encryption of {bucket}"):
            found: Any = found_or_none(
                functools.partial(client.get_bucket_encryption, Bucket=bucket),
                "ServerSideEncryptionConfigurationNotFoundError",
            )
        rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else ()
        blocked = [kind for rule in rules for kind in rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", ())]
        if "SSE-C" not in blocked:
            what = "takes uploads with customer-provided keys (SSE-C), expected to block them"
            yield DoctorFinding("DOCTOR-SSE-C", f"{bucket} in {region}", what, _BLOCK)


_BLOCK = (
    "deploy again with `npx cdk deploy --all`; a bucket that was there already: put BlockedEncryptionTypes with SSE-C "
    "into its default encryption, with `aws s3api put-bucket-encryption`"
)


def _for_rules(deployment: Deployment, region: str) -> str:
    """Return the remedy for a copy's rules: a deployment, or for an existing bucket its owner's own hands (ADR 19)."""
    existing = deployment.site.existing
    owned = (
        existing.primary_bucket if region == deployment.site.primary_region else existing.replica_buckets.get(region)
    )
    return f"{POLICIES}, after `npx cdk deploy --all`, which makes the role that the rules name" if owned else DEPLOY


def failures(deployment: Deployment) -> Findings:
    """Return which rules failed to replicate objects in the last day, by CloudWatch's count."""
    found = {name: look() for name, look in lag.looks(deployment.site, deployment.account).items()}
    for each in lag.lags(deployment.site, dict(found)) if found else ():
        if each.failed:
            where = f"replication from {each.source} to {each.destination} ({each.rule_id})"
            what = f"failed {each.failed:.0f} times in the last day, expected never"
            again = f"`s3-failover backfill {deployment.site.name}`"
            remedy = f"look at the replication role and at the replica, then run {again}"
            yield DoctorFinding("DOCTOR-REPLICATION-FAILED", where, what, remedy)


REPLICATES = ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")
"""What the role must be allowed on a replica's objects (S3 User Guide, setting-repl-config-perm-overview)."""


def role(deployment: Deployment) -> Findings:
    """Return what the role that S3 replicates with may not do, by IAM's own simulation of its policies."""
    if not deployment.site.versioned:
        return
    for region in {route.source for route in deployment.site.routes}:
        arn = _configuration(deployment, region).get("Role")
        targets = [deployment.copies[route.destination] for route in deployment.site.routes if route.source == region]
        for bucket in targets if arn else ():
            with explained(f"simulate what {arn} may do", service="iam"):
                results = deployment.client("iam").simulate_principal_policy(
                    PolicySourceArn=arn, ActionNames=list(REPLICATES), ResourceArns=[f"arn:aws:s3:::{bucket}/*"]
                )["EvaluationResults"]
            denied = [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
            if denied:
                what = f"may not {' or '.join(denied)} in {bucket}, expected to replicate there"
                yield DoctorFinding("DOCTOR-REPLICATION", f"role {arn}", what, DEPLOY)


def _rules(deployment: Deployment, region: str) -> dict[str, Any]:
    return {rule["ID"]: rule for rule in _configuration(deployment, region).get("Rules", ())}


def _configuration(deployment: Deployment, region: str) -> dict[str, Any]:
    bucket = deployment.copies[region]
    with explained(f"look at the replication of {bucket}"):
        client = deployment.client("s3", region)
        found: dict[str, Any] | None = found_or_none(
            lambda: client.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"],
            "ReplicationConfigurationNotFoundError",
        )
    return found or {}


def _rule(rule: dict[str, Any], bucket: str, where: str) -> Findings:
    if rule["Status"] != "Enabled":
        yield DoctorFinding("DOCTOR-REPLICATION", where, f"is {rule['Status']}, expected Enabled", DEPLOY)
    if rule["Destination"]["Bucket"] != bucket:
        what = f"goes to {rule['Destination']['Bucket']}, expected {bucket}"
        yield DoctorFinding("DOCTOR-REPLICATION", where, what, DEPLOY)
    if rule["Destination"].get("Metrics", {}).get("Status") != "Enabled":
        what = "publishes no metrics, expected them for the alarms"
        yield DoctorFinding("DOCTOR-REPLICATION-METRICS", where, what, DEPLOY)


def policies(deployment: Deployment) -> Findings:
    """Return which bucket does not admit the distribution that reads from it."""
    distribution = deployment.outputs()[Output.DISTRIBUTION_ID]
    if deployment.site.distribution_id not in (None, distribution):
        # The policies admit the one that the file names: another finding says what to do.
        return
    arn = f"arn:aws:cloudfront::{deployment.account.id}:distribution/{distribution}"
    readers = [deployment.site.primary_region]
    if deployment.site.reads_replica_through_distribution:
        readers.append(deployment.site.replica_regions[0])
    for region, bucket in deployment.own.items():
        if region not in readers:
            continue
        if not any(_admits(statement, arn) for statement in _statements(deployment, region, bucket)):
            what = f"has no statement that lets {arn} read, expected one"
            yield DoctorFinding("DOCTOR-POLICY", f"policy of {bucket} in {region}", what, DEPLOY)


def _statements(deployment: Deployment, region: str, bucket: str) -> list[dict[str, Any]]:
    with explained(f"look at the policy of {bucket}"):
        client = deployment.client("s3", region)
        found = found_or_none(lambda: client.get_bucket_policy(Bucket=bucket)["Policy"], "NoSuchBucketPolicy")
    return permissions.statements(json.loads(found)) if found else []


def _admits(statement: dict[str, Any], arn: str) -> bool:
    principal = statement.get("Principal")
    services = _each(principal.get("Service", ())) if isinstance(principal, dict) else []
    if statement["Effect"] != "Allow" or "cloudfront.amazonaws.com" not in services:
        return False
    patterns = [
        pattern
        for operator in statement.get("Condition", {}).values()
        for name, values in operator.items()
        if name.lower() == "aws:sourcearn"
        for pattern in _each(values)
    ]
    reads = any(fnmatchcase("s3:getobject", action.lower()) for action in _each(statement.get("Action", ())))
    return reads and (not patterns or any(fnmatchcase(arn, pattern) for pattern in patterns))


def _each(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def checker_ranges(deployment: Deployment) -> Findings:
    """Return whether the primary's policy admits the addresses from which Route 53 checks."""
    with explained("ask for the checkers' addresses", service="route53"):
        ipv4, _ = split(deployment.client("route53").get_checker_ip_ranges()["CheckerIpRanges"])
    names = deployment.names
    admitted = {
        address
        for statement in _statements(deployment, deployment.site.primary_region, names.primary)
        if statement["Effect"] == "Allow"
        for address in _each(statement.get("Condition", {}).get("IpAddress", {}).get("aws:SourceIp", ()))
    }
    # The checks ask S3's endpoint without IPv6.
    missing = sorted(set(ipv4) - admitted)
    if missing:
        what = f"does not admit {len(missing)} of {len(ipv4)} ranges of the checkers, {missing[0]} among them"
        remedy = f"run `s3-failover checker-ranges --write`, then {DEPLOY}"
        yield DoctorFinding("DOCTOR-CHECKER-RANGES", f"policy of {names.primary}", what, remedy)
