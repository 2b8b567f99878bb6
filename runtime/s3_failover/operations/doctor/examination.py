"""Runs all checks of `doctor`, in the order in which an operator would look."""

import functools
from collections.abc import Callable

import dns.resolver

from s3_failover.config import EDGE_REGION, Site
from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions, findings, left_over, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import alarms, copies, drills, edge, evacuation, existing, legs, quotas, stacks
from s3_failover.operations.doctor import dns as names
from s3_failover.operations.doctor.finding import DoctorFinding, Findings
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.preflight import deployed as before
from s3_failover.operations.preflight import public_access
from s3_failover.operations.refusals import DeniedError, UnavailableError
from s3_failover.operations.together import Later
from s3_failover.policies import documents

Look = Callable[[Deployment], Findings]


class Diagnosis(findings.Examined[DoctorFinding]):
    """What `doctor` found."""

    tested: tuple[str, ...]
    """The topics through which --fire-test sent a test."""


_SECONDS = 60.0
"""How long all regions together may take to list their stacks."""

PATIENCE = 75.0
"""How many seconds one part may take."""

_AFTER_SILENCE = 15.0
"""The same, once something has not answered."""

_METRICS = ("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics")


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets a doctor look at everything, and send a test through every topic."""
    buckets = permissions.buckets(site, account)
    zone = f"arn:aws:route53:::hostedzone/{site.hosted_zone.id or '*'}"
    # Where objects may be listed, S3 answers 404 instead of 403 for what is missing (S3 API, GetObject).
    settings = [
        "s3:GetBucketPolicy",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
    ]
    others = sorted({document.resource for document in documents(site, account.id) if document.kind in existing.READ})
    theirs = ["s3:GetBucketCORS", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketWebsite"]
    checks = ["route53:GetHealthCheck", "route53:GetHealthCheckStatus"]
    everywhere = [*_METRICS, "route53:GetCheckerIpRanges"]
    topics = f"arn:aws:sns:*:{account.id}:{site.naming.stacks}*"
    by_topics = {"StringLike": {"kms:ViaService": "sns.*.amazonaws.com"}}
    stacks = ["cloudformation:DescribeStacks", "cloudformation:ListStackResources"]
    return permissions.policy(
        left_over.NEED,
        public_access.NEED,
        enabled_regions.NEED,
        allow(stacks, [permissions.stacks(site, account)]),
        allow(["iam:SimulatePrincipalPolicy"], [f"arn:aws:iam::{account.id}:role/*"]),
        allow(["cloudfront:GetDistribution"], [permissions.distributions(account)]),
        allow(["acm:DescribeCertificate"], [f"arn:aws:acm:{EDGE_REGION}:{account.id}:certificate/*"]),
        allow(["route53:GetHostedZone", "route53:ListResourceRecordSets"], [zone]),
        allow(checks, ["arn:aws:route53:::healthcheck/*"]),
        allow(settings, buckets),
        allow(["s3:ListBucket"], [f"arn:aws:s3:::{name}" for name in site.names(account.id).buckets]),
        allow(theirs, [f"arn:aws:s3:::{name}" for name in others]) if others else None,
        allow(["s3:GetObject"], permissions.objects(buckets)),
        permissions.keys(site, account, ["kms:Decrypt"]),
        allow(["sns:ListSubscriptionsByTopic", "sns:Publish"], [topics]),
        # Who publishes to an encrypted topic needs its key (SNS Developer Guide, sns-key-management).
        allow(permissions.KMS, [f"arn:aws:kms:*:{account.id}:key/*"]) | {"Condition": by_topics},
        allow(["ssm:GetParameters"], [permissions.record(site, account, "*")]),
        allow(everywhere, ["*"]),
        *quotas.needs(site, account),
    )


def _distribution_id(deployment: Deployment) -> Findings:
    ids = list(deployment.edge.of("AWS::CloudFront::Distribution"))
    found = before.stale(deployment.site, ids[0]) if ids else ()
    return DoctorFinding.of("DOCTOR-DISTRIBUTION-ID", found)


def _left_over(deployment: Deployment) -> Findings:
    looked = left_over.everywhere([deployment.site], deployment.account, seconds=_SECONDS)
    for left in looked.found:
        yield DoctorFinding("DOCTOR-LEFT-OVER", left.where, left.what, left.remedy)
    if looked.error:
        raise looked.error


def _public_access(deployment: Deployment) -> Findings:
    return DoctorFinding.of("DOCTOR-PUBLIC-ACCESS", public_access.blocked(deployment.site, deployment.account))


def _looked(look: Look, deployment: Deployment) -> list[DoctorFinding]:
    return list(look(deployment))


def _remedy(error: UserError) -> str:
    if isinstance(error, UnavailableError):
        return "see with `s3-failover status` what is down, and look again when it answers"
    return "grant what is missing, or deploy what is not there, and look again"


def examine(
    site: Site,
    account: Account,
    *,
    resolver: dns.resolver.Resolver | None = None,
    fire_test: bool = False,
    patience: float = PATIENCE,
    say: Callable[[str], None],
) -> Diagnosis:
    """Look at everything, and return the worst first; what cannot be looked at is a finding too.

    The resolver asks the world's DNS, by default as this machine does. `fire_test` is whether to send a test through
    every topic, last of all. `patience` is how many seconds one part may take; less once something has not answered.
    """
    deployment, tested = Deployment(site, account), list[str]()
    parts: dict[str, Look] = {
        "stacks": stacks.look,
        "termination protection": stacks.protection,
        "distribution_id": _distribution_id,
        "stacks that left the file": _left_over,
        "Block Public Access of the account": _public_access,
        "distribution and certificate": edge.look,
        "delegation": lambda deployment: names.delegation(deployment, resolver),
        "accelerated recovery of the zone": names.recovery,
        "records": names.records,
        "health checks": names.checks,
        "evacuation": evacuation.look,
        "health object": copies.health_object,
        "content of replicas": copies.content,
        "pages": copies.pages,
        "buckets that were there": existing.look,
        "customers' keys": copies.customer_keys,
        "replication": copies.replication,
        "failed replication": copies.failures,
        "replication role": copies.role,
        "bucket policies": copies.policies,
        "checkers' addresses": copies.checker_ranges,
        "legs": legs.look,
        "alarms": alarms.look,
        "subscribers": alarms.subscribers,
        "quotas": quotas.look,
        "drills": drills.look,
        "what drills left": drills.left,
    }
    if fire_test:
        parts["a test through every topic"] = lambda deployment: alarms.fire_test(deployment, tested)
    found: list[DoctorFinding] = []
    denied = False
    for part, look in parts.items():
        say(f"looking at {part}")
        try:
            found += Later(functools.partial(_looked, look, deployment)).within(patience)
        except UserError as error:
            denied = denied or isinstance(error, DeniedError)
            found.append(DoctorFinding("DOCTOR-UNKNOWN", part, str(error), _remedy(error)))
            if isinstance(error, UnavailableError):
                # What the next parts ask may be lost with it: together they must not take an hour.
                patience = min(patience, _AFTER_SILENCE)
    return Diagnosis(
        site=site.name,
        looked_at=tuple(parts),
        findings=findings.worst_first(found),
        tested=tuple(tested),
        denied=denied,
    )
