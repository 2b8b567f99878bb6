"""What CloudFormation can import: a bucket only in its own region.

An import takes a resource as it is. What the template says otherwise is drift, which the next update of such a
property ends.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html`.
"""

from __future__ import annotations

from ministack.core.responses import get_region
from ministack.services.cloudformation import changesets

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.s3.buckets import BUCKET


def install() -> None:
    """Look buckets up where they are."""
    identifier, problem = changesets._IMPORT_LOOKUPS[BUCKET]

    def problem_here(name: str) -> str | None:
        elsewhere = s3.is_here(name) and s3.region_of(name) != get_region()
        found: str | None = "Bucket not found" if elsewhere else problem(name)
        return found

    replace(changesets, "_IMPORT_LOOKUPS", changesets._IMPORT_LOOKUPS | {BUCKET: (identifier, problem_here)})
