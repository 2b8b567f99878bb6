"""Backfill: objects that the replication rules never saw, or failed to copy, brought to the replicas."""
