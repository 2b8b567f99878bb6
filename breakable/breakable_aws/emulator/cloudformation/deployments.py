"""What is asked before a deployment makes or changes a resource: is it cancelled, does it fail, would anything be lost?

The fault `resource-fails` fails a resource, at once or after a while. A property that the embedded AWS does not honour
fails it too, instead of something else being made than the template says.
"""

import time
from collections.abc import Iterable
from typing import Any

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import cloudformation, scopes
from breakable_aws.emulator.base.cloudformation import CUSTOM, Handlers, resource_types
from breakable_aws.emulator.faults.faults import Faults

from .property_guard import EXEMPT_STACK, problems
from .resource_types import Create, Properties, Resource
from .stack_deletions import is_being_deleted

_UNTIL_NEXT_LOOK = 0.02

_create_custom: Create = resource_types[CUSTOM]["create"]
_faults: list[Faults] = []


def guard(faults: Faults) -> None:
    """Have every creation and update of a resource ask here first; call it once, when all is installed."""
    _faults[:] = [faults]
    for resource_type, handlers in resource_types.items():
        resource_types[resource_type] = _guarded(resource_type, handlers)
    resource_types.pop(CUSTOM)
    know([CUSTOM])
    # Only a thread of its own may wait; which resource it will be is not known yet when that is asked.
    cloudformation.provision_on_threads_while(faults.has_slow_resource)


def know(custom_types: Iterable[str]) -> None:
    """Have custom resources of some types ask here, too."""
    for resource_type in custom_types:
        if resource_type not in resource_types:
            update = cloudformation.update_custom(resource_type)
            handlers = {"create": _custom(resource_type), "update": update, "update_with_logical_id": True}
            resource_types[resource_type] = _guarded(resource_type, handlers)


def _custom(resource_type: str) -> Create:
    def create(logical: str, properties: Properties, stack: str) -> Resource:
        return _create_custom(logical, properties, stack, resource_type)  # type: ignore[call-arg]

    return create


def _guarded(resource_type: str, handlers: Handlers) -> Handlers:
    create, update = handlers["create"], handlers.get("update")

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        suffer(resource_type, logical, stack)
        if is_being_deleted(stack):
            raise RefusedError("Resource creation cancelled")
        require_honoured(resource_type, properties, stack)
        made: Resource = create(logical, properties, stack)
        return made

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        suffer(resource_type, logical, stack)
        require_honoured(resource_type, new, stack)
        named = (logical,) if handlers.get("update_with_logical_id") else ()
        changed: Resource = update(physical, old, new, stack, *named) if update else (physical, {})
        return changed

    changing = {"update": update_checked, "update_with_logical_id": True} if update else {}
    return handlers | {"create": create_checked} | changing


def suffer(resource_type: str, logical: str, stack: str) -> None:
    """Return if a resource does not fail, or no longer; raise RefusedError if it does, or the operation is given up."""
    faults = _faults[0]
    begun = faults.clock.now()
    while (failing := faults.failing(resource_type, logical, stack, scopes.region())) is not None:
        if faults.clock.now() >= begun + failing.after:
            raise RefusedError(failing.message)
        if _is_given_up(stack):
            raise RefusedError("Resource creation cancelled")
        time.sleep(_UNTIL_NEXT_LOOK)


def require_honoured(resource_type: str, properties: Properties, stack: str) -> None:
    """Check that nothing of a resource would be dropped.

    Raises:
        RefusedError: something would be; the message names the type and the property.
    """
    found = [] if EXEMPT_STACK.fullmatch(stack) else list(problems(resource_type, properties))
    if found:
        raise RefusedError(" | ".join(found))


def _is_given_up(stack: str) -> bool:
    found: dict[str, Any] = cloudformation.stacks_by_name().get(stack) or {}
    return is_being_deleted(stack) or bool(found.get("_cancel_requested"))
