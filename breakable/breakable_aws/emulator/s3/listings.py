"""Listings of versions and of uploads with the keys that XML cannot hold, which ministack lists as they are.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html`, the parameter `encoding-type`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

_NAMES = ("Delimiter", "Key", "KeyMarker", "NextKeyMarker", "Prefix")
"""The elements that are encoded."""

_encodes = ContextVar("encodes", default=False)
_xml_body = s3._xml_body

Listing = Callable[[str, Mapping[str, Any]], Answer]


def install() -> None:
    """Make ministack honour `encoding-type`, which SDKs always ask for, and keep carriage returns in XML."""
    replace(s3, "_xml_body", body)
    replace(s3, "_list_object_versions", encoded(s3._list_object_versions))
    replace(s3, "_list_multipart_uploads", encoded(s3._list_multipart_uploads))


def encoded(listing: Listing) -> Listing:
    """Return a listing that encodes names where it is asked to."""

    def listed(bucket: str, query: Mapping[str, Any]) -> Answer:
        token = _encodes.set(s3._qp(query, "encoding-type", "") == "url")
        try:
            return listing(bucket, query)
        finally:
            _encodes.reset(token)

    return listed


def body(root: Any) -> bytes:
    """Return a document; a carriage return in it would be read as a line feed if it stood there as it is."""
    if _encodes.get():
        for element in root.iter():
            if element.tag in _NAMES and element.text:
                element.text = s3._url_encode(element.text)
        s3.SubElement(root, "EncodingType").text = "url"
    document: bytes = _xml_body(root)
    return document.replace(b"\r", b"&#13;")
