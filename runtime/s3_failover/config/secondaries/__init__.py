"""The kinds of secondary, each in a module of its own: nothing else asks which one a site has."""

from s3_failover.config.secondaries.external import External
from s3_failover.config.secondaries.https import Https
from s3_failover.config.secondaries.kind import SecondaryEndpoint, SecondaryKind, SecondaryType
from s3_failover.config.secondaries.website import Website

KINDS: dict[SecondaryType, SecondaryKind] = {kind.type: kind for kind in (Website(), Https(), External())}
"""Every kind, by its name in the configuration."""

__all__ = ["KINDS", "SecondaryEndpoint", "SecondaryKind", "SecondaryType"]
