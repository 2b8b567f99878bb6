"""The tags by which other services find what belongs to a site."""

OWN = "s3-failover:"
"""How the keys of our own tags begin."""

SITE = f"{OWN}site"
"""The site's hostname, on everything that is deployed for it."""

ROLE = f"{OWN}role"
"""`primary` on the primary bucket: AWS FIS targets buckets by tags alone (FIS User Guide, fis-actions-reference)."""

PRIMARY = "primary"
"""The value of `ROLE` on the primary bucket."""


def of_primary(hostname: str) -> dict[str, str]:
    """Return the tags that the primary bucket of a hostname has, and no other bucket."""
    return {SITE: hostname, ROLE: PRIMARY}
