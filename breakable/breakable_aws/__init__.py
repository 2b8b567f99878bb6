"""An AWS on loopback that can be broken: deploy any CDK app to it, take a region away, and look.

import breakable_aws

with breakable_aws.running("state") as aws:
aws.deploy("my-cdk-app", regions=["us-east-1", "eu-west-1"])
with aws.broken("s3-503", region="eu-west-1"):
print(aws.alarms("eu-west-1"), aws.get("https://www.example.com/").status)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from breakable_aws.library import Aws, running, start, stop

__all__ = ["Aws", "running", "start", "stop"]


def __getattr__(name: str) -> Any:
    # Who only needs an error's class, or the emulator itself, has none of the packages that the rest needs.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from breakable_aws import library  # noqa: PLC0415

    return getattr(library, name)
