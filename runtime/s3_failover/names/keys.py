"""The keys of objects that a site has besides its content."""

from __future__ import annotations

HEALTH_KEY = "_s3-failover/health.txt"
"""The default key of the health object, which every check and probe reads."""
