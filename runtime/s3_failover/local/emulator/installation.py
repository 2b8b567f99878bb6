"""Puts everything into ministack, in the one order that works."""

from __future__ import annotations

from . import (
    alarms,
    api_gateway_resources,
    buckets,
    certificates,
    conditional_copies,
    distributions,
    early_validation,
    edge_functions,
    event_sources,
    explicit_denies,
    health_check_status,
    health_checks,
    hosted_zones,
    imports,
    log_deliveries,
    loud_failures,
    managed_policies,
    named_resources,
    object_events,
    origins,
    record_sets,
    replication,
    rollbacks,
    stack_deletions,
    stack_states,
    template_references,
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
        managed_policies,
        named_resources,
        loud_failures,
        imports,
        early_validation,
        rollbacks,
        stack_deletions,
        stack_states,
        template_references,
    ):
        part.install()
