"""The external secondary: what another provider's CDN needs to read the first replica."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover_constructs import OriginPolicy
from stacks.replication_wiring import first_replica


class ExternalStack(Stack):
    """Defines the policy for the user whose key signs the other CDN's requests, and tells what to set up there."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: external secondary of {region}", **kwargs)
        bucket = first_replica(self, site)
        policy = OriginPolicy(self, "OriginPolicy", bucket=bucket, encrypted=site.key_alias is not None)
        cdn = site.secondary.hostname
        for key, value, description in (
            ("ExternalCdnHostnames", f"{site.hostname} {cdn}", "The other CDN must answer for both, with HTTPS"),
            ("ExternalCdnOrigin", bucket.bucket_regional_domain_name, "Its origin, private: requests must be signed"),
            ("ExternalCdnOriginPolicyArn", policy.policy_arn, "Attach it to the user whose key signs them"),
            ("ExternalCdnHealthUrl", f"https://{cdn}/{site.health_key}", "Must answer 200 and must not be cached"),
        ):
            CfnOutput(self, key, value=value, description=description)
