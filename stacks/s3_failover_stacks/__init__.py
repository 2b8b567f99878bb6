"""A whole site for a CDK app: `Site`, and `add_sites` for those of a configuration file.

The stacks wire constructs and hold no resource of their own.
"""

from s3_failover.config import (
    Alarms,
    CdnSettings,
    Clients,
    ConfigError,
    Existing,
    HostedZone,
    Mode,
    ParentZone,
    ReplicationSettings,
    Secondary,
    ViewerHttps,
)
from s3_failover_stacks.arguments import SiteArguments
from s3_failover_stacks.cdn_options import CdnOptions
from s3_failover_stacks.messages import one_message
from s3_failover_stacks.notifications import SiteNotifications
from s3_failover_stacks.site import Site, add_sites
from s3_failover_stacks.site_stacks import SiteStacks

__all__ = [
    "Alarms",
    "CdnOptions",
    "CdnSettings",
    "Clients",
    "ConfigError",
    "Existing",
    "HostedZone",
    "Mode",
    "ParentZone",
    "ReplicationSettings",
    "Secondary",
    "Site",
    "SiteArguments",
    "SiteNotifications",
    "SiteStacks",
    "ViewerHttps",
    "add_sites",
    "one_message",
]
