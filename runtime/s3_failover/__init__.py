"""Keep a site on S3 alive through the loss of an AWS region, and prove it.

The client is imported from here, and only when it is asked for: `from s3_failover import Region, S3FailoverClient`.
"""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3_failover.client import *  # noqa: F403

__version__ = "0.1.0"

# As in the client, whose import would load boto3: what completion in a REPL and `import *` read.
__all__ = [
    "AllRegionsFailed",
    "AsyncS3FailoverClient",
    "Attempt",
    "ChecksumMissing",
    "DeadlineExceeded",
    "Download",
    "Ejection",
    "Hedging",
    "InvalidConfiguration",
    "Listener",
    "LocalFault",
    "ObjectNotFound",
    "Outcome",
    "PersistedIndex",
    "Phase",
    "Probe",
    "RandomStart",
    "ReadParameters",
    "Region",
    "RegionHealth",
    "RegionMisconfigured",
    "Request",
    "RequestFailed",
    "Result",
    "RetryBudget",
    "RetryBudgetExhausted",
    "RoundRobin",
    "S3FailoverClient",
    "S3FailoverError",
    "S3Object",
    "Selector",
    "Timeouts",
    "UnsafeKey",
]


def __dir__() -> list[str]:
    """Return what the package has, the client's public names among it."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Return a public name of the client; boto3 is not loaded before that.

    Python asks here for a module of this package, too, before it imports it: that is none of the client's names.
    """
    if not name.startswith("_") and importlib.util.find_spec(f"{__name__}.{name}") is None:
        client = importlib.import_module("s3_failover.client")
        if name in client.__all__:
            return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
