"""Statements in the policies of buckets, keys and topics."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def add_to_bucket(bucket: s3.IBucket, statement: Mapping[str, Any]) -> iam.PolicyStatement:
    """Add a statement to a bucket's policy, under an id that the policy has not yet; return it.

    One bucket may take the logs of several others, or admit several accounts, and IAM demands that ids differ (IAM User
    Guide, reference_policies_elements_sid). The CDK adds nothing to the policy of an imported bucket.
    """
    taken = _ids(bucket.policy.document) if bucket.policy is not None else frozenset()
    added = iam.PolicyStatement.from_json({**statement, "Sid": distinct(statement["Sid"], taken)})
    bucket.add_to_resource_policy(added)
    return added


def distinct(sid: str, taken: frozenset[str]) -> str:
    """Return an id, with a number at its end where it is taken."""
    if sid not in taken:
        return sid
    return next(each for number in range(2, len(taken) + 3) if (each := f"{sid}{number}") not in taken)


def _ids(document: iam.PolicyDocument) -> frozenset[str]:
    written = document.to_json() or {}
    return frozenset(each["Sid"] for each in written.get("Statement", []) if "Sid" in each)
