"""Sites for tests, made the way a person makes them: from TOML."""

from s3_failover.config import Site, parse

REPLICAS = ("eu-central-1", "ap-south-1", "sa-east-1")


ZONE = 'id = "Z0123456789ABCDEFGHIJ", name = "example.com"'


def site(
    *,
    mode: str = "dns",
    primary: str = "eu-west-1",
    replicas: int = 1,
    hostname: str = "shop.example.com",
    zone: str = ZONE,
    more: str = "",
) -> Site:
    """A site in a mode, with its primary somewhere and a number of replicas."""
    regions = ", ".join(f'"{region}"' for region in REPLICAS[:replicas])
    text = f"""
        [sites.shop]
        hostname = "{hostname}"
        primary_region = "{primary}"
        replica_regions = [{regions}]
        hosted_zone = {{ {zone} }}
        mode = "{mode}"
        {more}
    """
    (only,) = parse(text).sites
    return only
