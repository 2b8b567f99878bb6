"""Where a construct belongs: what AWS publishes in one region alone is of no use in another."""

from aws_cdk import Stack, Token
from constructs import Construct

from s3_failover.names.stacks import EDGE_REGION


def at_the_edge(scope: Construct, what: str) -> None:
    """Refuse a stack whose region is known and is not the edge's, which is us-east-1 in the commercial partition.

    Args:
        scope: what belongs there.
        what: what it is about, in the plural.

    Raises:
        ValueError: the stack is in another region.
    """
    region = Stack.of(scope).region
    if not Token.is_unresolved(region) and region != EDGE_REGION:
        msg = f"{what} need a stack in {EDGE_REGION}, got {region}: move the construct"
        raise ValueError(msg)


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
