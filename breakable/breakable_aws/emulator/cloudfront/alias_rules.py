"""What Route 53 refuses about the targets of alias records.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html`.
"""

from collections.abc import Mapping
from typing import Any

Problem = tuple[str, str]
"""An error code and its message."""

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone id of every distribution."""

WEBSITE_ZONES = {
    "Z11KHD8FBVPUYU": "s3-website.af-south-1.amazonaws.com.",
    "ZNB98KWMFR0R6": "s3-website.ap-east-1.amazonaws.com.",
    "Z064739330DAH7WJVOO93": "s3-website.ap-east-2.amazonaws.com.",
    "Z2M4EHUR26P7ZW": "s3-website-ap-northeast-1.amazonaws.com.",
    "Z3W03O7B5YMIYP": "s3-website.ap-northeast-2.amazonaws.com.",
    "Z2YQB5RD63NC85": "s3-website.ap-northeast-3.amazonaws.com.",
    "Z11RGJOFQNVJUP": "s3-website.ap-south-1.amazonaws.com.",
    "Z02976202B4EZMXIPMXF7": "s3-website.ap-south-2.amazonaws.com.",
    "Z3O0J2DXBE1FTB": "s3-website-ap-southeast-1.amazonaws.com.",
    "Z1WCIGYICN2BYD": "s3-website-ap-southeast-2.amazonaws.com.",
    "Z01846753K324LI26A3VV": "s3-website.ap-southeast-3.amazonaws.com.",
    "Z0312387243XT5FE14WFO": "s3-website.ap-southeast-4.amazonaws.com.",
    "Z08660063OXLMA7F1FJHU": "s3-website.ap-southeast-5.amazonaws.com.",
    "Z0031014GXUMRZG6I14G": "s3-website.ap-southeast-7.amazonaws.com.",
    "Z1QDHH18159H29": "s3-website.ca-central-1.amazonaws.com.",
    "Z03565811Z33SLEZTHOUL": "s3-website.ca-west-1.amazonaws.com.",
    "Z21DNDUVLTQW6Q": "s3-website.eu-central-1.amazonaws.com.",
    "Z030506016YDQGETNASS": "s3-website.eu-central-2.amazonaws.com.",
    "Z3BAZG2TWCNX0D": "s3-website.eu-north-1.amazonaws.com.",
    "Z3IXVV8C73GIO3": "s3-website.eu-south-1.amazonaws.com.",
    "Z0081959F7139GRJC19J": "s3-website.eu-south-2.amazonaws.com.",
    "Z1BKCTXD74EZPE": "s3-website-eu-west-1.amazonaws.com.",
    "Z3GKZC51ZF0DB4": "s3-website.eu-west-2.amazonaws.com.",
    "Z3R1K369G5AVDG": "s3-website.eu-west-3.amazonaws.com.",
    "Z09640613K4A3MN55U7GU": "s3-website.il-central-1.amazonaws.com.",
    "Z06143092I8HRXZRUZROF": "s3-website.me-central-1.amazonaws.com.",
    "Z1MPMWCPA7YB62": "s3-website.me-south-1.amazonaws.com.",
    "Z7KQH4QJS55SO": "s3-website-sa-east-1.amazonaws.com.",
    "Z3AQBSTGFYJSTF": "s3-website-us-east-1.amazonaws.com.",
    "Z2O1EMRO9K5GLX": "s3-website.us-east-2.amazonaws.com.",
    "Z2F56UZL2M1ACD": "s3-website-us-west-1.amazonaws.com.",
    "Z3BJ6K6RIION7M": "s3-website-us-west-2.amazonaws.com.",
}
"""The S3 website endpoint of each hosted zone id (AWS General Reference, Amazon S3 endpoints and quotas)."""


def violation(record: Mapping[str, Any]) -> Problem | None:
    """Return why Route 53 refuses an alias record, or None; a target in the same zone is not looked at."""
    target = record["AliasTarget"]
    name, zone = target["DNSName"].lower().rstrip(".") + ".", target["HostedZoneId"]
    if record.get("TTL") is not None or record.get("ResourceRecords"):
        return "InvalidInput", f"the alias record {record['Name']} cannot have TTL or ResourceRecords"
    if zone == CLOUDFRONT_ZONE or name.endswith(".cloudfront.net."):
        return _of_distribution(record, name, zone)
    if zone in WEBSITE_ZONES or ".s3-website" in f".{name}":
        return _of_website(record, name, zone)
    return None


def _of_distribution(record: Mapping[str, Any], name: str, zone: str) -> Problem | None:
    if zone != CLOUDFRONT_ZONE or not name.endswith(".cloudfront.net."):
        return "InvalidChangeBatch", f"the alias target {name} was not found in the hosted zone {zone}"
    if record["AliasTarget"]["EvaluateTargetHealth"]:
        return "InvalidChangeBatch", f"EvaluateTargetHealth cannot be set to true for CloudFront, got {record['Name']}"
    return None


def _of_website(record: Mapping[str, Any], name: str, zone: str) -> Problem | None:
    if WEBSITE_ZONES.get(zone) != name:
        return "InvalidChangeBatch", f"the alias target {name} was not found in the hosted zone {zone}"
    if record["Type"] != "A":
        return "InvalidChangeBatch", f"S3 websites have no {record['Type']} records, got {record['Name']}"
    return None
