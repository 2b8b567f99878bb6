"""What a health checker asks."""

import re
from dataclasses import dataclass

from s3_failover import values
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits, flag, optional_text, text

_S3_WEBSITE = r"\.s3-website[.-][a-z0-9-]+\.amazonaws\.com(\.cn)?$"


@dataclass(frozen=True)
class Endpoint:
    """A service under its own name: never that of the record that the check decides, whose outcome is unpredictable.

    Attributes:
        domain_name: the service's own name, as a distribution's, a load balancer's or a bucket's.
        path: the path that checkers request, with its slash; by default the health object, or `/` without one.
        https: whether checkers use HTTPS; true by default, because over HTTP a redirect counts as healthy whatever
            is behind it. The website of a bucket speaks HTTP alone.

    Raises:
        ValueError: the name is not valid, or that of a bucket's website to be asked over HTTPS; the path is not valid.
    """

    domain_name: str
    path: str | None = None
    https: bool = True

    def __post_init__(self) -> None:
        text("domain_name", self.domain_name)
        fits("domain_name", values.service_name(self.domain_name))
        optional_text("path", self.path, values.resource_path)
        flag("https", self.https)
        if self.https and re.search(_S3_WEBSITE, self.domain_name):
            remedy = "a bucket's website speaks HTTP alone, and would be unhealthy for ever: write https=False"
            fits("https", [Misfit(f"True for {self.domain_name}", "False", remedy)])
