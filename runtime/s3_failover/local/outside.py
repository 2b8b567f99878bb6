"""What a person sets up outside of AWS before a site is deployed: here it is done for them, on models."""

from __future__ import annotations

from s3_failover.config import SecondaryType, Site
from s3_failover.local import admin
from s3_failover.local.handle import Emulator


def set_up(emulator: Emulator, site: Site) -> None:
    """Make the CNAME of a hostname whose DNS is elsewhere, and the other provider's CDN.

    Raises:
        UserError: the emulator refuses.
    """
    if site.record_name is not None:
        admin.put(emulator, f"outside/cnames/{site.hostname}", {"target": site.record_name})
    if site.secondary.type is SecondaryType.EXTERNAL:
        first = site.replica_regions[0]
        cdn = {
            "names": [site.hostname, site.secondary.hostname],
            "bucket": site.names(emulator.account).replica(first),
            "region": first,
            "index": site.index_document,
            "error": site.error_document,
        }
        admin.put(emulator, f"outside/cdns/{site.secondary.hostname}", cdn)
