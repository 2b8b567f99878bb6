"""The outputs of stacks, which commands and people read."""

from aws_cdk import CfnOutput
from constructs import Construct

from s3_failover.names.stacks import Output


def output(scope: Construct, key: Output, value: str, description: str) -> None:
    """Define an output of a stack."""
    CfnOutput(scope, key.value, value=value, description=description)
