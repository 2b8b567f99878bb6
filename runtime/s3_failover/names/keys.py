"""The keys of objects that a site has besides its content."""

from __future__ import annotations

HEALTH_KEY = "_s3-failover/health.txt"
"""The default key of the health object, which every check and probe reads."""

EVACUATED_KEY = "evacuated.txt"
"""The key of the object that moves viewers to the secondary while it exists, in the evacuation switch's bucket."""
