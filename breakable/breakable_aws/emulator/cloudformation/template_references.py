"""A template that refers to what it does not declare is refused before anything is made, as `cdk import` finds out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers

from breakable_aws.emulator.base.hooks import replace

_validate = handlers.validate_template_support


def install() -> None:
    """Check the references of every template."""
    replace(handlers, "validate_template_support", validate)
    replace(changesets, "validate_template_support", validate)


def validate(template: Mapping[str, Any], conditions: Any, **more: Any) -> None:
    """Check a template.

    Raises:
        ValueError: it cannot be deployed; the message is CloudFormation's.
    """
    _validate(template, conditions, **more)
    if template.get("Transform"):
        return
    for block in ("Resources", "Outputs"):
        if missing := sorted(_undeclared(template, block)):
            names = f"[{', '.join(missing)}] in the {block} block of the template"
            raise ValueError(f"Template format error: Unresolved resource dependencies {names}")


def _undeclared(template: Mapping[str, Any], block: str) -> set[str]:
    declared = {*template.get("Resources", {}), *template.get("Parameters", {})}
    parts = [part for part in (template.get(block) or {}).values() if isinstance(part, dict)]
    wanted = {name for part in parts for name, _ in engine._intrinsic_references(part)}
    for part in parts:
        needed = part.get("DependsOn", [])
        wanted |= {needed} if isinstance(needed, str) else set(needed)
    return {name for name in wanted - declared if not name.startswith("AWS::")}
