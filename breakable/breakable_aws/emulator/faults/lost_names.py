"""The names that DNS does not have while it is broken; who knows an address, or has a connection, is served on."""

from breakable_aws.emulator.net.places import CLOUDFRONT_DOMAIN, is_cloudfront_name

from .faults import CDN_NXDOMAIN, Faults


def domains(faults: Faults) -> list[str]:
    """Return the domains below which DNS has no name, with final dots."""
    return [f"{CLOUDFRONT_DOMAIN}."] if faults.has(CDN_NXDOMAIN) else []


def is_lost(name: str, faults: Faults) -> bool:
    """Tell whether DNS does not have a name that AWS gave."""
    return faults.has(CDN_NXDOMAIN) and is_cloudfront_name(name)
