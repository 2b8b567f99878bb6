"""Fails a resource that would lose a property, instead of creating something else than the template says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import stacks

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.hooks import replace

from .property_guard import EXEMPT_STACK, problems


def install() -> None:
    """Check each resource before CloudFormation creates or changes it."""
    provision, update = stacks._provision_resource, stacks._update_resource

    def provision_honoured(resource_type: str, logical: str, properties: Mapping[str, Any], stack: str) -> Any:
        require_honoured(resource_type, properties, stack)
        return provision(resource_type, logical, properties, stack)

    def update_honoured(
        resource_type: str, physical: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str, *rest: Any
    ) -> Any:
        require_honoured(resource_type, new, stack)
        return update(resource_type, physical, old, new, stack, *rest)

    replace(stacks, "_provision_resource", provision_honoured)
    replace(stacks, "_update_resource", update_honoured)


def require_honoured(resource_type: str, properties: Mapping[str, Any], stack: str) -> None:
    """Check that nothing of a resource would be dropped.

    Raises:
        RefusedError: something would be; the message names the type and the property.
    """
    found = [] if EXEMPT_STACK.fullmatch(stack) else list(problems(resource_type, properties))
    if found:
        raise RefusedError(" | ".join(found))
