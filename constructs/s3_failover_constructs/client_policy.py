"""What a host's role must be allowed to read through the client and to publish its gauges."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import a_bucket, fits, items, optional_text, text
from s3_failover_constructs.client_alarms import CLIENT_NAMESPACE
from s3_failover_constructs.key_use import keys_of, under_alias
from s3_failover_constructs.managed_policy import JsonManagedPolicy
from s3_failover_constructs.nag import acknowledge_wildcards
from s3_failover_constructs.places import a_region, region_known, url_suffix


class ClientPolicy(JsonManagedPolicy):
    """Defines a managed policy with what the client needs and nothing else, for the roles of the hosts.

    Attach it as the CDK's own: `role.add_managed_policy(policy)`, or `Role(managed_policies=[policy])`.

    Reading objects and versions of every copy; listing the buckets, without which S3 answers 403 for a missing key and
    the client takes the region for misconfigured; publishing to one namespace of CloudWatch in one region. The policy's
    name is CloudFormation's choice. A stack whose policy is still attached cannot be deleted: detach it first.

    Args:
        buckets: the copies that are read, in the order of the regions.
        metrics_region: where the gauges are published.
        namespace: the metrics' namespace; `S3Failover` by default.
        key_alias: the alias of the KMS keys that the copies are encrypted with, the same in each region; by default
            they have S3's own. The buckets then need their region.

    Raises:
        ValueError: no bucket.

    Leaves to you:
        the roles; policies of buckets in other accounts: see `admit_account`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        buckets: Sequence[s3.IBucket],
        metrics_region: str,
        namespace: str = CLIENT_NAMESPACE,
        key_alias: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        items("buckets", buckets)
        for each in buckets:
            a_bucket("buckets", each)
        text("metrics_region", metrics_region)
        a_region("metrics_region", metrics_region)
        text("namespace", namespace)
        optional_text("key_alias", key_alias, values.key_alias)
        if not buckets:
            fits("buckets", [Misfit(buckets, "at least one", "name the copies that hosts read")])
        region_known(self, "buckets", *buckets)
        keys = [keys_of(bucket) for bucket in buckets] if key_alias else []
        objects = [bucket.arn_for_objects("*") for bucket in buckets]
        policy = self._write(
            "s3-failover client: reads the copies of a site, publishes its gauges",
            [
                {
                    "Sid": "ReadObjects",
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                    "Resource": objects,
                },
                {
                    "Sid": "TellMissingFromDenied",
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": [bucket.bucket_arn for bucket in buckets],
                },
                *_on_keys(keys, key_alias, url_suffix(buckets[0].env.region)),
                {
                    "Sid": "PublishGauges",
                    "Effect": "Allow",
                    "Action": "cloudwatch:PutMetricData",
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"cloudwatch:namespace": namespace, "aws:RequestedRegion": metrics_region}
                    },
                },
            ],
        )
        acknowledge_wildcards(
            policy,
            [*objects, *keys, "*"],
            "clients read any object of these buckets; PutMetricData knows no resources and is held to a namespace and "
            "a region",
        )


def _on_keys(keys: Sequence[str], alias: str | None, suffix: str) -> list[dict[str, Any]]:
    if alias is None:
        return []
    statement = {"Sid": "DecryptObjects", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": keys}
    return [{**statement, "Condition": under_alias(alias, suffix)}]
