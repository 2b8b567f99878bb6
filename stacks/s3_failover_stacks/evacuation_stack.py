"""The evacuation switch, in the first replica's region."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover_constructs import EvacuationSwitch


class EvacuationStack(Stack):
    """Defines the switch that `s3-failover evacuate` and `return` use, whichever bucket holds the replica.

    Attributes:
        switch: the switch.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: evacuation switch in {region}", **kwargs)
        self.switch = EvacuationSwitch(self, "Switch", bucket_name=site.names(self.account).evacuation)
