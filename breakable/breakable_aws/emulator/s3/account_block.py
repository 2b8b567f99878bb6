"""S3 Block Public Access of the whole account, which counts for each of its buckets besides the bucket's own.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html`.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

PATH = "/v20180820/configuration/publicAccessBlock"
"""Where S3 Control answers for it."""

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""What can be on or off."""

_NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
_NOT_SET = "The public access block configuration was not found"

_control = app._handle_s3_control_request
_blocked_by_bucket = s3._public_access_blocked
_put_policy = s3._put_bucket_policy
_accounts: dict[str, dict[str, bool]] = {}


def install() -> None:
    """Answer the API's three actions, and have the account's settings count."""
    replace(app, "_handle_s3_control_request", control)
    replace(s3, "_public_access_blocked", is_blocked)
    replace(s3, "_put_bucket_policy", put_policy)


async def control(path: str, method: str, body: bytes, *rest: Any) -> Answer | None:
    """Answer S3 Control; the last argument is the request's headers."""
    if path == PATH:
        return _answer(method, body, rest[-1].get("x-amz-account-id", ""))
    answer: Answer | None = await _control(path, method, body, *rest)
    return answer


def is_blocked(owner: str, bucket: str, setting: str) -> bool:
    """Tell whether a setting is on for a bucket, by itself or by its account."""
    return _accounts.get(owner, {}).get(setting, False) or bool(_blocked_by_bucket(owner, bucket, setting))


def put_policy(bucket: str, body: bytes) -> Answer:
    """Answer PutBucketPolicy, which is told in AWS's words that the policy is public and must not be."""
    if bucket in s3._buckets and is_blocked(get_account_id(), bucket, "BlockPublicPolicy") and _is_public(body):
        refused: Answer = s3._error("AccessDenied", _refusal(bucket), 403)
        return refused
    answer: Answer = _put_policy(bucket, body)
    return answer


def _is_public(policy: bytes) -> bool:
    return bool(s3._policy_is_public(policy.decode(errors="replace")))


def _refusal(bucket: str) -> str:
    return (
        f"User: arn:aws:iam::{get_account_id()}:root is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting '
        "in S3 Block Public Access."
    )


def _answer(method: str, body: bytes, account: str) -> Answer:
    if account != get_account_id():
        return _error("AccessDenied", "Access Denied", 403)
    if method == "PUT":
        return _put(account, body)
    if method == "DELETE":
        _accounts.pop(account, None)
        return 204, {}, b""
    if method != "GET":
        return _error("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    if account not in _accounts:
        return _error("NoSuchPublicAccessBlockConfiguration", _NOT_SET, 404)
    return 200, {"Content-Type": "application/xml"}, _document(_accounts[account])


def _put(account: str, body: bytes) -> Answer:
    try:
        root = s3.fromstring(body)
    except ParseError:
        return _error("MalformedXML", "The XML you provided was not well-formed", 400)
    given = {element.tag.rpartition("}")[2]: (element.text or "").strip() == "true" for element in root.iter()}
    _accounts[account] = {setting: given.get(setting, False) for setting in SETTINGS}
    return 201, {}, b""


def _document(settings: dict[str, bool]) -> bytes:
    root = Element("PublicAccessBlockConfiguration", xmlns=_NAMESPACE)
    for setting, on in settings.items():
        SubElement(root, setting).text = str(on).lower()
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _error(code: str, message: str, status: int) -> Answer:
    answer: Answer = s3.s3control_error(code, message, status)
    return answer
