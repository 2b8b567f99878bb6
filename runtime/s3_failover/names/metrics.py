"""The names of the clients' metrics in CloudWatch, which sinks publish and alarms watch."""

NAMESPACE = "S3Failover"
"""The default namespace of the clients' metrics."""

REGION_FAILING = "RegionFailing"
REGION_MISCONFIGURED = "RegionMisconfigured"
"""Of one region, as `REGION_FAILING`; the others are of all."""
ALL_REGIONS_FAILING = "AllRegionsFailing"
EXHAUSTED = "Exhausted"
LOCAL_FAULTS = "LocalFaults"
REFUSED = "Refused"
