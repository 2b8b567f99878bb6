"""The one way from the data planes to the objects: who may read what, and the object's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import policies, s3
from breakable_aws.emulator.base.s3 import S3Request
from breakable_aws.emulator.iam.access import BucketAccess, Caller, Question, Verdict, allows, arn, decide
from breakable_aws.emulator.iam.principals import Principal

from . import account_block, key_access

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Read:
    """A read that was decided, and its answer where it is served."""

    verdict: Verdict
    status: int = 0
    headers: Mapping[str, str] | None = None
    body: bytes = b""


def read(bucket: str, key: str, caller: Caller, method: str, headers: Headers) -> Read:
    """Read an object for a caller; conditional and range headers count."""
    entry = s3.current(bucket, key)
    verdict = decide(access_of(bucket), key, caller, evaluate, exists=entry is not None)
    if verdict is Verdict.SERVE and entry and not _may_decrypt(entry, bucket, key, caller):
        verdict = Verdict.DENIED
    if verdict is not Verdict.SERVE:
        return Read(verdict)
    # Ministack's GET knows ranges and preconditions; a HEAD is its GET without the body.
    status, answer_headers, body = get(bucket, key, headers)
    return Read(verdict, status, answer_headers, b"" if method == "HEAD" else body)


def get(bucket: str, key: str, headers: Headers) -> Answer:
    """Answer GetObject for a caller that may read the object."""
    return s3.answer(S3Request("GET", bucket, key, dict(headers)))


def denies(bucket: str, key: str, caller: Caller, signer: Principal) -> bool:
    """Tell whether a bucket's policy denies a caller to read an object by a URL that a signer made."""
    question = Question(caller, "s3:GetObject", f"{arn(bucket)}/{key}")
    policy = access_of(bucket).policy
    return bool(policy) and _decision(str(policy), question, signer) == "Deny"


def _may_decrypt(entry: s3.Record, bucket: str, key: str, caller: Caller) -> bool:
    """Tell whether a caller may use the KMS key of an object, if it has one: an anonymous caller never may."""
    if not key_access.has_key(entry):
        return True
    found = key_access.key_of(entry, bucket)
    if found is None or caller.service is None:
        return False
    return key_access.service_may_decrypt(found, caller.service, caller.context, bucket, key)


def may_list(bucket: str, caller: Caller) -> bool:
    """Tell whether a caller may list a bucket."""
    return allows(access_of(bucket), Question(caller, "s3:ListBucket", arn(bucket)), evaluate)


def access_of(bucket: str) -> BucketAccess:
    """Return what a bucket says about access."""
    policy = s3.policy_of(bucket)
    return BucketAccess(
        name=bucket,
        policy=policy,
        policy_is_public=policy is not None and s3.is_public(policy),
        restricts_public=account_block.is_blocked(s3.owner_of(bucket), bucket, "RestrictPublicBuckets"),
    )


def evaluate(policy: str, question: Question) -> bool:
    """Tell whether a policy document allows what a question asks."""
    return _decision(policy, question) == "Allow"


def _decision(policy: str, question: Question, signer: Principal | None = None) -> str:
    caller = question.caller
    principal = signer or Principal("*", "Service" if caller.service else "Anonymous", "")
    return policies.decision(
        policy,
        service=caller.service,
        principal_arn=principal.arn,
        principal_type=principal.kind,
        principal_account=principal.account,
        principal_keys=dict(principal.keys),
        action=question.action,
        resource_arn=question.resource,
        region=s3.region_of(question.resource.removeprefix("arn:aws:s3:::").partition("/")[0]),
        source_ip=caller.source_ip,
        secure_transport=caller.secure,
        service_context=dict(caller.context),
    )
