"""What viewers of each kind see of a site in the two outages that matter, by its configuration alone."""

from collections.abc import Iterator, Mapping

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import DISTRIBUTION_LOST, PRIMARY_LOST, Expected, Fails
from s3_failover.drill.kinds import kinds
from s3_failover.drill.site import DrilledSite
from s3_failover.results import part

LOSSES: Mapping[str, Mapping[Mode, Expected]] = {"primary-s3": PRIMARY_LOST, "distribution": DISTRIBUTION_LOST}
"""What must happen when S3 in the primary region, or the distribution, is lost."""


@part
class Outlook:
    """What viewers of one kind see of one site in one outage."""

    site: str
    lost: str
    """What is lost: `primary-s3`, S3 in the primary region, or `distribution`."""
    viewers: str
    """The kind of viewers, as in `requests` of a drill's report."""
    fails: str
    """For how long requests fail: `never`, `briefly` or `throughout` the outage."""
    seconds: float | None
    """How many seconds `briefly` lasts at most, if the outage does not end before; else null."""


def outlooks(site: Site) -> Iterator[Outlook]:
    """Return what viewers of each kind see of a site."""
    drilled = DrilledSite(site, slack=0)
    for lost, by_mode in LOSSES.items():
        expected = by_mode[site.mode].with_secondary(site.secondary.kind)
        for kind in kinds(site):
            fails = expected.fails(kind)
            seconds = drilled.follows(kind) if fails is Fails.BRIEFLY else None
            yield Outlook(site.name, lost, kind.name, fails.value, seconds)
