"""What answers for a further hostname when DNS has moved: an S3 website that leads to another hostname."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import fits, removal, text
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.same_bucket import take_name
from s3_failover_constructs.website_replica_bucket import website_endpoint

_EMPTY = {
    "AwsSolutions-S1": "it holds nothing and answers every request with a redirect",
    "AwsSolutions-S5": "it holds nothing: its website redirects, and no policy lets anyone in",
    "AwsSolutions-S10": "S3 website endpoints speak no TLS; there is nothing to read but the redirect",
}


class WebsiteRedirectBucket(Construct):
    """Defines an empty bucket whose website redirects every path to another hostname, with 301.

    S3 finds a website's bucket by the Host header, so a site with a website secondary needs one for each further
    hostname. The bucket stays private: a redirect is no object (S3 User Guide, how-to-page-redirect).

    Attributes:
        bucket: the bucket.

    Args:
        hostname: the further hostname, and so the bucket's name.
        redirect_to: the hostname that viewers are led to, over the scheme that they came by.
        removal_policy: what becomes of the bucket when its stack goes; removed by default, as it holds nothing.

    Leaves to you:
        the record that points at its endpoint, which speaks no TLS.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        hostname: str,
        redirect_to: str,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        super().__init__(scope, id)
        text("hostname", hostname, values.hostname, values.bucket_name)
        text("redirect_to", redirect_to, values.hostname)
        if hostname == redirect_to:
            remedy = "name where viewers are to go"
            fits("redirect_to", [values.Misfit(redirect_to, "another name than hostname", remedy)])
        take_name(self, "hostname", hostname)
        self._hostname = hostname
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=hostname,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=removal("removal_policy", removal_policy),
            website_redirect=s3.RedirectTarget(host_name=redirect_to),
        )
        acknowledge(self.bucket, _EMPTY)

    @property
    def endpoint(self) -> Endpoint:
        """What the SECONDARY record of the further hostname points at; the stack's region must be known."""
        return Endpoint(website_endpoint(self._hostname, Stack.of(self).region), https=False)
