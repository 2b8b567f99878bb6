"""The XML documents of Route 53's API."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from breakable_aws.emulator import xml_documents
from breakable_aws.emulator.answers import Answer, RefusedError

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"

_ITEMS = {
    "AddTags": "Tag",
    "ChildHealthChecks": "ChildHealthCheck",
    "HealthCheckObservations": "HealthCheckObservation",
    "HealthChecks": "HealthCheck",
    "Regions": "Region",
    "RemoveTagKeys": "Key",
    "ResetElements": "ResettableElementName",
    "Tags": "Tag",
}
"""The elements that are lists, and what each of their items is called."""

_HEADERS = {"content-type": "text/xml"}
_STATUSES = {"HealthCheckVersionMismatch": 409}


def read(body: bytes) -> dict[str, Any]:
    """Return the content of a request's document: texts, lists and dictionaries; raise RefusedError if it is no XML."""
    try:
        content = _value(fromstring(body))  # noqa: S314 - its sender may do all that this process may do
    except ParseError as error:
        raise RefusedError("InvalidInput: Missing or invalid request body.") from error
    return content if isinstance(content, dict) else {}


def write(name: str, content: Mapping[str, Any]) -> bytes:
    """Return a document."""
    return xml_documents.document(name, NAMESPACE, content, _ITEMS)


def answer(name: str, content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer that is a document."""
    return status, _HEADERS, write(name, content)


def refusal(error: RefusedError) -> Answer:
    """Return the answer to what is refused."""
    code, _, message = str(error).partition(": ")
    status = _STATUSES.get(code, 404 if code.startswith("NoSuch") else 400)
    return status, _HEADERS, xml_documents.error(NAMESPACE, code, message)


def _value(element: Element) -> Any:
    if _name(element) in _ITEMS:
        return [_value(child) for child in element]
    return {_name(child): _value(child) for child in element} if len(element) else element.text or ""


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
