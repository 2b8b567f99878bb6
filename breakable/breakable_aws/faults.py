"""Breaks and heals the embedded AWS."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from breakable_aws import admin
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator

NAMES = {
    "s3-refuse": "S3 of a region refuses connections",
    "s3-hang": "S3 of a region accepts connections and never answers",
    "s3-reset": "S3 of a region resets connections",
    "s3-503": "S3 of a region answers 503",
    "s3-slowdown": "S3 of a region answers 503 SlowDown",
    "s3-403": "S3 of a region denies everything",
    "s3-slow": "S3 of a region answers three seconds late",
    "s3-drip": "S3 of a region sends objects a byte each second",
    "s3-nxdomain": "DNS has no name of S3 of a region",
    "api-refuse": "API Gateway of a region refuses connections",
    "api-503": "API Gateway of a region answers 503",
    "region-down": "every API of a region drops connections",
    "cdn-refuse": "every distribution refuses connections",
    "cdn-nxdomain": "DNS has no distribution's name",
    "cdn-503": "every distribution answers 503",
    "replication-pause": "nothing replicates (to one region, or at all)",
    "replication-lag": "replication is late (to one region, or everywhere)",
    "replica-stale": "S3 of a region gets nothing new, and replication says that all is done",
    "control-planes-down": "Route 53, CloudFront, IAM and CloudFormation take no calls",
    "sts-hang": "STS accepts requests and never answers (in one region, or at all)",
    "credentials-expire": "every service refuses the credentials of this run as expired",
    "resource-fails": "CloudFormation fails to create and update a resource",
}
"""Every fault, with what it does."""


@dataclass(frozen=True)
class Broken:
    """A fault that is in effect.

    Attributes:
        id: names it for healing.
        fault: one of `NAMES`.
        region: where, or None.
        until: when it ends by itself, in embedded time since the epoch, or None.
        resource: which resource of a deployment fails, or None.
        stack: the only stack whose resource fails, or None.
    """

    id: str
    fault: str
    region: str | None
    until: float | None
    resource: str | None = None
    stack: str | None = None

    @property
    def where(self) -> str:
        """The resource and its stack, and the region, as far as the fault has them, each after a space."""
        stack = f" of {self.stack}" if self.stack else ""
        resource = f" {self.resource}{stack}" if self.resource else ""
        return resource + (f" in {self.region}" if self.region else "")


@dataclass(frozen=True)
class FailingResource:
    """What the fault `resource-fails` hits, and how.

    Attributes:
        resource: a resource type, a logical id, or the beginning of one.
        stack: the name of the only stack; None for all.
        message: the reason that the stack's events give; None for one that names the fault.
        after: how long the resource takes until it fails, in embedded seconds; None for no time.
    """

    resource: str | None
    stack: str | None = None
    message: str | None = None
    after: float | None = None


def break_(
    emulator: Emulator,
    fault: str,
    *,
    region: str | None = None,
    seconds: float | None = None,
    lag: float | None = None,
    percent: float | None = None,
    failing: FailingResource | None = None,
) -> Broken:
    """Put a fault into effect for all clients alike.

    Args:
        emulator: what to break.
        fault: one of `NAMES`.
        region: where; S3's faults need one.
        seconds: embedded seconds until it ends by itself; by default it lasts until it is healed, or the emulator ends.
        lag: how late replication is, in embedded seconds.
        percent: how many of a hundred requests `s3-503` and `s3-slowdown` hit; by default all.
        failing: the resource of `resource-fails`.

    Raises:
        BreakableError: the emulator refuses: no such fault, no such region, or nothing that it would hit.
    """
    body = {"fault": fault, "region": region, "seconds": seconds, "lag": lag, "percent": percent}
    body |= asdict(failing) if failing else {}
    return _broken(_call(emulator, "PUT", "faults", body))


def heal(emulator: Emulator, identifier: str | None = None) -> None:
    """Take a fault away, by default all of them.

    Raises:
        BreakableError: there is no such fault.
    """
    _call(emulator, "DELETE", f"faults/{identifier}" if identifier else "faults")


def current(emulator: Emulator) -> list[Broken]:
    """Return the faults in effect."""
    return [_broken(fault) for fault in _call(emulator, "GET", "faults")["faults"]]


def _broken(fault: dict[str, Any]) -> Broken:
    return Broken(
        fault["id"], fault["fault"], fault["region"], fault["until"], fault.get("resource"), fault.get("stack")
    )


def _call(emulator: Emulator, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    status, text = admin.answered(emulator, method, path, body)
    try:
        answer: dict[str, Any] = json.loads(text or b"{}")
    except ValueError as error:
        raise admin.no_answer(emulator, error) from error
    if status >= 300:
        raise BreakableError(str(answer.get("error", f"the embedded AWS answered {status}")))
    return answer
