"""Which resource of a deployment fails, with what message, and how late: the details of the fault `resource-fails`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = ("resource", "stack", "message", "after")
"""What can be given of it."""

_MESSAGE = "the embedded AWS makes this resource fail: the fault resource-fails is in effect"


@dataclass(frozen=True)
class FailingResource:
    """A resource whose creation and update fail."""

    resource: str
    """A resource type, a logical id, or the beginning of one."""
    stack: str | None = None
    """The name of the stack; none for every stack."""
    message: str = _MESSAGE
    """The reason that the stack's events give."""
    after: float = 0
    """How long the resource takes until it fails, in embedded seconds."""

    def is_it(self, resource_type: str, logical: str, stack: str) -> bool:
        """Tell whether this is the resource that fails."""
        return self.stack in (None, stack) and (resource_type == self.resource or self._may_be(logical))

    def as_dict(self) -> dict[str, Any]:
        """Return it as the admin interface tells it."""
        return {"resource": self.resource, "stack": self.stack, "message": self.message, "after": self.after}

    def _may_be(self, logical: str) -> bool:
        return ":" not in self.resource and logical.startswith(self.resource)


def failing(given: Mapping[str, Any]) -> FailingResource | None:
    """Return what the fields of a request say, or None if none of them is given.

    Raises:
        ValueError: they cannot be; the message is for people.
    """
    values = {name: given[name] for name in FIELDS if given.get(name) is not None}
    if not values:
        return None
    for name in ("resource", "stack", "message"):
        if name in values and not (isinstance(values[name], str) and values[name].strip()):
            raise ValueError(f"got the {name} {values[name]!r}, expected a text")
    if "resource" not in values:
        raise ValueError("got no resource, expected a resource type, a logical id or the beginning of one")
    after = values.get("after", 0)
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after < math.inf:
        raise ValueError(f"got after {after!r}, expected seconds of the embedded AWS's clock")
    return FailingResource(**values)
