"""What a distribution keeps of the objects behind it, and makes of new ones."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from s3_failover.errors import UserError
from s3_failover.names.site import PREFIX
from s3_failover.operations.refusals import explained
from s3_failover.operations.shown import amount

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

REFERENCE = f"{PREFIX}publish-"
"""What the references of the invalidations of `publish` begin with."""

MOST_PATHS = 100
"""With more changed paths than this, everything is invalidated: a path costs money beyond 1,000 a month, `/*` counts
as one (CloudFront pricing, invalidation requests)."""

MOST_WILDCARDS = 15
"""Paths with a wildcard that may be under way at a time (CloudFront Developer Guide, InvalidationLimits)."""

_EITHER_WAY = "!$&'()*+,:;=@[]|^~"
"""What some viewers write plainly and others encode. CloudFront keeps each spelling by itself, drops only the one that
it is told, and takes some not at all, as `~` (CloudFront Developer Guide, invalidation-specifying-objects)."""


@dataclass(frozen=True)
class Cdn:
    """A distribution's cache.

    `index` is the document served for `/`; `reference` what the references of its invalidations begin with.
    """

    client: CloudFrontClient
    distribution_id: str
    index: str
    reference: str = REFERENCE

    def last_invalidation(self) -> datetime | None:
        """Return when `publish` last invalidated something; None if it never did, as far as CloudFront remembers.

        What was changed after that and is not invalidated yet was left behind by an interrupted run.
        """
        with explained(f"list the invalidations of {self.distribution_id}", service="cloudfront"):
            found = self.client.list_invalidations(DistributionId=self.distribution_id)["InvalidationList"]
            # The newest are on the first page. Those made by others say nothing about what is left.
            for each in sorted(found.get("Items", ()), key=itemgetter("CreateTime"), reverse=True):
                made = self.client.get_invalidation(DistributionId=self.distribution_id, Id=each["Id"])["Invalidation"]
                if made["InvalidationBatch"]["CallerReference"].startswith(REFERENCE):
                    return made["CreateTime"]
        return None

    def paths(self, keys: Iterable[str]) -> list[str]:
        """Return the paths under which viewers find these keys, in every spelling; everything, where they are many."""
        found = set()
        for key in keys:
            found.add(_path(key))
            if key == self.index or key.endswith(f"/{self.index}"):
                found.add(_path(key.removesuffix(self.index)))
        wildcards = sum(path.endswith("*") for path in found)
        return sorted(found) if len(found) <= MOST_PATHS and wildcards <= MOST_WILDCARDS else ["/*"]

    def invalidate(self, paths: Sequence[str]) -> str:
        """Drop what is cached under these paths, and return the invalidation's id."""
        batch: Any = {
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": f"{self.reference}{uuid.uuid4()}",
        }
        with explained(f"invalidate {amount(len(paths), 'path')} of {self.distribution_id}", service="cloudfront"):
            made = self.client.create_invalidation(DistributionId=self.distribution_id, InvalidationBatch=batch)
            return made["Invalidation"]["Id"]

    def wait(self, invalidation: str, *, seconds: float, say: Callable[[str], None]) -> None:
        """Wait until an invalidation has reached all edge locations; raise UserError if it takes too many seconds."""
        begin = time.monotonic()
        while True:
            with explained(f"look at the invalidation {invalidation}", service="cloudfront"):
                found = self.client.get_invalidation(DistributionId=self.distribution_id, Id=invalidation)
            if found["Invalidation"]["Status"] == "Completed":
                return
            if time.monotonic() - begin > seconds:
                raise UserError(
                    f"the invalidation {invalidation} is not complete after {seconds:g} s: look again later"
                )
            say(f"  invalidating for {time.monotonic() - begin:.0f} s")
            time.sleep(3)


def _path(key: str) -> str:
    """Return the path of a key; a wildcard from the first character on that has two spellings."""
    return re.sub(f"[{re.escape(_EITHER_WAY)}].*", "*", f"/{quote(key, safe='/' + _EITHER_WAY)}")
