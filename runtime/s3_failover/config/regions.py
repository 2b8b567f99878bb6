"""Which AWS regions there are."""

import functools
import importlib.util
import json
from pathlib import Path

NO_WEBSITE_ALIAS = frozenset({"ap-southeast-6", "mx-central-1"})
"""Regions for whose S3 websites Route 53 has no hosted zone id, which an alias record needs (CDK, region-info)."""


@functools.cache
def known_regions() -> frozenset[str]:
    """The commercial regions with S3 that the installed botocore knows.

    Needs neither network nor credentials: a session would also read the profile that AWS_PROFILE names. Reads the file
    in which botocore has them, because importing botocore takes longer than everything else that `check` does.
    """
    found = importlib.util.find_spec("botocore")
    assert found is not None
    assert found.origin is not None
    told = json.loads(Path(found.origin).with_name("data").joinpath("endpoints.json").read_bytes())
    partition = next(each for each in told["partitions"] if each["partition"] == "aws")
    return frozenset(partition["services"]["s3"]["endpoints"]) & frozenset(partition["regions"])
