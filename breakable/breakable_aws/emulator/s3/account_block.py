"""S3 Block Public Access of the whole account, which counts for each of its buckets besides the bucket's own.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html`.
"""

import re
from xml.etree.ElementTree import ParseError

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3, scopes
from breakable_aws.emulator.base.s3 import Api, S3Request
from breakable_aws.emulator.iam import principals
from breakable_aws.emulator.net.viewer_requests import App, Request, Response, answered_before
from breakable_aws.emulator.xml_documents import document

PATH = "/v20180820/configuration/publicAccessBlock"
"""Where S3 Control answers for it."""

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""What can be on or off."""

_NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
_NOT_SET = "The public access block configuration was not found"

_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")
_accounts: dict[str, dict[str, bool]] = {}


def control_in_front_of(services: App) -> App:
    """Return the services, S3 Control's three actions among them."""
    return answered_before(services, _respond, lambda scope: scope["path"] == PATH)


def in_front_of(api: Api) -> Api:
    """Return S3's API, which refuses a public policy in AWS's words where there must be none."""

    def answered(request: S3Request) -> Answer:
        if request.method == "PUT" and request.is_of("policy") and s3.is_here(request.bucket):
            blocked = is_blocked(scopes.account(), request.bucket, "BlockPublicPolicy")
            if blocked and s3.is_public(request.body.decode(errors="replace")):
                return s3.error("AccessDenied", _refusal(request.bucket), 403)
        return api(request)

    return answered


def is_blocked(owner: str, bucket: str, setting: str) -> bool:
    """Tell whether a setting is on for a bucket, by itself or by its account."""
    return _accounts.get(owner, {}).get(setting, False) or s3.blocks_public_access(owner, bucket, setting)


async def _respond(request: Request) -> Response:
    signed = _ACCESS_KEY.search(request.headers.get("authorization", ""))
    caller = principals.of_key(signed[1]).account if signed else scopes.account()
    if request.headers.get("x-amz-account-id") != caller:
        return Response(*s3.control_error("AccessDenied", "Access Denied", 403))
    return Response(*_answer(request.method, request.body, caller))


def _refusal(bucket: str) -> str:
    return (
        f"User: arn:aws:iam::{scopes.account()}:root is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting '
        "in S3 Block Public Access."
    )


def _answer(method: str, body: bytes, account: str) -> Answer:
    if method == "PUT":
        return _put(account, body)
    if method == "DELETE":
        _accounts.pop(account, None)
        return 204, {}, b""
    if method != "GET":
        message = "The specified method is not allowed against this resource."
        return s3.control_error("MethodNotAllowed", message, 405)
    if account not in _accounts:
        return s3.control_error("NoSuchPublicAccessBlockConfiguration", _NOT_SET, 404)
    return (
        200,
        {"Content-Type": "application/xml"},
        document("PublicAccessBlockConfiguration", _NAMESPACE, _accounts[account]),
    )


def _put(account: str, body: bytes) -> Answer:
    try:
        root = s3.parsed(body)
    except ParseError:
        return s3.control_error("MalformedXML", "The XML you provided was not well-formed", 400)
    given = {element.tag.rpartition("}")[2]: (element.text or "").strip() == "true" for element in root.iter()}
    _accounts[account] = {setting: given.get(setting, False) for setting in SETTINGS}
    return 201, {}, b""
