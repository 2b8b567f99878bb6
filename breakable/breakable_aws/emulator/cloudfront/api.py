"""Reads the configuration of CloudFront by this process's API, and remembers it until it changes."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from breakable_aws.emulator import xml_documents
from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import calls, scopes
from breakable_aws.emulator.cloudformation.resource_types import add, original
from breakable_aws.emulator.xml_documents import parsed

from .distribution import Distribution

ROOT = "/2020-05-31"
"""Where all paths of the API begin."""

Problem = tuple[str, str, int]
"""An error code, its message and its HTTP status."""

_NAMESPACE = f"http://cloudfront.amazonaws.com/doc{ROOT}/"
_KINDS = ("Distribution", "Function", "OriginAccessControl", "OriginRequestPolicy", "ResponseHeadersPolicy")
_known: list[dict[Hashable, Any]] = [{}]

_Read = TypeVar("_Read")


def install() -> None:
    """Forget what is known when CloudFormation changes something."""
    for kind in _KINDS:
        create, update, delete = original(f"AWS::CloudFront::{kind}")
        add(f"AWS::CloudFront::{kind}", create=_changing(create), update=_changing(update), delete=_changing(delete))


def forget() -> None:
    """Forget what is known: something has changed. What is being read meanwhile is not remembered either."""
    _known[0] = {}


def ask(method: str, path: str, body: bytes = b"") -> Answer:
    """Ask the API in the present account; the path is the one below `ROOT`, with its query."""
    path, _, query = path.partition("?")
    return calls.call(method, ROOT + path, query=query, headers=scopes.signed("cloudfront"), body=body)


def read(path: str) -> Element | None:
    """Return the document that the API answers to a GET, without namespaces; None where it refuses."""

    def fetched() -> Element | None:
        status, _, body = ask("GET", path)
        return parsed(body) if status == 200 else None

    return _remembered((scopes.account(), path), fetched)


def distributions() -> tuple[Distribution, ...]:
    """Return the distributions of the present account."""

    def fetched() -> tuple[Distribution, ...]:
        listed = read("/distribution")
        identifiers = listed.iterfind("Items/DistributionSummary/Id") if listed is not None else ()
        documents = (read(f"/distribution/{each.text}") for each in identifiers)
        return tuple(Distribution.of(document) for document in documents if document is not None)

    return _remembered((scopes.account(), distributions), fetched)


def distribution(identifier: str) -> Distribution | None:
    """Return the distribution with an id, or None."""
    return next((found for found in distributions() if found.id == identifier), None)


def refusal(problem: Problem) -> Answer:
    """Return the answer to what is refused."""
    code, message, status = problem
    return status, {"content-type": "text/xml"}, xml_documents.error(_NAMESPACE, code, message)


def _remembered(key: Hashable, fetched: Callable[[], _Read]) -> _Read:
    known = _known[0]
    if key not in known:
        known[key] = fetched()
    found: _Read = known[key]
    return found


def _changing(act: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*arguments: Any) -> Any:
        try:
            return act(*arguments)
        finally:
            forget()

    return changed
