"""Templates as requests bring them: one that refers to what it does not declare is refused, as `cdk import` finds out.

Nothing is made then.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import calls, scopes

from . import deployments
from .stack_actions import Action, Parameters, put_around, refuse, value

_CUSTOM = re.compile(r"Custom::[\w@-]+")
_BLOCKS = ("Resources", "Outputs", "Parameters")
_NOT_FUNCTIONS = ("Ref", "Condition")
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
    """Return a template in JSON or YAML, with its intrinsic functions in their long form; empty if it is none."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except (ValueError, yaml.YAMLError):
        return {}
    fits = isinstance(found, dict) and all(isinstance(found.get(block, {}), dict) for block in _BLOCKS)
    return found if fits else {}


def problem(template: Mapping[str, Any]) -> str | None:
    """Return CloudFormation's message for a template that refers to what it does not declare, None for any other."""
    if template.get("Transform"):
        return None
    for block in ("Resources", "Outputs"):
        if missing := sorted(_undeclared(template, block)):
            names = f"[{', '.join(missing)}] in the {block} block of the template"
            return f"Template format error: Unresolved resource dependencies {names}"
    return None


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]
    """Knows CloudFormation's short forms, and is many times as fast as ministack's loader."""


def _long_form(loader: Any, function: str, node: Any) -> dict[str, Any]:
    name = function if function in _NOT_FUNCTIONS else f"Fn::{function}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    construct = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return {name: construct(node, deep=True)}


_Loader.add_multi_constructor("!", _long_form)


def _undeclared(template: Mapping[str, Any], block: str) -> set[str]:
    declared = {*template.get("Resources", {}), *template.get("Parameters", {})}
    parts = [part for part in template.get(block, {}).values() if isinstance(part, dict)]
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
            yield from [str(part).partition(".")[0] for part in _listed(given)[:1]]
        elif function == "Fn::Sub":
            text, bound = (*_listed(given), {}, {})[:2]
            names = [name.partition(".")[0] for name in _VARIABLE.findall(str(text))]
            yield from (name for name in names if not isinstance(bound, dict) or name not in bound)
            yield from _references(list(bound.values()) if isinstance(bound, dict) else [])
        else:
            yield from _references(given)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
