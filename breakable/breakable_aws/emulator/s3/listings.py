"""Listings of versions and of uploads with the keys that XML cannot hold, which ministack lists as they are.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html`, the parameter `encoding-type`.
"""

import re
from urllib.parse import quote
from xml.sax.saxutils import unescape

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.s3 import Api, S3Request

_ENCODED = re.compile(r"<(Delimiter|Key|KeyMarker|NextKeyMarker|Prefix)>([^<]+)</")
_OF_KEYS = {"attributes", "tagging", "uploadId"}
"""What can be read of an object and is a document that ministack makes, unlike the object itself."""


def in_front_of(api: Api) -> Api:
    """Return the API that honours `encoding-type`, which SDKs always ask for, and keeps carriage returns in XML."""

    def answered(request: S3Request) -> Answer:
        status, headers, body = api(request)
        if not _is_made(request, status, headers, body):
            return status, headers, body
        listed = request.method == "GET" and (request.is_of("versions") or request.is_of("uploads"))
        if listed and status == 200 and request.parameter("encoding-type") == "url":
            body = encoded(body.decode()).encode()
        # A carriage return would be read as a line feed if it stood there as it is.
        return status, headers, body.replace(b"\r", b"&#13;")

    return answered


def encoded(listing: str) -> str:
    """Return a listing whose names are percent-encoded; what XML forbids cannot be parsed, so it is text here."""
    listing = _ENCODED.sub(lambda found: f"<{found[1]}>{quote(unescape(found[2]), safe='/')}</", listing)
    head, end, root = listing.rpartition("</")
    return f"{head}<EncodingType>url</EncodingType>{end}{root}"


def _is_made(request: S3Request, status: int, headers: dict[str, str], body: object) -> bool:
    """Tell whether a body is a document that ministack made, not an object or configuration that a client stored."""
    is_read = request.method == "GET" and bool(request.key) and not _OF_KEYS & request.query.keys()
    is_document = isinstance(body, bytes) and headers.get("Content-Type") == "application/xml"
    return is_document and (status >= 400 or not is_read)
