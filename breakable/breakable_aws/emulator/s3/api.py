"""S3's API as AWS has it: what ministack does otherwise, or not at all, is in front of it."""

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.s3 import Api, S3Request
from breakable_aws.emulator.iam import explicit_denies

from . import account_block, listings, objects, replication, replication_configurations

_CUSTOMER_KEY = "x-amz-server-side-encryption-customer-algorithm"


def install() -> None:
    """Put every part in front of those before it."""
    api: Api = s3.answer
    for in_front_of in (
        listings.in_front_of,
        replication_configurations.in_front_of,
        replication.in_front_of,
        objects.in_front_of,
        _with_rules_of_buckets,
        account_block.in_front_of,
        explicit_denies.in_front_of,
    ):
        api = in_front_of(api)
    s3.answer_by(api)
    s3.block_public_access_by(account_block.is_blocked)


def _with_rules_of_buckets(api: Api) -> Api:

    def answered(request: S3Request) -> Answer:
        refused = None
        if request.method == "PUT" and not request.key and request.action == "CreateBucket":
            refused = _refused_creation(request)
        elif request.method == "PUT" and request.is_of("logging"):
            refused = _refused_logging(request)
        elif _CUSTOMER_KEY in request.headers:
            refused = _refused_customer_key(request)
        return refused or api(request)

    return answered


def _refused_creation(request: S3Request) -> Answer | None:
    """Refuse CreateBucket, which only repeats itself where bucket and endpoint are both in us-east-1.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html`, error BucketAlreadyOwnedByYou.
    """
    endpoint = request.signed_region
    if not endpoint or not s3.is_here(request.bucket) or {endpoint, s3.region_of(request.bucket)} == {"us-east-1"}:
        return None
    message = "Your previous request to create the named bucket succeeded and you already own it."
    return s3.error("BucketAlreadyOwnedByYou", message, 409)


def _refused_customer_key(request: S3Request) -> Answer | None:
    """Refuse what would be encrypted with a customer's key in a bucket that blocks that.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html`.
    """
    writes = request.method in {"PUT", "POST"} and "SSE-C" in (s3.document(request.bucket, "encryption") or "")
    message = "Access Denied: server-side encryption with customer-provided keys is blocked for this bucket"
    return s3.error("AccessDenied", message, 403) if writes else None


def _refused_logging(request: S3Request) -> Answer | None:
    """Refuse PutBucketLogging, which needs a target bucket in the same region.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html`.
    """
    targets = (element.text for element in s3.parsed(request.body).iter() if element.tag.endswith("}TargetBucket"))
    for target in targets:
        if not s3.is_here(target) or s3.region_of(target) != s3.region_of(request.bucket):
            message = f"The target bucket for logging does not exist in the region of {request.bucket}: {target}"
            return s3.error("InvalidTargetBucketForLogging", message, 400)
    return None
