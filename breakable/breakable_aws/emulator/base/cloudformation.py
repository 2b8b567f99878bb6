"""CloudFormation: stacks, change sets and the table of resource types, as ministack keeps them."""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, provisioners, stacks

from .hooks import replace

Record = dict[str, Any]
"""A stack or a change set, live: what is written into it counts."""

Handlers = dict[str, Any]
"""What makes, changes, deletes and imports the resources of a type."""

CUSTOM = "AWS::CloudFormation::CustomResource"

resource_types: MutableMapping[str, Handlers] = provisioners._RESOURCE_HANDLERS
"""The handlers of every resource type; what is put here is used from then on."""

import_lookups: MutableMapping[str, tuple[tuple[str, ...], Callable[..., str | None]]] = changesets._IMPORT_LOOKUPS
"""For each type that can be imported the names of its identifier, and what returns why there is no such resource."""


def stacks_by_name() -> MutableMapping[str, Record]:
    """Return the stacks of the present account and region by name."""
    return cloudformation._stacks


def change_sets() -> MutableMapping[str, Record]:
    """Return the change sets of the present account and region by id."""
    return cloudformation._change_sets


def conditions_of(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, bool]:
    """Return the conditions of a template with the values of its parameters."""
    return stacks._evaluate_conditions(template, parameters)


def static_value(given: Any, change_set: Record, conditions: Mapping[str, bool]) -> Any:
    """Return what a property of a change set is before anything is made; None if a resource decides that."""
    template, names = change_set["_template"], (change_set["StackName"], change_set["StackId"])
    known = (template.get("Resources", {}), change_set["_resolved_params"], conditions, template.get("Mappings", {}))
    return stacks._static_property(given, *known, *names)


def physical_name(stack: str, logical: str, longest: int) -> str:
    """Return the name that CloudFormation makes up for a resource."""
    return provisioners._physical_name(stack, logical, max_len=longest)


def delete_when_updated(delete: Callable[..., None], *arguments: Any) -> None:
    """Delete a resource that another one has replaced, when the update has succeeded and if it is not retained."""
    provisioners._delete_predecessor(delete, *arguments)


def pass_stack_tags(resource_type: str) -> None:
    """Have a resource type get the stack's tags in its list `Tags`."""
    provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def tell_replacing(resource_type: str, names: Collection[str]) -> None:
    """Have change sets tell that a change of some of a type's properties replaces a resource, and no other does."""
    recreation = stacks._property_recreation

    def recreation_told(changed_type: str, name: str) -> str:
        if changed_type != resource_type:
            return recreation(changed_type, name)
        return "Always" if name in names else "Never"

    replace(stacks, "_property_recreation", recreation_told)


def update_custom(resource_type: str) -> Callable[..., Any]:
    """Return what updates the custom resources of a type."""

    def update(physical: str, old: Any, new: Any, stack: str, logical: str) -> Any:
        return provisioners._custom_resource_update(
            physical, old, new, stack, logical_id=logical, resource_type=resource_type
        )

    return update


def provision_on_threads_while(holds: Callable[[], bool]) -> None:
    """Have every resource made and changed on a thread of its own, which may wait, while something holds."""
    waits = stacks._runs_on_worker_thread
    replace(stacks, "_runs_on_worker_thread", lambda resource_type: waits(resource_type) or holds())
