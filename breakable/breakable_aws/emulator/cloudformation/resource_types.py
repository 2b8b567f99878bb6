"""Adds resource types to ministack's CloudFormation, and wraps the handlers of those it has."""

from collections.abc import Callable, Mapping
from typing import Any

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import cloudformation

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
    imported = cloudformation.resource_types.get(resource_type, {}).get("import")
    cloudformation.resource_types[resource_type] = {
        "create": create,
        "update": update,
        "delete": delete,
        "update_with_logical_id": True,
    } | ({"import": imported} if imported else {})


def original(resource_type: str) -> tuple[Create, Update, Delete]:
    """Return ministack's handlers of a resource type, with the logical id always passed to an update."""
    handler = cloudformation.resource_types[resource_type]
    update = handler["update"]
    if handler.get("update_with_logical_id"):
        return handler["create"], update, handler["delete"]
    return handler["create"], lambda physical, old, new, stack, _: update(physical, old, new, stack), handler["delete"]


def check_before(resource_type: str, check: Callable[[Properties, str | None], Properties]) -> None:
    """Have the properties checked that a resource is created or updated with.

    `check` returns the properties to go on with, or raises; it gets the physical id too, None for a new one.
    """
    create, update, delete = original(resource_type)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        return create(logical, check(properties, None), stack)

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        return update(physical, old, check(new, physical), stack, logical)

    add(resource_type, create=create_checked, update=update_checked, delete=delete)


def complete_after(resource_type: str, complete: Callable[[Resource, Properties, str, Properties], None]) -> None:
    """Have a resource completed that was created or updated.

    `complete` gets the resource and its properties, and the physical id and the properties that it had before, both
    empty for a new one.
    """
    create, update, delete = original(resource_type)

    def create_whole(logical: str, properties: Properties, stack: str) -> Resource:
        made = create(logical, properties, stack)
        complete(made, properties, "", {})
        return made

    def update_whole(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        changed = update(physical, old, new, stack, logical)
        complete(changed, new, physical, old)
        return changed

    add(resource_type, create=create_whole, update=update_whole, delete=delete)


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
    return properties.get(name_property) or cloudformation.physical_name(stack, logical, longest)


def tags_of(properties: Properties) -> dict[str, str]:
    """Return the tags of a resource."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}


def replaced(physical: str, old: Properties, new: Resource, delete: Delete) -> Resource:
    """Return the resource that takes another one's place, which goes when the update has succeeded."""
    cloudformation.delete_when_updated(delete, physical, old)
    return new
