"""Sites for tests, made the way a person makes them: from TOML."""

from s3_failover.config import Site, parse

REPLICAS = ("eu-central-1", "ap-south-1", "sa-east-1")


CDN = """
        [sites.shop.cdn]
        directories = "redirect"
        object_redirects = true
        security_headers = true
        content_security_policy = "default-src 'self'"
        cors_origins = ["https://app.example.com"]
        cache_policy = "658327ea-f89d-4fab-a63d-7e88639e58f6"
        allowed_countries = ["DE", "FR"]
        web_acl_arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0f1e2d3c-0000-4000-8000-0123456789ab"
        unguarded_secondary = true
        maintenance_page = "later.html"
        maintenance = true
        log_prefix = "cdn/shop"
"""
"""Everything that the table `cdn` offers at once."""

APP = "cdn = { single_page_app = true }"

ZONE = 'id = "Z0123456789ABCDEFGHIJ", name = "example.com"'


def site(
    *,
    mode: str = "dns",
    primary: str = "eu-west-1",
    replicas: int = 1,
    hostname: str = "shop.example.com",
    zone: str = ZONE,
    more: str = "",
    name: str = "shop",
) -> Site:
    """A site in a mode, with its primary somewhere and a number of replicas; its table has a name."""
    regions = ", ".join(f'"{region}"' for region in REPLICAS[:replicas])
    text = f"""
        [sites.{name}]
        hostname = "{hostname}"
        primary_region = "{primary}"
        replica_regions = [{regions}]
        hosted_zone = {{ {zone} }}
        mode = "{mode}"
        {more.replace("[sites.shop.", f"[sites.{name}.")}
    """
    (only,) = parse(text).sites
    return only
