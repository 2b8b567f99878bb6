"""S3's REST endpoints for anonymous viewers: reads of objects and buckets, and S3's XML errors."""

from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.s3 import S3Request
from breakable_aws.emulator.iam import principals
from breakable_aws.emulator.iam.access import Caller, Verdict, viewer
from breakable_aws.emulator.net.hosts import RestHost
from breakable_aws.emulator.net.viewer_requests import Request, Response

from . import listings, object_store


def respond(request: Request, host: RestHost) -> Response:
    """Answer a request to a REST endpoint."""
    bucket, key = _target(request, host)
    caller = viewer(request.source_ip, secure=request.secure)
    if "authorization" in request.headers:
        return error(403, "AccessDenied", "signed requests go to the AWS API endpoint, this listener is for viewers")
    if bucket and not s3.bucket_exists(bucket):
        return error(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
    if bucket and host.region not in (None, s3.region_of(bucket)):
        return elsewhere(bucket)
    if not bucket or request.method not in ("GET", "HEAD"):
        return error(403, "AccessDenied", "Access Denied")
    if "X-Amz-Signature" in parse_qs(request.query):
        return _presigned(request, bucket, key)
    return _object(request, bucket, key, caller) if key else _bucket(request, bucket, caller)


def _target(request: Request, host: RestHost) -> tuple[str, str]:
    path = unquote(request.path).removeprefix("/")
    if host.bucket is not None:
        return host.bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key


def _presigned(request: Request, bucket: str, key: str) -> Response:
    """Answer a URL that a caller with credentials signed: it reads all that no bucket policy denies the signer.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html`.
    """
    query = parse_qs(request.query, keep_blank_values=True)
    signed = S3Request(request.method, bucket, key, dict(request.headers), query=query)
    refused = s3.presigned_refusal(signed, unquote(request.path))
    if refused is not None:
        return Response(*refused)
    signer = principals.of_key(query["X-Amz-Credential"][0].partition("/")[0])
    if object_store.denies(bucket, key, viewer(request.source_ip, secure=request.secure), signer):
        return error(403, "AccessDenied", "Access Denied")
    status, headers, body = object_store.get(bucket, key, request.headers)
    return Response(status, dict(headers), b"" if request.method == "HEAD" else body)


def _object(request: Request, bucket: str, key: str, caller: Caller) -> Response:
    if request.query and set(parse_qs(request.query, keep_blank_values=True)) & {
        "acl",
        "tagging",
        "versionId",
        "torrent",
    }:
        return error(403, "AccessDenied", "Access Denied")
    read = object_store.read(bucket, key, caller, request.method, request.headers)
    if read.verdict is Verdict.MISSING:
        return error(404, "NoSuchKey", "The specified key does not exist.", Key=key)
    if read.verdict is Verdict.DENIED:
        return error(403, "AccessDenied", "Access Denied")
    return Response(read.status, dict(read.headers or {}), read.body)


def _bucket(request: Request, bucket: str, caller: Caller) -> Response:
    query = parse_qs(request.query, keep_blank_values=True)
    listing = {
        "list-type",
        "prefix",
        "delimiter",
        "max-keys",
        "marker",
        "start-after",
        "continuation-token",
        "encoding-type",
    }
    if not set(query) <= listing or not object_store.may_list(bucket, caller):
        return error(403, "AccessDenied", "Access Denied")
    try:
        return Response(*listings.in_front_of(s3.answer)(S3Request("GET", bucket, query=query)))
    except ValueError:
        return error(400, "InvalidArgument", "max-keys must be an integer")


def elsewhere(bucket: str) -> Response:
    """Send a caller to the bucket's region.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html`.
    """
    region = s3.region_of(bucket)
    endpoint = f"{bucket}.s3.{region}.amazonaws.com"
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    moved = error(301, "PermanentRedirect", message, Endpoint=endpoint, Bucket=bucket)
    return Response(301, dict(moved.headers) | {"x-amz-bucket-region": region}, moved.body)


def error(status: int, code: str, message: str, **details: str) -> Response:
    """Return an error as S3's REST endpoints tell it."""
    fields = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in details.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{fields}</Error>"
    )
    return Response(status, {"content-type": "application/xml"}, body.encode())
