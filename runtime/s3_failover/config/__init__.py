"""The one configuration file, `failover.toml`, read and validated as a whole.

`load(path)` returns a `Config` or raises `ConfigError`, which carries every finding of the file at once.
Nothing below `app.py` and the command line reads configuration: stacks get a `Site`, constructs get plain arguments.
"""

from s3_failover.config.findings import ConfigError, Finding
from s3_failover.config.load import load, parse
from s3_failover.config.model import Alarms, Clients, Config, HostedZone, Mode, Secondary, Site, ViewerHttps
from s3_failover.config.names import Names

__all__ = [
    "Alarms",
    "Clients",
    "Config",
    "ConfigError",
    "Finding",
    "HostedZone",
    "Mode",
    "Names",
    "Secondary",
    "Site",
    "ViewerHttps",
    "load",
    "parse",
]
