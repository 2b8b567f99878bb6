"""The fault `resource-fails` in CloudFormation: a resource's creation or update fails, at once or after a while."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.faults.faults import Faults

from .stack_deletions import is_being_deleted

_UNTIL_NEXT_LOOK = 0.02


def inflict(faults: Faults) -> None:
    """Have every creation and update of a resource ask the faults first; call it once, when all is installed."""
    provision, update, waits = stacks._provision_resource, stacks._update_resource, stacks._runs_on_worker_thread

    def provision_or_fail(resource_type: str, logical: str, properties: Mapping[str, Any], stack: str) -> Any:
        suffer(faults, resource_type, logical, stack)
        return provision(resource_type, logical, properties, stack)

    def update_or_fail(resource_type: str, physical: str, old: Any, new: Any, *rest: Any) -> Any:
        stack, logical, *_ = rest
        if old != new:
            suffer(faults, resource_type, logical, stack)
        return update(resource_type, physical, old, new, *rest)

    replace(stacks, "_provision_resource", provision_or_fail)
    replace(stacks, "_update_resource", update_or_fail)
    # Only a thread of its own may wait; which resource it will be is not known yet when that is asked.
    replace(stacks, "_runs_on_worker_thread", lambda resource_type: waits(resource_type) or faults.has_slow_resource())


def suffer(faults: Faults, resource_type: str, logical: str, stack: str) -> None:
    """Return if a resource does not fail, also because its fault is healed while it waits.

    Raises:
        RefusedError: it fails, or the operation is given up while it waits.
    """
    begun = faults.clock.now()
    while (failing := faults.failing(resource_type, logical, stack, get_region())) is not None:
        if faults.clock.now() >= begun + failing.after:
            raise RefusedError(failing.message)
        if _is_given_up(stack):
            raise RefusedError("Resource creation cancelled")
        time.sleep(_UNTIL_NEXT_LOOK)


def _is_given_up(stack: str) -> bool:
    found = cloudformation._stacks.get(stack) or {}
    return is_being_deleted(stack) or bool(found.get("_cancel_requested"))
