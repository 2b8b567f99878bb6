"""The XML documents of AWS's APIs: read, and written from texts, numbers, booleans, moments, lists and dictionaries."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

_MEMBERS: Mapping[str, str] = MappingProxyType({})


def document(
    name: str, namespace: str, content: Mapping[str, Any], items: Mapping[str, str] | None = _MEMBERS
) -> bytes:
    """Return a document; what is None is left out.

    Args:
        name: of its root.
        namespace: the API's.
        content: what is in the root; a name that ends with `Timestamp` has a moment, in epoch seconds.
        items: what the items of a list are called, by the name of the list; `member` where it is not said. None: each
            is an element of the list's own name, as in S3's documents.
    """
    root = Element(name, xmlns=namespace)
    _fill(root, content, items)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def parsed(text: bytes) -> Element:
    """Return a document's root, without namespaces; raise ParseError if it is no XML."""
    root = fromstring(text)  # noqa: S314 - its sender may do all that this process may do
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def error(namespace: str, code: str, message: str) -> bytes:
    """Return the document of an error."""
    told = {"Type": "Sender", "Code": code, "Message": message}
    return document("ErrorResponse", namespace, {"Error": told, "RequestId": str(uuid.uuid4())})


def _fill(parent: Element, content: Mapping[str, Any], items: Mapping[str, str] | None) -> None:
    for name, value in content.items():
        for each in value if items is None and isinstance(value, list) else [value]:
            if each is not None:
                _write(SubElement(parent, name), name, each, items)


def _write(element: Element, name: str, value: Any, items: Mapping[str, str] | None) -> None:
    if isinstance(value, Mapping):
        _fill(element, value, items)
    elif isinstance(value, list):
        for each in value:
            _write(SubElement(element, (items or {}).get(name, "member")), "", each, items)
    elif name.endswith("Timestamp"):
        element.text = datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
