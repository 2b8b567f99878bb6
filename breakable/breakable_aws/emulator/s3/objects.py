"""Objects as S3 has them: copies that keep a promise about their destination, single parts, and events of tags."""

from dataclasses import replace
from urllib.parse import unquote

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.s3 import Api, S3Request

_SOURCE = "x-amz-copy-source"
_NULL_VERSION = "?versionId=null"
"""The version of an object that was written before its bucket had versioning."""

_TAG_EVENTS = {"PUT": "s3:ObjectTagging:Put", "DELETE": "s3:ObjectTagging:Delete"}
"""AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html`."""


def in_front_of(api: Api) -> Api:
    """Return the API with this."""

    def answered(request: S3Request) -> Answer:
        if request.method == "HEAD" and request.key and request.parameter("partNumber"):
            return _head_of_part(api, request)
        if request.writes_object and _SOURCE in request.headers:
            return _copy(api, request)
        answer = api(request)
        if request.key and "tagging" in request.query and request.method in _TAG_EVENTS and answer[0] < 300:
            s3.tell_event(request.bucket, request.key, _TAG_EVENTS[request.method])
        return answer

    return answered


def _head_of_part(api: Api, request: S3Request) -> Answer:
    """Answer HeadObject, which tells the size of one part as GetObject does, without the bytes.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html`, partNumber.
    """
    status, headers, _ = api(replace(request, method="GET"))
    return status, headers | _part_of_version(request), b""


def _part_of_version(request: S3Request) -> dict[str, str]:
    """Return what S3 answers for a part of an older version; ministack answers with the whole object."""
    found = s3.version(request.bucket, request.key, request.parameter("versionId"))
    sizes = {str(part["PartNumber"]): part["Size"] for part in (found or {}).get("parts") or ()}
    number = request.parameter("partNumber")
    if number not in sizes:
        return {}
    return {"Content-Length": str(sizes[number]), "x-amz-mp-parts-count": str(len(sizes))}


def _copy(api: Api, request: S3Request) -> Answer:
    """Answer CopyObject, with PutObject's conditions, and with a source from before versioning.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html` and
    `https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html`.
    """
    refused = s3.unmet_condition(request) if s3.is_here(request.bucket) else None
    return refused or api(replace(request, headers=_by_current(request.headers)))


def _by_current(headers: dict[str, str]) -> dict[str, str]:
    """Name the source without its null version where that is the current one, which ministack finds only so."""
    source = headers[_SOURCE]
    if not source.endswith(_NULL_VERSION):
        return headers
    path = source.removesuffix(_NULL_VERSION)
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    current = s3.current(bucket, key)
    return headers if current is None or current.get("version_id") else {**headers, _SOURCE: path}
