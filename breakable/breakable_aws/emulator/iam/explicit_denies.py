"""A bucket policy's explicit denials, for callers with credentials at the API endpoint.

Ministack lets every caller with credentials do everything, whatever the policies of its user or role allow. On AWS that
is what an administrator may do, except what a bucket policy denies. Only the API's requests come through here:
replication, CloudFront and viewers are decided in their own places.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.core.iam_actions import _s3_action, s3_additional_checks, s3_service_context
from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import policies
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.s3.bucket_documents import NAMESPACE

from . import principals
from .access import arn
from .principals import Principal

_ALWAYS_POSSIBLE = {"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}
"""What the account's root user may do whatever the policy says, so that nobody locks himself out.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html`.
"""


@dataclass(frozen=True)
class ApiRequest:
    """A request at the API endpoint, as ministack dispatches it."""

    method: str
    bucket: str
    key: str
    headers: dict[str, str]
    body: bytes
    query: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The path-style path."""
        return f"/{self.bucket}/{self.key}"

    @property
    def access_key(self) -> str:
        """The caller's; empty for other services' calls inside this process."""
        return str(s3._request_access_key(self.method, self.key, self.headers, self.query, self.body))

    @property
    def caller(self) -> Principal:
        """Who has that access key."""
        return principals.of_key(self.access_key)

    @property
    def deletes_many(self) -> bool:
        """Whether it is DeleteObjects."""
        return self.method == "POST" and not self.key and "delete" in self.query


_dispatch = s3._dispatch


def install() -> None:
    """Put the denials in front of ministack's S3 API."""
    replace(s3, "_dispatch", dispatch)


def dispatch(*arguments: Any) -> Answer:
    """Answer an S3 API request, or refuse it with AccessDenied; the arguments are those of `ApiRequest`."""
    request = ApiRequest(*arguments)
    if not request.bucket or not request.access_key:
        return _answer(request)
    return _delete_many(request) if request.deletes_many else _answer_if_allowed(request)


def _answer_if_allowed(request: ApiRequest) -> Answer:
    for action, resource in _needed(request):
        if _denied(request, action, resource):
            refused: Answer = s3._error("AccessDenied", _refusal(request, action, resource), 403, request.path)
            return refused
    return _answer(request)


def _answer(request: ApiRequest) -> Answer:
    answer: Answer = _dispatch(
        request.method, request.bucket, request.key, request.headers, request.body, request.query
    )
    return answer


def _needed(request: ApiRequest) -> Iterator[tuple[str, str]]:
    """Yield the actions that a request needs, each with its resource."""
    action = _s3_action(request.method, request.path, request.query)
    if action:
        yield f"s3:{action}", arn(request.bucket) + (f"/{request.key}" if request.key else "")
    yield from s3_additional_checks(request.method, request.path, request.headers, request.body, request.query)


def _denied(request: ApiRequest, action: str, resource: str) -> bool:
    policy = s3._bucket_policies.get(resource.removeprefix(arn("")).partition("/")[0])
    if not policy:
        return False
    caller = request.caller
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
        region=s3.bucket_region(request.bucket) or "",
        # SDKs use TLS on AWS; this endpoint is plain HTTP only because it is on loopback.
        secure_transport=True,
        service_context=s3_service_context(action, request.query, request.path, request.headers),
    )
    return decision == "Deny"


def _refusal(request: ApiRequest, action: str, resource: str) -> str:
    return (
        f'User: {request.caller.arn} is not authorized to perform: {action} on resource: "{resource}" '
        "with an explicit deny in a resource-based policy"
    )


def _delete_many(request: ApiRequest) -> Answer:
    """Delete the objects that may be deleted, and answer with an error for each of the others."""
    try:
        root = s3.fromstring(request.body)
    except Exception:
        return _answer(request)
    kept = [item for item in _children(root, "Object") if _keeps(request, item)]
    for item in kept:
        root.remove(item)
    allowed = ApiRequest(request.method, request.bucket, "", request.headers, tostring(root), request.query)
    status, headers, body = _answer(allowed)
    return (status, headers, _with_errors(request, body, kept)) if kept and status == 200 else (status, headers, body)


def _keeps(request: ApiRequest, item: Element) -> bool:
    return _denied(request, *_deletion(request, item))


def _deletion(request: ApiRequest, item: Element) -> tuple[str, str]:
    action = "s3:DeleteObjectVersion" if _text(item, "VersionId") else "s3:DeleteObject"
    return action, f"{arn(request.bucket)}/{_text(item, 'Key')}"


def _with_errors(request: ApiRequest, body: bytes, kept: list[Element]) -> bytes:
    result = s3.fromstring(body)
    for item in kept:
        error = SubElement(result, f"{{{NAMESPACE}}}Error")
        fields = {"Key": _text(item, "Key"), "VersionId": _text(item, "VersionId"), "Code": "AccessDenied"}
        fields["Message"] = _refusal(request, *_deletion(request, item))
        for name, text in fields.items():
            if text:
                SubElement(error, f"{{{NAMESPACE}}}{name}").text = text
    document: bytes = tostring(result, encoding="utf-8", default_namespace=NAMESPACE)
    return document


def _children(root: Element, name: str) -> list[Element]:
    return [child for child in root if child.tag.rpartition("}")[2] == name]


def _text(item: Element, name: str) -> str:
    return next((child.text or "" for child in _children(item, name)), "")
