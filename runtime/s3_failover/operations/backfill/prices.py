"""What a backfill costs, roughly, for a decision: from the list of prices that `cost` works with."""

from decimal import Decimal

from s3_failover.config import Site
from s3_failover.operations.backfill.result import Engine, JobPrice
from s3_failover.operations.cost.items import GB, transfer
from s3_failover.operations.cost.prices import load


def price(site: Site, engine: Engine, objects: int, size: int) -> JobPrice:
    """Return what it costs to bring objects of so many bytes together to every replica.

    What old versions cost, or the invocations of a site's function, is not in it.
    """
    primary, replicas = site.primary_region, site.replica_regions
    job = unit("batch-job", primary) + objects * unit("batch-objects", primary) if engine is Engine.BATCH else Decimal()
    written = [*replicas, primary] if engine is Engine.DIRECT else replicas
    requests = sum((objects * unit("s3-put", region) for region in written), Decimal())
    moved = sum((size * unit(transfer(primary, region), primary) / GB for region in replicas), Decimal())
    return JobPrice(job, requests, moved)


def unit(name: str, region: str) -> Decimal:
    """Return what one of something costs in a region, in US dollars."""
    return load().price(name, region).each


def as_of(region: str) -> str:
    """Return of which day the price of a job is, and for which place."""
    found = load().price("batch-job", region)
    return f"list prices; the price of a job is of {found.source.dated}, for {found.place}"
