"""When CloudFront asks the second origin of a group.

AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html`.
"""

from collections.abc import Collection
from enum import Enum

METHODS = ("GET", "HEAD", "OPTIONS")
"""The only methods that fail over."""


class Trouble(Enum):
    """How an origin that does not answer counts: by the status code that a group lists for it."""

    UNREACHABLE = 503
    TIMEOUT = 504


def fails_over(method: str, outcome: int | Trouble, codes: Collection[int]) -> bool:
    """Tell whether a request goes on to the second origin.

    `outcome` is the first origin's status code, or why it gave none; `codes` are the group's failover criteria.
    """
    status = outcome.value if isinstance(outcome, Trouble) else outcome
    return method in METHODS and status in codes
