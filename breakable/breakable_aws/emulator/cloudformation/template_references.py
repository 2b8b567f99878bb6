"""Templates as requests bring them: one that refers to what it does not declare is refused, as `cdk import` finds out.

Nothing is made then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import calls, cloudformation, scopes

from . import deployments
from .stack_actions import Action, Parameters, put_around, refuse, value

_CUSTOM = re.compile(r"Custom::[\w@-]+")
_VARIABLE = re.compile(r"\$\{([^}!][^}]*)\}")


def install() -> None:
    """Check the references of every template."""
    for name in ("CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate"):
        put_around(name, validated)


async def validated(parameters: Parameters, act: Action) -> Answer:
    """Answer an action that brings a template; one that cannot be read is for ministack to refuse."""
    text = await text_of(parameters)
    deployments.know(set(_CUSTOM.findall(text)))
    reason = problem(template_of(text))
    if reason is None:
        return await act(parameters)
    named = {name: given for name, given in parameters.items() if name in ("TemplateBody", "TemplateURL", "Version")}
    status, headers, body = await act(named | {"Action": ["ValidateTemplate"]})
    return (status, headers, body) if status >= 400 else refuse(reason)


async def text_of(parameters: Parameters) -> str:
    """Return the template of a request; empty if it brings none, or one that is not there."""
    if url := value(parameters, "TemplateURL"):
        status, _, body = await calls.ask("GET", urlsplit(url).path, headers=scopes.signed("s3"))
        return body.decode(errors="replace") if status == 200 else ""
    return value(parameters, "TemplateBody")


def template_of(text: str) -> dict[str, Any]:
    """Return a template, empty if it is none."""
    try:
        return cloudformation.parsed(text) if text else {}
    except Exception:
        return {}


def problem(template: Mapping[str, Any]) -> str | None:
    """Return CloudFormation's message for a template that refers to what it does not declare, None for any other."""
    if template.get("Transform"):
        return None
    for block in ("Resources", "Outputs"):
        if missing := sorted(_undeclared(template, block)):
            names = f"[{', '.join(missing)}] in the {block} block of the template"
            return f"Template format error: Unresolved resource dependencies {names}"
    return None


def _undeclared(template: Mapping[str, Any], block: str) -> set[str]:
    declared = {*(template.get("Resources") or {}), *(template.get("Parameters") or {})}
    parts = [part for part in (template.get(block) or {}).values() if isinstance(part, dict)]
    wanted = {name for part in parts for name in _references(part)}
    for part in parts:
        needed = part.get("DependsOn", [])
        wanted |= {needed} if isinstance(needed, str) else set(needed)
    return {name for name in wanted - declared if not name.startswith("AWS::")}


def _references(value: Any) -> Iterator[str]:
    """Yield the names in each Ref, Fn::GetAtt and Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    for function, given in value.items() if isinstance(value, dict) else ():
        if function == "Ref" and isinstance(given, str):
            yield given
        elif function == "Fn::GetAtt":
            yield given.partition(".")[0] if isinstance(given, str) else given[0]
        elif function == "Fn::Sub":
            text, bound = given if isinstance(given, list) else (given, {})
            yield from (name.partition(".")[0] for name in _VARIABLE.findall(text) if name not in bound)
            yield from _references(list(bound.values()))
        else:
            yield from _references(given)
