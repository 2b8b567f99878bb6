"""What a new project must know of its site, and whether failover.toml may say it."""

import re
from dataclasses import dataclass

from s3_failover.config import Site, of_document


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What describes a site, as `failover.toml` would say it; no value need be valid."""

    hostname: str
    zone_id: str
    zone_name: str
    primary_region: str
    replica_regions: tuple[str, ...]
    mode: str

    @property
    def name(self) -> str:
        """The name of the site's table: the first label of its hostname, where a table may be called that."""
        label = self.hostname.partition(".")[0]
        return label if re.fullmatch("[a-z][a-z0-9-]{0,31}", label) else "site"

    def site(self) -> Site:
        """Return the site.

        Raises:
            ConfigError: the file may not say this; it carries every finding, in the words of the file's own.
        """
        table = {
            "hostname": self.hostname,
            "primary_region": self.primary_region,
            "replica_regions": list(self.replica_regions),
            "hosted_zone": {"id": self.zone_id, "name": self.zone_name},
            "mode": self.mode,
            "secondary": {"type": "website"},
        }
        (site,) = of_document({"sites": {self.name: table}}).sites
        return site
