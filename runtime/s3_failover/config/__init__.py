"""The one configuration file, `failover.toml`, read and validated as a whole.

`load(path)` returns a `Config` or raises `ConfigError`, which carries every finding of the file at once.
Nothing below `app.py` and the command line reads configuration: stacks get a `Site`, constructs get plain arguments.
"""

from s3_failover.config.findings import ConfigError, ConfigFinding
from s3_failover.config.load import load, of_document, parse
from s3_failover.config.model import Config, Site
from s3_failover.config.routes import Route
from s3_failover.config.secondaries import SecondaryType
from s3_failover.config.tables import (
    Alarms,
    CdnSettings,
    Clients,
    Existing,
    HostedZone,
    Mode,
    ParentZone,
    ReplicationEngine,
    ReplicationSettings,
    Secondary,
    ViewerHttps,
)
from s3_failover.config.written import write as write_sites
from s3_failover.names.buckets import Names
from s3_failover.names.site import Naming
from s3_failover.names.stacks import EDGE_REGION, StackRole

__all__ = [
    "EDGE_REGION",
    "Alarms",
    "CdnSettings",
    "Clients",
    "Config",
    "ConfigError",
    "ConfigFinding",
    "Existing",
    "HostedZone",
    "Mode",
    "Names",
    "Naming",
    "ParentZone",
    "ReplicationEngine",
    "ReplicationSettings",
    "Route",
    "Secondary",
    "SecondaryType",
    "Site",
    "StackRole",
    "ViewerHttps",
    "load",
    "of_document",
    "parse",
    "write_sites",
]
