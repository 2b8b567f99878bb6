"""Puts everything into ministack, in the one order that works."""

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
from .cloudfront import api, certificates, distributions, edge_functions, log_deliveries, origins
from .cloudwatch import alarm_resources, dashboard_resources
from .iam import managed_policies, role_boundaries
from .messaging import destinations, event_sources, topics
from .route53 import health_checks, hosted_zones, record_sets
from .s3 import api as s3_api
from .s3 import buckets


def install() -> None:
    """Install every part."""
    for part in (
        buckets,
        s3_api,
        event_sources,
        health_checks,
        hosted_zones,
        record_sets,
        alarm_resources,
        dashboard_resources,
        certificates,
        api_gateway_resources,
        api,
        distributions,
        edge_functions,
        origins,
        log_deliveries,
        topics,
        destinations,
        managed_policies,
        names_taken,
        role_boundaries,
        template_references,
        stack_states,
        early_validation,
        stack_deletions,
        rollbacks,
        prompt_stacks,
    ):
        part.install()
