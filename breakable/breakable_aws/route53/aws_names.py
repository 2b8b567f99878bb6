"""The names that AWS gives to distributions and endpoints, as zones: here all of them are this machine."""

from breakable_aws.route53.snapshot import Zone

TTL = 60
"""Seconds that an address lives, as CloudFront's and S3's do."""

IPV4 = "127.0.0.1"
IPV6 = "::ffff:127.0.0.1"
"""The same address as IPv6 knows it: everything listens on IPv4's loopback alone."""


def _zone(name: str, **addresses: str) -> Zone:
    servers = [f"ns-{number}.{name}" for number in (1, 2)]
    soa = f"{servers[0]} hostmaster.{name} 1 7200 900 1209600 {TTL}"
    apex = (_record(name, "NS", *servers), _record(name, "SOA", soa))
    return Zone(name, (*apex, *(_record(f"*.{name}", kind, value) for kind, value in addresses.items())))


def _record(name: str, kind: str, *values: str) -> dict[str, object]:
    return {"Name": name, "Type": kind, "TTL": TTL, "ResourceRecords": [{"Value": value} for value in values]}


ZONES = (_zone("cloudfront.net.", A=IPV4, AAAA=IPV6), _zone("amazonaws.com.", A=IPV4))
"""What answers for them. S3's website endpoints have no address of IPv6, and distributions have."""
