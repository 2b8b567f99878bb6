"""The external secondary: what another provider's CDN needs to read the first replica."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import ExternalOriginReadPolicy
from s3_failover_stacks.outputs import output
from s3_failover_stacks.replication_wiring import first_replica


class ExternalStack(Stack):
    """Defines the policy for the user whose key signs the other CDN's requests, and tells what to set up there.

    Attributes:
        origin_policy: what that user needs.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: external secondary of {region}", **kwargs)
        bucket = first_replica(self, site)
        self.origin_policy = ExternalOriginReadPolicy(
            self, "OriginPolicy", bucket=bucket, encrypted=site.key_alias is not None
        )
        cdn = site.secondary.hostname
        hostnames, health = f"{' '.join(site.hostnames)} {cdn}", f"https://{cdn}/{site.health_key}"
        meant = "all of them" if site.aliases else "both"
        output(self, Output.EXTERNAL_CDN_HOSTNAMES, hostnames, f"The other CDN must answer for {meant}, with HTTPS")
        origin = bucket.bucket_regional_domain_name
        output(self, Output.EXTERNAL_CDN_ORIGIN, origin, "Its origin, private: requests must be signed")
        signer = "Attach it to the user whose key signs them"
        output(self, Output.EXTERNAL_CDN_ORIGIN_POLICY_ARN, self.origin_policy.managed_policy_arn, signer)
        output(self, Output.EXTERNAL_CDN_HEALTH_URL, health, "Must answer 200 and must not be cached")
