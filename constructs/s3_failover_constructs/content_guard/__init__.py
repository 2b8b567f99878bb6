"""What stops a deployment that would send viewers to a copy without content."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover_constructs.arguments import a_bucket, flag, text, texts
from s3_failover_constructs.deploy_writer import DeployWriter, deploy_writer
from s3_failover_constructs.nag import acknowledge_wildcards
from s3_failover_constructs.places import region_known, regions_apart

_HANDLER = Path(__file__).parent / "handler" / "index.py"


class ContentGuard(Construct):
    """Defines a custom resource that fails an update by which viewers would lose what they get now.

    It looks when the primary or the secondary of a site becomes another bucket: a new primary must have what the former
    one holds, or the secondary where the former one's region does not answer, and the secondary what the primary holds,
    by a sample of keys. What is deployed for the first time is not looked at. A rollback and a deletion always pass,
    and a deployment that changes neither bucket asks nothing.

    Whatever sends viewers to the buckets must wait for `resource`.

    Attributes:
        resource: the custom resource, for which whatever sends viewers to the buckets must wait.

    Args:
        primary: the bucket behind the distribution, with its region.
        secondary: the first replica's bucket, with its region.
        health_key: the key of the health object, which counts as no content; `_s3-failover/health.txt` by default.
        former: ARN patterns of buckets that may have been the primary before: they are listed, not read. An update that
            comes from another bucket passes only with `accepted`.
        prefixes: what the keys that are copied start with; all keys are by default.
        accepted: lets every change pass; false by default.

    Leaves to you:
        copies: it looks, and copies nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        primary: s3.IBucket,
        secondary: s3.IBucket,
        health_key: str = HEALTH_KEY,
        former: Sequence[str] = (),
        prefixes: Sequence[str] = (),
        accepted: bool = False,
    ) -> None:
        super().__init__(scope, id)
        a_bucket("primary", primary)
        a_bucket("secondary", secondary)
        region_known(self, "primary", primary)
        region_known(self, "secondary", secondary)
        regions_apart(primary, "secondary", secondary)
        text("health_key", health_key, values.health_key)
        texts("former", former)
        texts("prefixes", prefixes)
        flag("accepted", accepted)
        writer = self._looker([primary.bucket_arn, secondary.bucket_arn, *former])
        self.resource = writer.resource(
            self,
            "Change",
            resource_type="Custom::ContentGuard",
            properties={
                "Primary": _place(primary),
                "Secondary": _place(secondary),
                "HealthKey": health_key,
                "Prefixes": list(prefixes),
                "Accepted": "true" if accepted else "false",
            },
        )

    def _looker(self, buckets: Sequence[str]) -> DeployWriter:
        stack = Stack.of(self)
        stacks = stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*")
        writer = deploy_writer(
            self,
            handler=_HANDLER,
            description="Looks on deploy whether copies have content",
            policy_name="look-for-content",
            statements=[
                {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": list(buckets)},
                {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": stacks},
            ],
        )
        reason = "the former primary is unknown to the template: buckets named for this site are listed, never read"
        acknowledge_wildcards(writer.permissions, [arn for arn in buckets if arn.endswith("*")], reason)
        acknowledge_wildcards(writer.permissions, [stacks], "the end of a stack's ARN is made up by CloudFormation")
        return writer


def _place(bucket: s3.IBucket) -> dict[str, Any]:
    return {"Bucket": bucket.bucket_name, "Region": bucket.env.region}
