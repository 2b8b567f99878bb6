"""Which AWS regions there are."""

from __future__ import annotations

import functools

from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

NO_WEBSITE_ALIAS = frozenset({"ap-southeast-6", "mx-central-1"})
"""Regions for whose S3 websites Route 53 has no hosted zone id, which an alias record needs (CDK, region-info)."""


@functools.cache
def known_regions() -> frozenset[str]:
    """The commercial regions with S3 that the installed botocore knows.

    Needs neither network nor credentials: a session would also read the profile that AWS_PROFILE names.
    """
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    return frozenset(resolver.get_available_endpoints("s3", "aws"))
