"""Where a construct belongs: what AWS publishes in one region alone is of no use in another."""

from aws_cdk import Aws, Stack, Token
from aws_cdk import aws_s3 as s3
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from s3_failover.names.stacks import EDGE_REGION
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits, optional_text

_EDGES = {"aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""Where Route 53 and CloudFront are controlled and publish in other partitions (AWS General Reference, endpoints)."""


def a_region(argument: str, region: str | None) -> None:
    """Refuse what is no region that the CDK knows; None stands for the default.

    Raises:
        TypeError: it is another type.
        ValueError: the CDK does not know it.
    """
    optional_text(argument, region)
    if region is not None and not Token.is_unresolved(region) and RegionInfo.get(region).partition is None:
        fits(argument, [Misfit(region, "a region such as us-east-1", "correct it, or take a newer aws-cdk-lib")])


def at_the_edge(scope: Construct, what: str) -> None:
    """Refuse a stack whose region is known and is not the edge's, which is us-east-1 in the commercial partition.

    Args:
        scope: what belongs there.
        what: what it is about, in the plural.

    Raises:
        ValueError: the stack is in another region.
    """
    region = Stack.of(scope).region
    if Token.is_unresolved(region):
        return
    edge = _EDGES.get(RegionInfo.get(region).partition or "", EDGE_REGION)
    if region != edge:
        msg = f"{what} need a stack in {edge}, got {region}: move the construct"
        raise ValueError(msg)


def url_suffix(region: str) -> str:
    """Return what names of services end with in a region, as in `amazonaws.com.cn`."""
    if Token.is_unresolved(region):
        return Aws.URL_SUFFIX
    return RegionInfo.get(region).domain_suffix or "amazonaws.com"


MOVE = "move the construct, or import the bucket with the region that it is in"


def beside(scope: Construct, argument: str, there: str, remedy: str = MOVE) -> None:
    """Refuse a stack in another region than what it works with, where both are known.

    Args:
        scope: what belongs there.
        argument: the argument whose region counts.
        there: that region.
        remedy: the way out.

    Raises:
        ValueError: the regions differ.
    """
    here = Stack.of(scope).region
    if not (Token.is_unresolved(here) or Token.is_unresolved(there)) and here != there:
        raise ValueError(f"{argument}: got one in {there}, expected one in the stack's region {here}; {remedy}")


def region_known(scope: Construct, argument: str, *buckets: s3.IBucket) -> None:
    """Refuse an imported bucket whose region only the stack knows that imports it, where that is another stack.

    Such a region is a token, and means the region of whichever stack has it in its template.

    Args:
        scope: what needs the region.
        argument: the argument with the buckets.
        buckets: the buckets.

    Raises:
        ValueError: a bucket is such a one.
    """
    here = Stack.of(scope).node.path
    for bucket in buckets:
        home = Stack.of(bucket).node.path
        if home != here and not isinstance(bucket, s3.Bucket) and Token.is_unresolved(bucket.env.region):
            got = f"got {bucket.node.path}, whose region only the stack {home or 'that imports it'} knows"
            raise ValueError(f"{argument}: {got}, expected one with a region; {IMPORT}")


def regions_apart(primary: s3.IBucket, argument: str, copy: s3.IBucket) -> None:
    """Refuse two buckets that are imported without a region: then each has the region of its stack, which is the same.

    Args:
        primary: one of them.
        argument: the argument with the other.
        copy: the other.

    Raises:
        ValueError: both are imported, and have the one region of their stacks.
    """
    if _has_region_of_its_stack(primary) and _has_region_of_its_stack(copy) and primary.env.region == copy.env.region:
        region = "the region of its stack" if Token.is_unresolved(copy.env.region) else copy.env.region
        got = f"got {copy.node.path} in {region}, as {primary.node.path} is"
        raise ValueError(f"{argument}: {got}, expected a bucket in another region; {IMPORT}")


def _has_region_of_its_stack(bucket: s3.IBucket) -> bool:
    return not isinstance(bucket, s3.Bucket) and bucket.env.region == Stack.of(bucket).region


IMPORT = "import it with its region: Bucket.from_bucket_attributes(..., region=...)"


def away_from(scope: Construct, argument: str, lost: str | None, what: str) -> None:
    """Refuse a stack in the region whose loss something must outlive, where it is known.

    Args:
        scope: what must outlive it.
        argument: the argument that names the region.
        lost: the region.
        what: what would be lost with it.

    Raises:
        ValueError: it is the stack's own region.
    """
    if lost is not None and lost == Stack.of(scope).region:
        raise ValueError(
            f"{argument}: got {lost}, expected another region than the stack's; {what}: move the construct"
        )
