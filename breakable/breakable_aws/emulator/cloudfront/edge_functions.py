"""What CloudFront refuses about functions; they run in Node.js, which is where ministack sends them.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteFunction.html` and, for the size,
`https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions`.
"""

from __future__ import annotations

from ministack.services import cloudfront

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original, refuse_existing

TYPE = "AWS::CloudFront::Function"
LARGEST = 10 * 1024
"""Bytes of code that a function may have."""

_delete_by_api = cloudfront._cf_delete_function


def install() -> None:
    """Refuse a name that is taken, code that is too large, and the deletion of a function that is in use."""
    refuse_existing(TYPE, "Name", lambda name: name in cloudfront._functions)
    create, update, delete = original(TYPE)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        _require_small(properties)
        return create(logical, properties, stack)

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        _require_small(new)
        return update(physical, old, new, stack, logical)

    def delete_checked(physical: str, properties: Properties) -> None:
        user = user_of(physical)
        if user:
            raise RefusedError(f"FunctionInUse: the function {physical} is used by the distribution {user}")
        delete(physical, properties)

    add(TYPE, create=create_checked, update=update_checked, delete=delete_checked)
    replace(cloudfront, "_cf_delete_function", _delete)


def user_of(name: str) -> str | None:
    """Return the id of a distribution that uses a function, or None."""
    function = cloudfront._functions.get(name)
    used = (
        identifier
        for identifier, distribution in cloudfront._distributions.items()
        if function and function["arn"] in cloudfront._function_arns_in(distribution)
    )
    return next(used, None)


def _delete(name: str, headers: dict[str, str]) -> Answer:
    user = user_of(name)
    if user:
        message = f"Cannot delete the function, it is in use by the distribution {user}"
        refused: Answer = cloudfront._error("FunctionInUse", message, 409)
        return refused
    answer: Answer = _delete_by_api(name, headers)
    return answer


def _require_small(properties: Properties) -> None:
    size = len(properties["FunctionCode"].encode())
    if size > LARGEST:
        raise RefusedError(f"FunctionSizeLimitExceeded: the function has {size} bytes, expected at most {LARGEST}")
