"""What is there before a site is deployed: here it is made, on models where it is outside of AWS."""

from __future__ import annotations

from s3_failover.config import SecondaryType, Site
from s3_failover.local import admin
from s3_failover.local.handle import Emulator


def set_up(emulator: Emulator, site: Site) -> None:
    """Make the certificates, the CNAME of a hostname whose DNS is elsewhere, and the other provider's CDN.

    Raises:
        UserError: the emulator refuses.
    """
    if site.certificate_arn is not None:
        admin.put(emulator, f"certificates/{site.certificate_arn}", {"names": [site.hostname]})
    if site.secondary.certificate_arn is not None:
        names = {"names": [site.hostname, site.endpoint_check_name]}
        admin.put(emulator, f"certificates/{site.secondary.certificate_arn}", names)
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
