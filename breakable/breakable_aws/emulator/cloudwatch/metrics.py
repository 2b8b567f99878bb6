"""Puts data points into CloudWatch in the name of AWS's services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch


def publish(
    region: str, namespace: str, name: str, dimensions: Mapping[str, str], *, at: float, unit: str, value: float
) -> dict[str, Any]:
    """Store one data point and return ministack's record of it.

    Args:
        region: whose CloudWatch gets it.
        namespace: AWS's name for the service.
        name: the metric.
        dimensions: all of them: CloudWatch does not aggregate over the others.
        at: its embedded time.
        unit: CloudWatch's name of the unit.
        value: the value.
    """
    with request_scope(get_account_id(), region):
        dims = dict(dimensions)
        cloudwatch._store_datum(namespace, name, dims, at, unit, value, None, None, None)
        stored: dict[str, Any] = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dims)))[-1]
    return stored
