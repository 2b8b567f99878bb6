"""The names to ask the embedded DNS for: of the deployed sites, or of a configuration that may be deployed."""

from pathlib import Path

from breakable_aws import aws
from breakable_aws.handle import Emulator
from breakable_aws.route53.snapshot import Reader
from s3_failover.config import ConfigError, load


def deployed(emulator: Emulator) -> list[str]:
    """Return the names that have failover records, sorted; none while Route 53's control plane is down."""
    zones = Reader(aws.client(emulator, "route53", "us-east-1")).refresh().zones
    records = [record for zone in zones for record in zone.records]
    return sorted({record["Name"].rstrip(".") for record in records if record.get("Failover") == "PRIMARY"})


def configured(path: Path) -> list[str]:
    """Return the hostnames of a configuration file's sites, in its order; none where there is no such file."""
    try:
        return [site.hostname for site in load(path).sites]
    except ConfigError:
        return []
