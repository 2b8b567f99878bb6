"""Finds what a template asks for and the embedded AWS would silently ignore."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .honoured import HONOURED, Honoured

EXEMPT_STACK = re.compile(r"CDKToolkit(-[A-Za-z0-9-]+)?")
"""The CDK's bootstrap stack, also with a qualifier: its template is AWS's own, and nothing of it is part of a site."""

_REMEDY = "remove it, or test this part on AWS"


def problems(resource_type: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each thing about a resource that would not be honoured."""
    if _is_custom(resource_type):
        return
    honoured = HONOURED.get(resource_type)
    if honoured is None:
        yield f"resource type {resource_type} is not supported by the embedded AWS; {_REMEDY}"
        return
    for path in unhonoured(honoured, properties):
        yield f"{resource_type} property {path} is not supported by the embedded AWS; {_REMEDY}"


def unhonoured(honoured: Honoured, value: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted path of each property that is not in the list of those honoured; list items count as one."""
    if honoured is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from unhonoured(honoured, item, path)
    elif isinstance(value, Mapping):
        for name, below in value.items():
            here = f"{path}.{name}" if path else name
            if name in honoured:
                yield from unhonoured(honoured[name], below, here)
            else:
                yield here


def _is_custom(resource_type: str) -> bool:
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"
