"""Decides as S3 does whether a caller may read an object, without sockets and without a store.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

CLOUDFRONT = "cloudfront.amazonaws.com"
"""The service principal of origin access control."""

CLOUDFRONT_ADDRESS = "130.176.0.1"
"""The source address of an origin fetch: one of the published CLOUDFRONT_ORIGIN_FACING range."""


class Verdict(Enum):
    """The outcome of a read."""

    SERVE = "serve"
    MISSING = "missing"
    DENIED = "denied"


@dataclass(frozen=True)
class Caller:
    """The caller of a request, and where it comes from.

    An anonymous viewer has no `service`; `context` has further condition keys, in lower case.
    """

    source_ip: str
    secure: bool
    service: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One request for one action on one resource."""

    caller: Caller
    action: str
    resource: str


@dataclass(frozen=True)
class BucketAccess:
    """What a bucket says about access.

    `restricts_public` is whether Block Public Access restricts a public policy to AWS services and the owner.
    """

    name: str
    policy: str | None
    policy_is_public: bool
    restricts_public: bool


Evaluate = Callable[[str, Question], bool]
"""Tells whether a policy document allows what a question asks, and no statement denies it."""


def viewer(source_ip: str, *, secure: bool) -> Caller:
    """Return an anonymous caller on the internet."""
    return Caller(source_ip=source_ip, secure=secure)


def distribution(arn: str) -> Caller:
    """Return CloudFront fetching from an origin for a distribution: always signed, always over TLS.

    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html`.
    """
    context = {
        "aws:sourcearn": arn,
        "aws:sourceaccount": arn.split(":")[4],
        "aws:principalservicename": CLOUDFRONT,
        "aws:principalisawsservice": "true",
        "aws:viaawsservice": "false",
    }
    return Caller(source_ip=CLOUDFRONT_ADDRESS, secure=True, service=CLOUDFRONT, context=context)


def allows(bucket: BucketAccess, question: Question, evaluate: Evaluate) -> bool:
    """Tell whether a bucket lets a caller without an identity in the account do something.

    AWS on Block Public Access: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html`.
    """
    if bucket.policy is None:
        return False
    if question.caller.service is None and bucket.restricts_public and bucket.policy_is_public:
        return False
    return evaluate(bucket.policy, question)


def decide(bucket: BucketAccess, key: str, caller: Caller, evaluate: Evaluate, *, exists: bool) -> Verdict:
    """Return the outcome of a read of an object.

    A missing object is only called missing to a caller who may list the bucket:
    `https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html`.
    """
    if not allows(bucket, Question(caller, "s3:GetObject", f"{arn(bucket.name)}/{key}"), evaluate):
        return Verdict.DENIED
    if exists:
        return Verdict.SERVE
    listable = allows(bucket, Question(caller, "s3:ListBucket", arn(bucket.name)), evaluate)
    return Verdict.MISSING if listable else Verdict.DENIED


def arn(bucket: str) -> str:
    """Return a bucket's ARN."""
    return f"arn:aws:s3:::{bucket}"
