"""Checks whether the buckets that the site does not own have what `s3-failover policies` prints."""

import json
from collections.abc import Callable
from typing import Any

from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import POLICIES, DoctorFinding, Findings
from s3_failover.operations.permissions import statements
from s3_failover.operations.refusals import explained, found_or_none
from s3_failover.policies import Document, DocumentKind, documents

_ABSENT = {
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchWebsiteConfiguration",
}

READ: dict[DocumentKind, Callable[[Any, str], Any]] = {
    DocumentKind.POLICY: lambda s3, bucket: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]),
    DocumentKind.PUBLIC_ACCESS: lambda s3, bucket: s3.get_public_access_block(Bucket=bucket)[
        "PublicAccessBlockConfiguration"
    ],
    DocumentKind.WEBSITE: lambda s3, bucket: s3.get_bucket_website(Bucket=bucket),
    DocumentKind.CORS: lambda s3, bucket: s3.get_bucket_cors(Bucket=bucket),
}
"""How to read what a bucket has. Versioning and replication rules are looked at for every bucket; roles are not."""


def look(deployment: Deployment) -> Findings:
    """Return which documents are not on the buckets that the site uses and does not own.

    Those of another account are not looked at: it does not let the site's do that.
    """
    names, apart = deployment.names, deployment.site.replica_regions if deployment.site.replica_account else ()
    logs = (names.access_logs(names.replica_role(region), region) for region in apart)
    theirs = {*map(names.replica, apart), *logs}
    for document in documents(deployment.site, deployment.account.id):
        if document.kind in READ and document.resource not in theirs and not _has(deployment, document):
            where = f"{document.kind.value} of {document.resource} in {document.region}"
            what = f"is not what it must be for this: {document.why}"
            yield DoctorFinding("DOCTOR-EXISTING", where, what, POLICIES)


def _has(deployment: Deployment, document: Document) -> bool:
    client = deployment.client("s3", str(document.region))
    with explained(f"look at the {document.kind.value} of {document.resource}"):
        found = found_or_none(lambda: READ[document.kind](client, document.resource), *_ABSENT)
    if found is None:
        return False
    if document.kind is DocumentKind.POLICY:
        there = [_plain(statement) for statement in statements(found)]
        return all(_plain(statement) in there for statement in document.body["Statement"])
    if document.kind is DocumentKind.CORS:
        return all(rule in found["CORSRules"] for rule in document.body["CORSRules"])
    return all(found.get(name) == value for name, value in document.body.items())


def _plain(value: Any) -> Any:
    """Return a part of a policy so that it equals every other way to write the same."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "Sid"}
    if isinstance(value, list):
        return sorted(map(str, value)) if len(value) != 1 else _plain(value[0])
    return str(value)
