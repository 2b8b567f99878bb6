"""Puts everything into ministack, in the one order that works."""

from __future__ import annotations

from .api_gateway import api_gateway_resources
from .cloudformation import (
    early_validation,
    names_taken,
    prompt_stacks,
    rollbacks,
    stack_deletions,
    stack_states,
    template_references,
)
from .cloudfront import alias_moves, certificates, distributions, edge_functions, log_deliveries, origins
from .cloudwatch import alarms
from .iam import explicit_denies, managed_policies, role_boundaries
from .messaging import event_sources, queue_access, topic_access, topics
from .route53 import health_check_status, health_checks, hosted_zones, record_sets
from .s3 import account_block, buckets, copies, listings, object_events, replication


def install() -> None:
    """Install every part."""
    for part in (
        buckets,
        replication,
        object_events,
        copies,
        listings,
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
        alias_moves,
        edge_functions,
        origins,
        log_deliveries,
        topics,
        topic_access,
        queue_access,
        managed_policies,
        names_taken,
        role_boundaries,
        account_block,
        template_references,
        stack_states,
        early_validation,
        stack_deletions,
        rollbacks,
        prompt_stacks,
    ):
        part.install()
