"""What CloudFront refuses about functions; they run in Node.js, which is where ministack sends them.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteFunction.html` and, for the size,
`https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions`.
"""

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.cloudformation.resource_types import (
    Properties,
    add,
    check_before,
    original,
    refuse_existing,
)

from .api import Problem, distributions, read

TYPE = "AWS::CloudFront::Function"
LARGEST = 10 * 1024
"""Bytes of code that a function may have."""


def install() -> None:
    """Refuse a name that is taken, code that is too large, and the deletion of a function that is in use."""
    refuse_existing(TYPE, "Name", lambda name: arn_of(name) is not None)
    check_before(TYPE, _small)
    create, update, delete = original(TYPE)

    def delete_checked(physical: str, properties: Properties) -> None:
        user = user_of(physical)
        if user:
            raise RefusedError(f"FunctionInUse: the function {physical} is used by the distribution {user}")
        delete(physical, properties)

    add(TYPE, create=create, update=update, delete=delete_checked)


def arn_of(name: str, stage: str = "DEVELOPMENT") -> str | None:
    """Return the ARN of a function that is in a stage, or None."""
    found = read(f"/function/{name}/describe?Stage={stage}")
    return found.findtext("FunctionMetadata/FunctionARN") if found is not None else None


def user_of(name: str) -> str | None:
    """Return the id of a distribution that uses a function, or None."""
    arn = arn_of(name)
    used = (each.id for each in distributions() for function in each.config.iter("FunctionARN") if function.text == arn)
    return next(used, None)


def deletion_problem(name: str) -> Problem | None:
    """Return why CloudFront refuses the deletion of a function, or None."""
    user = user_of(name)
    message = f"Cannot delete the function, it is in use by the distribution {user}"
    return ("FunctionInUse", message, 409) if user else None


def _small(properties: Properties, _physical: str | None) -> Properties:
    size = len(properties["FunctionCode"].encode())
    if size > LARGEST:
        raise RefusedError(f"FunctionSizeLimitExceeded: the function has {size} bytes, expected at most {LARGEST}")
    return properties
