"""The client: reads objects from every region that holds them, and fails over between two of them within one request.

Three rooms, each with one job, and with arrows that go one way:

    client, aio
    ├── regions   which region a request asks: selectors, ejection, probes, hedging ──┐
    ├── files     downloads and the cache on disk ────────────────────────────────────┤
    └── net       one attempt on the wire: limits, connections, body, credentials ◄───┘

What all of them use is beside them: settings, objects, errors, results, locks. The client needs boto3 and nothing else,
and knows nothing of the rest of this project but the file that describes a site.
"""

import logging

from s3_failover.client.aio import AsyncS3FailoverClient
from s3_failover.client.client import S3FailoverClient
from s3_failover.client.errors import (
    AllRegionsFailed,
    ChecksumMissing,
    DeadlineExceeded,
    InvalidConfiguration,
    LocalFault,
    ObjectNotFound,
    RegionMisconfigured,
    RequestFailed,
    RetryBudgetExhausted,
    S3FailoverError,
    UnsafeKey,
)
from s3_failover.client.objects import Attempt, Download, Outcome, Phase, ReadParameters, S3Object
from s3_failover.client.regions.ejection import Ejection
from s3_failover.client.regions.pool import PersistedIndex, RandomStart, RoundRobin, Selector
from s3_failover.client.regions.prober import Probe
from s3_failover.client.results import Listener, RegionHealth, Request, Result
from s3_failover.client.settings import Hedging, Region, RetryBudget, Timeouts

__all__ = [
    "AllRegionsFailed",
    "AsyncS3FailoverClient",
    "Attempt",
    "ChecksumMissing",
    "DeadlineExceeded",
    "Download",
    "Ejection",
    "Hedging",
    "InvalidConfiguration",
    "Listener",
    "LocalFault",
    "ObjectNotFound",
    "Outcome",
    "PersistedIndex",
    "Phase",
    "Probe",
    "RandomStart",
    "ReadParameters",
    "Region",
    "RegionHealth",
    "RegionMisconfigured",
    "Request",
    "RequestFailed",
    "Result",
    "RetryBudget",
    "RetryBudgetExhausted",
    "RoundRobin",
    "S3FailoverClient",
    "S3FailoverError",
    "S3Object",
    "Selector",
    "Timeouts",
    "UnsafeKey",
]

# Quiet until the application says where logs go.
logging.getLogger("s3_failover.client").addHandler(logging.NullHandler())
