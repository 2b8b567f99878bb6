"""Every kind of site that the app makes stacks for, and the stacks of all of them, synthesized once."""

import functools
from dataclasses import dataclass
from typing import Any

from site_stacks import synthesized
from sites import APP, CDN, site

from s3_failover.config import Site

MATRIX = [
    (mode, primary, replicas)
    for mode in ("dns", "hybrid")
    for primary in ("us-east-1", "eu-west-1")
    for replicas in (1, 3)
]

EMAILS = 'alarms = { warning_emails = ["team@example.com"], critical_emails = ["pager@example.com"] }'

OPTIONS = {
    "two-way": 'replication = { two_way = true, time_control = true, prefixes = ["_s3-failover/", "docs/"] }',
    "kms": """
        encryption = "kms"
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
        replication = { two_way = true }
        clients = {}
    """,
    "replica-account": """
        account = "111111111111"
        replica_account = "222222222222"
        encryption = "kms"
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
        clients = {}
    """,
    "monitor": "alarms = { monitor = true }",
    "cdn": CDN,
    "app": APP,
    "lambda": 'replication = { engine = "lambda" }',
    "external": 'secondary = { type = "external", hostname = "shop.cdn.example.net" }',
    "https": 'viewer_https = "hsts"\nsecondary = { type = "https" }',
    "https-kms": 'encryption = "kms"\nsecondary = { type = "https" }\nclients = {}',
    "https-lambda": 'secondary = { type = "https" }\nreplication = { engine = "lambda" }',
    "https-existing": """
        secondary = { type = "https" }
        existing = { replica_buckets = { eu-central-1 = "copy" } }
    """,
    "unlogged": 'access_logs = false\nstack_prefix = "web"',
    "existing": """
        [sites.shop.existing]
        primary_bucket = "content"
        replica_buckets = { eu-central-1 = "shop.example.com" }
        log_buckets = { ap-south-1 = "logs" }
        cdn_log_bucket = "logs"
    """,
}
"""Options that change what stacks hold; each on top of a site with two replicas."""

ALIASES = {
    "aliases": 'aliases = ["www.shop.example.com", "example.com"]',
    "aliases-https": 'aliases = ["www.example.com"]\nsecondary = { type = "https" }',
    "aliases-external": """
        aliases = ["www.example.com"]
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
    """,
}
"""Further hostnames, beside each kind of secondary."""

ZONES = {
    "made": 'name = "dns.example.com", create = true',
    "delegated": 'name = "dns.example.com", create = true, parent = { id = "Z1", name = "example.com" }',
    "delegated-by-another-account": 'name = "dns.example.com", create = true, parent = { id = "Z1", '
    'name = "example.com", role_arn = "arn:aws:iam::210987654321:role/dns" }',
}


@functools.cache
def every_kind() -> dict[str, Site]:
    """Return a site of every kind, by what is special about it."""
    matrix = {
        f"{mode}-{primary}-{replicas}": site(
            mode=mode, primary=primary, replicas=replicas, more=f"clients = {{}}\n{EMAILS}"
        )
        for mode, primary, replicas in MATRIX
    }
    options = {name: site(replicas=2, mode="hybrid", more=more) for name, more in OPTIONS.items()}
    aliases = {name: site(more=more) for name, more in ALIASES.items()}
    zones = {name: site(hostname="shop.dns.example.com", zone=zone) for name, zone in ZONES.items()}
    return {**matrix, **options, **aliases, **zones, "apex": site(hostname="example.com")}


@dataclass(frozen=True)
class KindOfStack:
    """A stack of a kind of site, such as `edge-us-east-1` of `two-way`."""

    kind: str
    name: str
    region: str
    template: dict[str, Any]


@functools.cache
def every_stack() -> tuple[KindOfStack, ...]:
    """Return the stacks of a site of every kind."""
    return tuple(
        KindOfStack(kind, name, stack.environment.region, stack.template)
        for kind, each in every_kind().items()
        for name, stack in synthesized(each).items()
    )
