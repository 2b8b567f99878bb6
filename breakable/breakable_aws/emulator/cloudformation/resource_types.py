"""Adds resource types to ministack's CloudFormation, and wraps the handlers of those it has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.hooks import replace

Properties = Mapping[str, Any]
Resource = tuple[str, dict[str, Any]]
"""A physical id and the attributes for Fn::GetAtt."""

Create = Callable[[str, Properties, str], Resource]
"""Makes a resource from its logical id, its properties and the stack's name."""
Update = Callable[[str, Properties, Properties, str, str], Resource]
"""Changes a resource: physical id, old and new properties, stack name, logical id."""
Delete = Callable[[str, Properties], None]
"""Removes a resource: physical id and properties."""


def add(resource_type: str, *, create: Create, update: Update, delete: Delete) -> None:
    """Add a resource type, or take over one that ministack has; what can be imported stays so."""
    imported = provisioners._RESOURCE_HANDLERS.get(resource_type, {}).get("import")
    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": create,
        "update": update,
        "delete": delete,
        "update_with_logical_id": True,
    } | ({"import": imported} if imported else {})


def original(resource_type: str) -> tuple[Create, Update, Delete]:
    """Return ministack's handlers of a resource type, with the logical id always passed to an update."""
    handler = provisioners._RESOURCE_HANDLERS[resource_type]
    update = handler["update"]
    if handler.get("update_with_logical_id"):
        return handler["create"], update, handler["delete"]
    return handler["create"], lambda physical, old, new, stack, _: update(physical, old, new, stack), handler["delete"]


def pass_stack_tags(resource_type: str) -> None:
    """Have a resource type get the stack's tags in its list `Tags`."""
    provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def check_before(resource_type: str, check: Callable[[Properties, str | None], Properties]) -> None:
    """Have the properties checked that a resource is created or updated with.

    Args:
        resource_type: the resource's type.
        check: returns the properties to go on with, or raises; it gets the physical id too, None for a new one.
    """
    create, update, delete = original(resource_type)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        return create(logical, check(properties, None), stack)

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        return update(physical, old, check(new, physical), stack, logical)

    add(resource_type, create=create_checked, update=update_checked, delete=delete)


def refuse_existing(resource_type: str, name_property: str, exists: Callable[[str], bool]) -> None:
    """Make the creation of a resource fail when something of its template's name is there already."""
    create, update, delete = original(resource_type)

    def guarded(logical: str, properties: Properties, stack: str) -> Resource:
        name = properties.get(name_property)
        if name and exists(name):
            raise RefusedError(
                f"AlreadyExists: resource of type '{resource_type}' with identifier '{name}' already exists"
            )
        return create(logical, properties, stack)

    add(resource_type, create=guarded, update=update, delete=delete)


def name_of(properties: Properties, name_property: str, stack: str, logical: str, longest: int) -> str:
    """Return a resource's name: the template's, or one made of stack and logical id."""
    made: str = provisioners._physical_name(stack, logical, max_len=longest)
    return properties.get(name_property) or made


def add_tags(resource_type: str) -> None:
    """Have the tags of stacks added to the property `Tags` of a resource type."""
    provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def tell_replacing(resource_type: str, names: Collection[str]) -> None:
    """Have change sets tell that a change of some of a type's properties replaces a resource, and no other does."""
    recreation = stacks._property_recreation

    def recreation_told(changed_type: str, name: str) -> str:
        if changed_type != resource_type:
            told: str = recreation(changed_type, name)
            return told
        return "Always" if name in names else "Never"

    replace(stacks, "_property_recreation", recreation_told)


def replaced(physical: str, old: Properties, new: Resource, delete: Delete) -> Resource:
    """Return the resource that takes another one's place, which goes when the update has succeeded."""
    provisioners._delete_predecessor(delete, physical, old)
    return new
