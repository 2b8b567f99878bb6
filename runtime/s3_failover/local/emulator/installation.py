"""Puts everything into ministack, in the one order that works."""

from __future__ import annotations

from . import (
    alarms,
    api_gateway_resources,
    buckets,
    certificates,
    distributions,
    explicit_denies,
    health_check_status,
    health_checks,
    log_deliveries,
    loud_failures,
    managed_policies,
    named_resources,
    origins,
    record_sets,
    replication,
    topics,
)


def install() -> None:
    """Install every part."""
    for part in (
        buckets,
        replication,
        explicit_denies,
        health_checks,
        health_check_status,
        record_sets,
        alarms,
        certificates,
        api_gateway_resources,
        distributions,
        origins,
        log_deliveries,
        topics,
        managed_policies,
        named_resources,
        loud_failures,
    ):
        part.install()
