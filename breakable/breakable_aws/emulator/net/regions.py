"""Which AWS regions there are."""

from functools import cache

import botocore.session


@cache
def all_regions() -> frozenset[str]:
    """Return the regions that have S3, in every partition."""
    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    return frozenset(region for name in partitions for region in session.get_available_regions("s3", name))


def exists(region: str) -> bool:
    """Tell whether there is a region of this name."""
    return region in all_regions()
