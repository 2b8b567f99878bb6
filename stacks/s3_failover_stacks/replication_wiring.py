"""A site's routes as the constructs take them: destinations, options, and the alarms of one region."""

import re
from collections.abc import Iterable, Mapping
from typing import TypedDict

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Route, Site
from s3_failover.names.runbook import Runbook
from s3_failover.names.stacks import Output
from s3_failover_constructs import (
    ContentKey,
    Notifications,
    ReplicationDestination,
    ReplicationEvents,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
    ReplicationOptions,
    ReplicationRule,
    admit_account,
    admit_replication,
    key_alias_arn,
)
from s3_failover_stacks.outputs import output


def destinations(site: Site, source: str, copies: Mapping[str, s3.IBucket]) -> list[ReplicationDestination]:
    """Return where the bucket of a region is copied to.

    Args:
        site: the site.
        source: the region whose bucket has the rules.
        copies: the buckets by region.
    """
    return [_destination(site, route, copies) for route in site.routes if route.source == source]


def content_key(scope: Construct, site: Site) -> ContentKey | None:
    """Define the key of a region's copy, where the site wants KMS keys."""
    if site.key_alias is None:
        return None
    return ContentKey(scope, "ContentKey", alias=site.key_alias, description=f"Encrypts the content of {site.hostname}")


def options(site: Site) -> ReplicationOptions:
    """Return what all rules of a site have in common."""
    chosen = site.replication
    return ReplicationOptions(
        delete_marker_replication=chosen.delete_markers,
        replication_time_control=chosen.time_control,
        replica_modifications=chosen.two_way,
    )


def replication_alarms(scope: Construct, site: Site, names: Names, region: str, notifications: Notifications) -> None:
    """Define the alarms on replication that belong in a region.

    S3 counts failures in the source's region and delay in the destination's (S3 User Guide, repl-metrics).
    """
    routes = [route for route in site.routes if region in (route.source, route.destination)]
    copies = _copies(scope, names, [each for route in routes for each in (route.source, route.destination)])
    for route in routes:
        rule = ReplicationRule(copies[route.source], copies[route.destination], route.rule_id)
        watched = _Watched(name=site.naming.label, notifications=notifications, rule=rule, runbook=site.runbook)
        if route.source == region:
            ReplicationFailureAlarm(scope, _failure_id(route), **watched)
        if route.destination == region:
            ReplicationLagAlarms(
                scope,
                _lag_id(route),
                latency=Duration.seconds(site.alarms.replication_latency_seconds),
                pending_operations=site.alarms.replication_pending_operations,
                **watched,
            )


def replication_events(scope: Construct, site: Site, source: s3.IBucket) -> None:
    """Define what S3 says about single objects of a bucket that it could not copy, and tell where to read it.

    Where the site wants to hear it and the bucket is ours: another's notifications are its owner's.
    """
    if site.replication.failure_events and isinstance(source, s3.Bucket):
        events = ReplicationEvents(
            scope, "ReplicationEvents", bucket=source, replication_time_control=site.replication.time_control
        )
        description = "One message for each object that could not be copied; kept for 14 days"
        output(scope, Output.REPLICATION_FAILURES_QUEUE_URL, events.queue.queue_url, description)


def first_replica(scope: Construct, site: Site) -> s3.IBucket:
    """Return the private bucket that a secondary serves, imported by its name: another stack makes it."""
    region = site.replica_regions[0]
    name = site.names(site.account or Stack.of(scope).account).replica(region)
    return s3.Bucket.from_bucket_attributes(scope, "Replica", bucket_name=name, region=region)


def admit_site_account(site: Site, bucket: s3.Bucket, key: ContentKey | None) -> None:
    """Let the site's account write and read the copies in another account: replication, clients and commands."""
    if site.account is None or site.replication_role_arn is None:
        return
    admit_replication(bucket, site.replication_role_arn)
    admit_account(bucket, site.account)
    if key is not None:
        key.admit_replication(site.replication_role_arn)
        key.admit_account(site.account)


def _destination(site: Site, route: Route, copies: Mapping[str, s3.IBucket]) -> ReplicationDestination:
    bucket, key = copies[route.destination], None
    if site.key_alias is not None:
        key = key_alias_arn(site.key_alias, region=route.destination, account=bucket.env.account)
    return ReplicationDestination(bucket, route.rule_id, route.prefix, kms_key=key)


class _Watched(TypedDict):
    name: str
    notifications: Notifications
    rule: ReplicationRule
    runbook: Runbook


def _copies(scope: Construct, names: Names, regions: Iterable[str]) -> dict[str, s3.IBucket]:
    """Return the buckets of regions, imported by their names."""
    return {
        region: s3.Bucket.from_bucket_attributes(scope, f"Copy-{region}", bucket_name=names.copy(region), region=region)
        for region in dict.fromkeys(regions)
    }


def _failure_id(route: Route) -> str:
    return _apart(f"ReplicationFailure-{route.rule_id.removeprefix('to-')}", route)


def _lag_id(route: Route) -> str:
    # A stack's only one keeps the plain id that it had before there were others.
    if route.rule_id == f"to-{route.destination}":
        return "ReplicationLag"
    return _apart(f"ReplicationLag-{route.rule_id}", route)


def _apart(construct_id: str, route: Route) -> str:
    """Return an id that stays another one than that of `a--b` for a prefix `a/b`: CDK writes a slash as two hyphens."""
    written = bytes(route.prefix, "ascii").hex()
    return f"{construct_id}~{written}" if re.search("--|-/|/-", route.rule_id) else construct_id
