"""The switch by which an operator moves viewers to the secondary, without us-east-1 and the primary's region."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import EVACUATED_KEY
from s3_failover_constructs.arguments import optional_text
from s3_failover_constructs.bucket_access import admit_health_checkers
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.nag import acknowledge

_UNLOGGED = {"AwsSolutions-S1": "it holds one object without content, which an operator writes; CloudTrail has who"}


class EvacuationSwitch(Construct):
    """Defines a bucket whose one object, while it exists, moves viewers to the secondary.

    An inverted health check reads the object: see `FailoverHealthChecks`. Writing and deleting it are calls to S3 in
    the bucket's region alone; `UpdateHealthCheck` would need Route 53's control plane in us-east-1. If the bucket's
    region is lost, the check cannot read the object, and viewers stay at the primary. While there is no object, S3
    answers 403, which it does not charge for (S3 User Guide, ErrorCodeBilling).

    The bucket is apart from the replica: there the object would be replicated, compared, served and deleted with the
    content, and a replica that the app did not make would need its policy changed.

    Args:
        bucket_name: the physical name; by default CloudFormation makes one.

    Attributes:
        bucket: the bucket, private but for the health checkers, who may read the object.
        endpoint: what the check asks.

    Raises:
        ValueError: the name is not valid.

    Leaves to you:
        the region, which should be the secondary's; who may write and delete the object. CloudFormation deletes the
        bucket with its stack, which S3 refuses while viewers are evacuated.
    """

    def __init__(self, scope: Construct, id: str, *, bucket_name: str | None = None) -> None:
        super().__init__(scope, id)
        optional_text("bucket_name", bucket_name, values.bucket_name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.DESTROY,
            lifecycle_rules=[
                s3.LifecycleRule(id="abort-uploads", abort_incomplete_multipart_upload_after=Duration.days(7))
            ],
        )
        acknowledge(self.bucket, _UNLOGGED)
        admit_health_checkers(self.bucket, EVACUATED_KEY)

    @property
    def endpoint(self) -> Endpoint:
        """What the check asks: the object at the bucket's own endpoint."""
        return Endpoint(self.bucket.bucket_regional_domain_name, path=f"/{EVACUATED_KEY}")
