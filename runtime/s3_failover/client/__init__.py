"""Reads objects from every region that holds them, and fails over between two of them within one request.

Needs boto3 and nothing else, and knows nothing of the rest of this project but the file that describes a site.
"""

import logging

from s3_failover.client.aio import AsyncS3FailoverClient
from s3_failover.client.attempt import Attempt, Outcome, Phase
from s3_failover.client.client import S3FailoverClient
from s3_failover.client.ejection import Ejection, Probe
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
from s3_failover.client.health import RegionHealth
from s3_failover.client.hedging import Hedging
from s3_failover.client.listener import Listener, Request, Result
from s3_failover.client.objects import Download, ReadParameters, S3Object
from s3_failover.client.region import Region
from s3_failover.client.retries import RetryBudget
from s3_failover.client.selectors import PersistedIndex, RandomStart, RoundRobin, Selector
from s3_failover.client.timeouts import Timeouts

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
