"""What a kind of secondary is asked for, from `cdk synth` to `s3-failover cost`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from s3_failover.config.model import Site
    from s3_failover.names.stacks import StackRole


class SecondaryType(StrEnum):
    """What answers when DNS has moved."""

    WEBSITE = "website"
    HTTPS = "https"
    EXTERNAL = "external"


class SecondaryEndpoint(StrEnum):
    """What a health check asks, as Route 53 charges for it."""

    S3 = "s3"
    DISTRIBUTION = "cloudfront"
    API = "api gateway"
    CALCULATED = "calculated"
    """Other checks, in place of an endpoint."""
    OUTSIDE = "outside aws"


class SecondaryKind(ABC):
    """One kind of secondary.

    Attributes:
        type: its name in the configuration.
        meaning: what it is, in the config reference.
        endpoint: what its health check asks.
        sender: the AWS service whose traffic is paid for what it answers.
        stack: the role of its own stack; None where the first replica's bucket is all that it needs.
        speaks_http: whether viewers who come by HTTP are served.
        speaks_https: whether viewers who come by HTTPS are served.
        is_ours: whether it is AWS's and in the site's hands, and not another provider's.
        has_public_bucket: whether the first replica's bucket is its endpoint: named like the hostname, and readable by
            anyone. A caller without `s3:ListBucket` gets 403 for a missing object.
        capacity: how many requests a second AWS documents that it answers; None where AWS does not know.
        has_own_names: whether its stack makes names, a certificate and a role for its endpoint.
    """

    type: ClassVar[SecondaryType]
    meaning: ClassVar[str]
    endpoint: ClassVar[SecondaryEndpoint]
    sender: ClassVar[str] = "S3"
    stack: ClassVar[StackRole | None] = None
    speaks_http: ClassVar[bool] = True
    speaks_https: ClassVar[bool] = True
    is_ours: ClassVar[bool] = True
    has_public_bucket: ClassVar[bool] = False
    capacity: ClassVar[int | None] = None
    has_own_names: ClassVar[bool] = False

    @abstractmethod
    def target(self, site: Site) -> str:
        """Return the name that the SECONDARY record points at."""

    def check_name(self, site: Site) -> str:
        """Return the name that its health check asks."""
        return self.target(site)

    def is_named(self, site: Site, name: str) -> bool:
        """Return whether a name in a DNS answer is the secondary's."""
        return name == self.target(site)
