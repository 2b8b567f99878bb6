"""What a backfill costs, roughly: list prices without tax, for a person to decide by."""

from __future__ import annotations

from dataclasses import dataclass

AS_OF = "2026-11"
"""When these numbers were written down."""

SOURCE = "Amazon S3 pricing, US East (N. Virginia), S3 Standard"
"""Where they are from; other regions differ, transfer between some of them costs up to seven times as much."""

JOB = 0.25
"""US dollars for a job of S3 Batch Operations."""

OBJECTS_PER_MILLION = 1.00
"""For a million objects that a job works on."""

LISTING_PER_MILLION = 0.015
"""For a million objects in the bucket, where S3 makes the list."""

WRITES_PER_THOUSAND = 0.005
"""For a thousand PUT or COPY requests; each replica takes one for an object."""

TRANSFER_PER_GB = 0.02
"""For a GB from one region to another."""


@dataclass(frozen=True)
class Price:
    """The parts of a price, in US dollars.

    Attributes:
        job: the job of S3 Batch Operations and its objects.
        requests: writes in the primary and in the replicas.
        transfer: from the primary's region to the others.
    """

    job: float
    requests: float
    transfer: float

    @property
    def total(self) -> float:
        """The sum."""
        return self.job + self.requests + self.transfer


def batch(objects: int, size: int, replicas: int) -> Price:
    """Return the price of a job that brings objects of so many bytes together to so many replicas."""
    return Price(
        JOB + objects / 1e6 * OBJECTS_PER_MILLION,
        objects * replicas / 1000 * WRITES_PER_THOUSAND,
        size * replicas / 1e9 * TRANSFER_PER_GB,
    )


def direct(objects: int, size: int, replicas: int) -> Price:
    """Return the price of copying objects onto themselves and replicating them; old versions are stored on top."""
    return Price(0.0, objects * (1 + replicas) / 1000 * WRITES_PER_THOUSAND, size * replicas / 1e9 * TRANSFER_PER_GB)


def queue(objects: int, size: int, replicas: int) -> Price:
    """Return the price of copies by the site's function, without its invocations."""
    return Price(0.0, objects * replicas / 1000 * WRITES_PER_THOUSAND, size * replicas / 1e9 * TRANSFER_PER_GB)
