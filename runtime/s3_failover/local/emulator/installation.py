"""Puts everything into ministack, in the one order that works."""

from __future__ import annotations

from . import (
    alarms,
    api_gateway_resources,
    buckets,
    certificates,
    conditional_copies,
    distributions,
    edge_functions,
    event_sources,
    explicit_denies,
    health_check_status,
    health_checks,
    hosted_zones,
    log_deliveries,
    loud_failures,
    managed_policies,
    named_resources,
    object_events,
    origins,
    queue_access,
    record_sets,
    replication,
    topic_access,
    topics,
)


def install() -> None:
    """Install every part."""
    for part in (
        buckets,
        replication,
        object_events,
        conditional_copies,
        event_sources,
        explicit_denies,
        health_checks,
        health_check_status,
        hosted_zones,
        record_sets,
        alarms,
        certificates,
        api_gateway_resources,
        distributions,
        edge_functions,
        origins,
        log_deliveries,
        topics,
        topic_access,
        queue_access,
        managed_policies,
        named_resources,
        loud_failures,
    ):
        part.install()
