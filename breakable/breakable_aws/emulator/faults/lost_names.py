"""The names that DNS does not have while it is broken; who knows an address, or has a connection, is served on."""

from breakable_aws.emulator.net.places import CLOUDFRONT_DOMAIN, is_cloudfront_name, s3_name

from .faults import CDN_NXDOMAIN, S3_NXDOMAIN, Faults

_OF_S3 = ("s3.{}", "s3-{}", "s3.dualstack.{}", "s3-website.{}", "s3-website-{}")
"""The names of S3's endpoints in a region, without the domain that all have."""


def domains(faults: Faults) -> list[str]:
    """Return the domains that DNS does not have, with final dots; of one that begins with `*.`, only what is below."""
    regions = sorted({fault.region for fault in faults.active() if fault.fault == S3_NXDOMAIN and fault.region})
    of_s3 = [f"{name.format(region)}.amazonaws.com." for region in regions for name in _OF_S3]
    return [f"*.{CLOUDFRONT_DOMAIN}."] * faults.has(CDN_NXDOMAIN) + of_s3


def is_lost(name: str, faults: Faults) -> bool:
    """Tell whether DNS does not have a name that AWS gave."""
    if is_cloudfront_name(name):
        return faults.has(CDN_NXDOMAIN)
    known = s3_name(name, "http")
    return known is not None and known.region is not None and faults.has(S3_NXDOMAIN, known.region)
