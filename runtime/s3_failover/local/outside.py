"""Makes what must exist before a site is deployed, on models where it is outside of AWS."""

from typing import Any

from breakable_aws import admin, aws
from breakable_aws.handle import Emulator
from s3_failover.config import EDGE_REGION, Site


def set_up(emulator: Emulator, site: Site) -> None:
    """Make the certificates, the CNAME of a hostname whose DNS is elsewhere, and the other provider's CDN."""
    if site.certificate_arn is not None:
        admin.put(emulator, f"certificates/{site.certificate_arn}", {"names": [site.hostname]})
    if site.secondary.certificate_arn is not None:
        names = {"names": [site.hostname, site.endpoint_check_name]}
        admin.put(emulator, f"certificates/{site.secondary.certificate_arn}", names)
    if site.record_name is not None:
        _lead_to_records(emulator, site, site.record_name)
    if not site.secondary.kind.is_ours:
        first = site.replica_regions[0]
        cdn = {
            "names": [site.hostname, site.secondary.hostname],
            "bucket": site.names(emulator.account).replica(first),
            "region": first,
            "index": site.index_document,
            "error": site.error_document,
        }
        admin.put(emulator, f"outside/cdns/{site.secondary.hostname}", cdn)


def _lead_to_records(emulator: Emulator, site: Site, record_name: str) -> None:
    """Make the hostname a CNAME of the failover records, unless its own zone has a record of that name."""
    zone = site.hosted_zone
    if not site.is_in_zone:
        admin.put(emulator, f"outside/cnames/{site.hostname}", {"target": record_name})
    elif zone.id is not None and not _has_records(emulator, zone.id, site.hostname):
        value = [{"Value": record_name}]
        record = {"Name": site.hostname, "Type": "CNAME", "TTL": site.record_ttl, "ResourceRecords": value}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        _route53(emulator).change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch=batch)


def _has_records(emulator: Emulator, zone: str, name: str) -> bool:
    found = _route53(emulator).list_resource_record_sets(HostedZoneId=zone, StartRecordName=f"{name}.")
    return any(record["Name"] == f"{name}." for record in found["ResourceRecordSets"])


def _route53(emulator: Emulator) -> Any:
    return aws.client(emulator, "route53", EDGE_REGION)
