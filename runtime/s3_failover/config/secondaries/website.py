"""The website endpoint of the first replica: a public bucket named like the hostname, over HTTP only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3_failover.config.secondaries.kind import SecondaryEndpoint, SecondaryKind, SecondaryType

if TYPE_CHECKING:
    from s3_failover.config.model import Site

_DASHED = frozenset(
    {"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2"}
    | {"sa-east-1", "us-gov-west-1"}
)
"""Regions that have a dash before their name in it (AWS General Reference, Amazon S3 website endpoints)."""


class Website(SecondaryKind):
    """An S3 website, which needs no stack beside its bucket's and speaks no TLS."""

    type = SecondaryType.WEBSITE
    meaning = "the S3 website endpoint of the first replica, a public bucket named like the hostname, over HTTP only"
    endpoint = SecondaryEndpoint.S3
    speaks_https = False
    has_public_bucket = True
    capacity = 5_500  # GET requests for a prefix, until S3 splits it (S3 User Guide, optimizing-performance)

    def target(self, site: Site) -> str:
        """Return the bucket's website endpoint; S3 finds the bucket by the name in front of it."""
        region = site.replica_regions[0]
        return f"{site.hostname}.s3-website{'-' if region in _DASHED else '.'}{region}.amazonaws.com"

    def is_named(self, site: Site, name: str) -> bool:
        """Return whether a name is the bucket's endpoint, or at an apex the region's, to which an alias leads."""
        target = self.target(site)
        return name == target or (site.is_apex and f"{site.hostname}.{name}" == target)
