"""Puts everything into ministack, in the one order that works."""

from __future__ import annotations

from .api_gateway import api_gateway_resources
from .cloudformation import (
    drift,
    early_validation,
    imports,
    loud_failures,
    named_resources,
    prompt_stacks,
    rollbacks,
    stack_deletions,
    stack_states,
    template_references,
)
from .cloudfront import api, certificates, distributions, edge_functions, log_deliveries, origins
from .cloudwatch import alarm_resources
from .iam import function_roles, managed_policies, principals, role_boundaries, wildcards
from .messaging import event_sources, queue_access, topic_access, topics
from .route53 import health_checks, hosted_zones, record_sets
from .s3 import api as s3_api
from .s3 import buckets


def install() -> None:
    """Install every part."""
    for part in (
        buckets,
        s3_api,
        event_sources,
        principals,
        wildcards,
        function_roles,
        health_checks,
        hosted_zones,
        record_sets,
        alarm_resources,
        certificates,
        api_gateway_resources,
        api,
        distributions,
        edge_functions,
        origins,
        log_deliveries,
        topics,
        topic_access,
        queue_access,
        managed_policies,
        named_resources,
        role_boundaries,
        loud_failures,
        imports,
        stack_states,
        early_validation,
        drift,
        rollbacks,
        stack_deletions,
        template_references,
        prompt_stacks,
    ):
        part.install()
