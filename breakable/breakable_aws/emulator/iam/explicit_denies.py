"""A bucket policy's explicit denials, for callers with credentials at the API endpoint.

Ministack lets every caller with credentials do everything, whatever the policies of its user or role allow. On AWS that
is what an administrator may do, except what a bucket policy denies. Only the API's requests come through here:
replication, CloudFront and viewers are decided in their own places.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html`.
"""

from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, tostring

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import policies, s3
from breakable_aws.emulator.base.s3 import Api, S3Request
from breakable_aws.emulator.s3.bucket_documents import NAMESPACE, children, text_of

from . import principals
from .access import arn

_ALWAYS_POSSIBLE = {"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}
"""What the account's root user may do whatever the policy says, so that no policy locks its own account out.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html`.
"""


def in_front_of(api: Api) -> Api:
    """Return S3's API, which refuses what is denied with AccessDenied."""

    def answered(request: S3Request) -> Answer:
        if not request.bucket or not request.access_key:
            return api(request)
        return _delete_many(api, request) if request.deletes_many else _answer_if_allowed(api, request)

    return answered


def _answer_if_allowed(api: Api, request: S3Request) -> Answer:
    for action, resource in request.needs():
        if _denied(request, action, resource):
            return s3.error("AccessDenied", _refusal(request, action, resource), 403, request.path)
    return api(request)


def _denied(request: S3Request, action: str, resource: str) -> bool:
    policy = s3.policy_of(resource.removeprefix(arn("")).partition("/")[0])
    if policy is None:
        return False
    caller = principals.of_key(request.access_key)
    if caller.is_root and action in _ALWAYS_POSSIBLE:
        return False
    decision = policies.decision(
        policy,
        principal_arn=caller.arn,
        principal_type=caller.kind,
        principal_account=caller.account,
        principal_keys=dict(caller.keys),
        action=action,
        resource_arn=resource,
        region=s3.region_of(request.bucket) or "",
        # SDKs use TLS on AWS; this endpoint is plain HTTP only because it is on loopback.
        secure_transport=True,
        service_context=request.condition_keys(action),
    )
    return decision == "Deny"


def _refusal(request: S3Request, action: str, resource: str) -> str:
    return (
        f"User: {principals.of_key(request.access_key).arn} is not authorized to perform: {action} on resource: "
        f'"{resource}" with an explicit deny in a resource-based policy'
    )


def _delete_many(api: Api, request: S3Request) -> Answer:
    """Delete the objects that may be deleted, and answer with an error for each of the others."""
    try:
        root = s3.parsed(request.body)
    except Exception:
        return api(request)
    kept = [item for item in children(root, "Object") if _denied(request, *_deletion(request, item))]
    for item in kept:
        root.remove(item)
    status, headers, body = api(replace(request, body=_kept_as_they_are(tostring(root))))
    return (status, headers, _with_errors(request, body, kept)) if kept and status == 200 else (status, headers, body)


def _deletion(request: S3Request, item: Element) -> tuple[str, str]:
    action = "s3:DeleteObjectVersion" if text_of(item, "VersionId") else "s3:DeleteObject"
    return action, f"{arn(request.bucket)}/{text_of(item, 'Key')}"


def _with_errors(request: S3Request, body: bytes, kept: list[Element]) -> bytes:
    result = s3.parsed(body)
    for item in kept:
        error = SubElement(result, f"{{{NAMESPACE}}}Error")
        fields = {"Key": text_of(item, "Key"), "VersionId": text_of(item, "VersionId"), "Code": "AccessDenied"}
        fields["Message"] = _refusal(request, *_deletion(request, item))
        for name, text in fields.items():
            if text:
                SubElement(error, f"{{{NAMESPACE}}}{name}").text = text
    document: bytes = tostring(result, encoding="utf-8", default_namespace=NAMESPACE)
    return _kept_as_they_are(document)


def _kept_as_they_are(document: bytes) -> bytes:
    """Return a document whose carriage returns stay what they are when it is read."""
    return document.replace(b"\r", b"&#13;")
