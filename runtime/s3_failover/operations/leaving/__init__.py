"""Leaving a region that does not come back: a new primary elsewhere, filled from the replicas."""
