"""How long clients of tests wait: no test depends on how fast the computer is."""

from s3_failover import Timeouts

PATIENT = Timeouts(connect=20, read=20, attempt=20, deadline=120)
"""Where no region has to be waited out: one that is well has all the time that a busy computer may take."""

SHORT = Timeouts(connect=1, read=1, attempt=1, deadline=60)
"""Where a region has to be given up: its wait is the test's, and those that are well have a second."""
