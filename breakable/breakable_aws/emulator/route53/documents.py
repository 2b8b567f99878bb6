"""The XML documents of Route 53's API."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from breakable_aws.emulator.answers import Answer, RefusedError

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"

_ITEMS = {
    "AddTags": "Tag",
    "CheckerIpRanges": "member",
    "ChildHealthChecks": "ChildHealthCheck",
    "HealthCheckObservations": "HealthCheckObservation",
    "HealthChecks": "HealthCheck",
    "Regions": "Region",
    "RemoveTagKeys": "Key",
    "ResetElements": "ResettableElementName",
    "Tags": "Tag",
}
"""The elements that are lists, and what each of their items is called."""

_STATUSES = {"HealthCheckVersionMismatch": 409}


def read(body: bytes) -> dict[str, Any]:
    """Return the content of a request's document: texts, lists and dictionaries.

    Raises:
        RefusedError: it is no XML.
    """
    try:
        content = _value(fromstring(body))  # noqa: S314 - its sender may do all that this process may do
    except ParseError as error:
        raise RefusedError("InvalidInput: Missing or invalid request body.") from error
    return content if isinstance(content, dict) else {}


def write(name: str, content: Mapping[str, Any]) -> bytes:
    """Return a document."""
    root = Element(name, xmlns=NAMESPACE)
    _fill(root, content)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def answer(name: str, content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer that is a document."""
    return status, {"content-type": "text/xml"}, write(name, content)


def refusal(error: ValueError) -> Answer:
    """Return the answer to what is refused, by an error whose text begins with a code and a colon."""
    code, _, message = str(error).partition(": ")
    told = {"Type": "Sender", "Code": code, "Message": message}
    content = {"Error": told, "RequestId": str(uuid.uuid4())}
    return answer("ErrorResponse", content, _STATUSES.get(code, 404 if code.startswith("NoSuch") else 400))


def _value(element: Element) -> Any:
    if _name(element) in _ITEMS:
        return [_value(child) for child in element]
    return {_name(child): _value(child) for child in element} if len(element) else element.text or ""


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _fill(parent: Element, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        element = SubElement(parent, name)
        if isinstance(value, list):
            for item in value:
                _fill(element, {_ITEMS[name]: item})
        elif isinstance(value, Mapping):
            _fill(element, value)
        else:
            element.text = str(value).lower() if isinstance(value, bool) else str(value)
