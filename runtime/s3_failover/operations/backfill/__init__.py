"""Backfill: objects that the replication rules never saw, or failed to copy, brought to the replicas."""

from s3_failover.operations.backfill.permissions import policy

__all__ = ["policy"]
