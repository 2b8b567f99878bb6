"""What a fault would hit: one that would hit nothing is an outage that never happens, and is refused."""

import re
from typing import Any

from breakable_aws.emulator.api_gateway import api_gateway
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.cloudfront.api import distributions
from breakable_aws.emulator.net import regions

from .faults import API_FAULTS, CDN_FAULTS, LAG, PAUSE, REGION, S3_FAULTS, S3_NXDOMAIN, STALE, FaultError

_STAGING = re.compile(r"cdk-[a-z0-9]+-assets-\d{12}-.+")
"""The buckets of the CDK's bootstrap stacks: no site is in a region where there is nothing else."""

CONTROL_PLANES = "us-east-1"
"""Where the control planes of services without a region are: no site is without them."""

_REMEDY = "deploy to it first"

_OF_A_REGION = (*S3_FAULTS, S3_NXDOMAIN, REGION, STALE)
"""The faults that hit what is deployed in the one region that they need."""


def check(fault: Any, region: Any) -> None:
    """Check that a fault hits something; one that cannot be at all is left to others.

    Raises:
        FaultError: nothing is deployed that it could hit; names the regions where something is.
    """
    if fault in CDN_FAULTS and not distributions():
        raise FaultError(f"there is no distribution, so {fault} would hit nothing: {_REMEDY}")
    if fault in API_FAULTS:
        _check_apis(fault, region)
    if fault in (*_OF_A_REGION, PAUSE, LAG):
        _check_region(fault, region)


def _check_region(fault: str, region: Any) -> None:
    deployed = deployed_regions()
    if not deployed:
        raise FaultError(f"nothing is deployed, so {fault} would hit nothing: {_REMEDY}")
    if fault == REGION:
        deployed = sorted({*deployed, CONTROL_PLANES})
    listed = ", ".join(deployed)
    if region is None and fault in _OF_A_REGION:
        raise FaultError(f"{fault} needs a region, expected one of {listed}: give --region")
    if isinstance(region, str) and regions.exists(region) and region not in deployed:
        raise FaultError(f"nothing is deployed in {region}, so {fault} would hit nothing, expected one of {listed}")


def _check_apis(fault: str, region: Any) -> None:
    where = api_gateway.regions()
    if not where:
        raise FaultError(f"no API has a domain name, so {fault} would hit nothing: {_REMEDY}")
    if region is None or (regions.exists(region) and region not in where):
        got = "no region" if region is None else region
        raise FaultError(f"got {got} for {fault}, expected a region where an API has a domain name: {', '.join(where)}")


def deployed_regions() -> list[str]:
    """Return the regions with buckets, sorted, those for the CDK's files aside."""
    buckets = (bucket for bucket in s3.all_buckets() if not _STAGING.fullmatch(bucket))
    return sorted({s3.region_of(bucket) for bucket in buckets})
