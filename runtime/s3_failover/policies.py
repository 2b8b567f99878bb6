"""What must be true of things that a site uses and does not own, as the exact documents of AWS's APIs.

Bucket policies are statements to be added to those that are there; every other document is put as it stands. The same
documents are what `doctor` holds the real ones against.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from s3_failover import checkers, statements
from s3_failover.config import EDGE_REGION, Names, Site
from s3_failover.replication import ReplicationTarget, rule
from s3_failover.results import part


class DocumentKind(StrEnum):
    """What a document is; the values are the ends of the S3 API's and IAM's operations."""

    VERSIONING = "bucket-versioning"
    POLICY = "bucket-policy"
    PUBLIC_ACCESS = "public-access-block"
    WEBSITE = "bucket-website"
    CORS = "bucket-cors"
    REPLICATION = "bucket-replication"
    TRUST = "assume-role-policy"
    ROLE_POLICY = "role-policy"


@part
class Document:
    """One thing that must be true of something that is not ours: a document, and what to put it on."""

    site: str
    """The site's name."""
    kind: DocumentKind
    """What the document is."""
    resource: str
    """A bucket's name, or a role's ARN."""
    region: str | None
    """Where the bucket is; none for a role."""
    why: str
    """What it is for, and when it can be put."""
    body: dict[str, Any]
    """The document."""


def documents(site: Site, account: str) -> list[Document]:
    """Return the policies for everything that a site uses and does not own; empty if it owns all.

    Args:
        site: the site.
        account: the account that the site is deployed to.
    """
    names = site.names(account)
    return [
        *_replicas(site, names),
        *(_primary(site, names) if site.existing.primary_bucket else ()),
        *_log_buckets(site, names),
        *(_cdn_logs(site, names) if site.existing.cdn_log_bucket else ()),
        *_parent_role(site, account),
    ]


def bucket_arn(name: str) -> str:
    """Return a bucket's ARN."""
    return f"arn:aws:s3:::{name}"


def _primary(site: Site, names: Names) -> Iterator[Document]:
    bucket, region = names.primary, site.primary_region
    arn = bucket_arn(bucket)
    yield _versioning(site, bucket, region)
    yield Document(
        site.name,
        DocumentKind.POLICY,
        bucket,
        region,
        "health checkers and the distribution read it, and the health object is safe from deletion by mistake",
        _policy(
            statements.keep_keys(arn, [site.health_key]),
            statements.checkers_read(arn, site.health_key, checkers.ipv4()),
            *statements.distributions_read(arn, _distributions(site, names)),
        ),
    )
    yield Document(
        site.name,
        DocumentKind.REPLICATION,
        bucket,
        region,
        "put it when the primary's stack is there, which makes the role; then copy the health object onto itself once",
        replication(site, names),
    )


def _replicas(site: Site, names: Names) -> Iterator[Document]:
    for region in site.existing.replica_buckets:
        bucket, first = names.replica(region), region == site.replica_regions[0]
        yield _versioning(site, bucket, region)
        if first and site.secondary.kind.has_public_bucket:
            yield from _website(site, bucket, region)
        yield Document(
            site.name,
            DocumentKind.POLICY,
            bucket,
            region,
            "the health object is safe from deletion by mistake, and readers of the copy may",
            _policy(*_replica_statements(site, names, bucket, first=first)),
        )


def _replica_statements(site: Site, names: Names, bucket: str, *, first: bool) -> Iterator[statements.Statement]:
    arn = bucket_arn(bucket)
    yield statements.keep_keys(arn, [site.health_key])
    if first and site.secondary.kind.has_public_bucket:
        yield from statements.anyone_reads(arn)
    if first:
        yield from statements.distributions_read(arn, _distributions(site, names))
    if site.replication_role_arn is not None:
        yield statements.replicas_written(arn, site.replication_role_arn)
        yield from statements.account_reads(arn, names.account)


def _website(site: Site, bucket: str, region: str) -> Iterator[Document]:
    public = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
    yield Document(
        site.name,
        DocumentKind.PUBLIC_ACCESS,
        bucket,
        region,
        "put it before the policy: an S3 website serves public objects only",
        public | {"RestrictPublicBuckets": False},
    )
    documents_of = {"IndexDocument": {"Suffix": site.index_document}, "ErrorDocument": {"Key": site.error_document}}
    yield Document(
        site.name, DocumentKind.WEBSITE, bucket, region, "the SECONDARY record points at this website", documents_of
    )
    if site.cdn.cors_origins:
        why = "scripts of these origins may read it as they may on the distribution"
        yield Document(site.name, DocumentKind.CORS, bucket, region, why, {"CORSRules": [_cors_rule(site)]})


def _cors_rule(site: Site) -> dict[str, Any]:
    allowed = {"AllowedHeaders": ["*"], "AllowedMethods": ["GET", "HEAD"]}
    return allowed | {"AllowedOrigins": list(site.cdn.cors_origins), "MaxAgeSeconds": 3600}


def _log_buckets(site: Site, names: Names) -> Iterator[Document]:
    for region, bucket in site.existing.log_buckets.items():
        logged = _logged(site, names, region)
        if logged is not None:
            name, prefix = logged
            account = (region in site.replica_regions and site.replica_account) or names.account
            statement = statements.access_logs_written(bucket_arn(bucket), prefix, bucket_arn(name), account)
            yield Document(
                site.name,
                DocumentKind.POLICY,
                bucket,
                region,
                f"S3 writes the access logs of {name}",
                _policy(statement),
            )


def _logged(site: Site, names: Names, region: str) -> tuple[str, str] | None:
    """Return the bucket of a region whose access logs we switch on and what its log keys start with."""
    if region == site.primary_region:
        return None if site.existing.primary_bucket else (names.primary, "primary/")
    if region in site.existing.replica_buckets:
        return None
    is_website = region == site.replica_regions[0] and site.secondary.kind.has_public_bucket
    return names.replica(region), "website/" if is_website else "replica/"


def _cdn_logs(site: Site, names: Names) -> Iterator[Document]:
    sources = f"arn:aws:logs:{EDGE_REGION}:{names.account}:delivery-source:*"
    prefix = site.cdn.log_prefix or f"AWSLogs/{names.account}"
    statement = statements.cdn_logs_written(bucket_arn(names.cdn_logs), sources, names.account, prefix=prefix)
    why = "CloudFront's access logs are delivered there"
    yield Document(site.name, DocumentKind.POLICY, names.cdn_logs, EDGE_REGION, why, _policy(statement))


def _parent_role(site: Site, account: str) -> Iterator[Document]:
    parent = site.hosted_zone.parent
    if parent is None or parent.role_arn is None:
        return
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    yield Document(
        site.name, DocumentKind.TRUST, parent.role_arn, None, "the site's account may take this role", _policy(trust)
    )
    write = {
        "Effect": "Allow",
        "Action": "route53:ChangeResourceRecordSets",
        "Resource": f"arn:aws:route53:::hostedzone/{parent.id}",
        "Condition": {
            "ForAllValues:StringEquals": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": [site.hosted_zone.name],
                "route53:ChangeResourceRecordSetsRecordTypes": ["NS"],
                "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
            }
        },
    }
    yield Document(
        site.name, DocumentKind.ROLE_POLICY, parent.role_arn, None, "and write this one delegation", _policy(write)
    )


def replication(site: Site, names: Names) -> dict[str, Any]:
    """Return the body of PutBucketReplication for a primary bucket that is not ours."""
    return {
        "Role": f"arn:aws:iam::{names.account}:role/{site.replication_role}",
        "Rules": [
            rule(
                route.rule_id,
                priority,
                ReplicationTarget(bucket_arn(names.copy(route.destination)), route.prefix, owner=site.replica_account),
                delete_markers=site.replication.delete_markers,
                time_control=site.replication.time_control,
                two_way=False,
            )
            for priority, route in enumerate(site.routes, start=1)
        ],
    }


def _versioning(site: Site, bucket: str, region: str) -> Document:
    why = "replication needs it on both sides; expire noncurrent versions, which pile up"
    return Document(site.name, DocumentKind.VERSIONING, bucket, region, why, {"Status": "Enabled"})


def _distributions(site: Site, names: Names) -> str:
    return f"arn:aws:cloudfront::{names.account}:distribution/{site.distribution_id or '*'}"


def _policy(*statements_: statements.Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements_)}
