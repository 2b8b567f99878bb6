"""The public parts of the construct library, with arguments that each of them takes, and their parameters by type."""

import inspect
import types
import typing

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import Construct

import s3_failover_constructs as library

REGION = "us-east-1"
CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/1"


def sample_stack(region=REGION):
    """A stack of an app that has none of this project's feature flags, as a stranger's has."""
    return Stack(App(), "Test", env=Environment(account="123456789012", region=region))


def copy(scope, name="copy", region="eu-west-1"):
    return s3.Bucket.from_bucket_attributes(scope, name, bucket_name=name, region=region, account="123456789012")


def own(scope, name="source", *, versioned=True):
    return s3.Bucket(scope, name, bucket_name=name, versioned=versioned)


def zone(scope):
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
    )


def certificate(scope):
    return acm.Certificate.from_certificate_arn(scope, "Certificate", CERTIFICATE)


def distribution(scope):
    return cloudfront.Distribution.from_distribution_attributes(
        scope, "Cdn", distribution_id="E1", domain_name="d1.cloudfront.net"
    )


def topics(scope):
    return library.AlarmTopics(scope, "Topics", display_name="site")


def checks(scope):
    return library.FailoverHealthChecks(scope, "Checks", **ARGUMENTS[library.FailoverHealthChecks](scope))


def edge_checks(scope):
    made = checks(scope)
    return {
        "failover": made.failover,
        "primary": made.primary,
        "distribution_check": made.distribution,
        "secondary": made.secondary,
    }


def event_replication(scope):
    return library.EventReplication(scope, "Events", **ARGUMENTS[library.EventReplication](scope))


def destination(scope):
    return library.ReplicationDestination(copy(scope), "to-copy")


def rule(scope, source=REGION, destination=REGION):
    return library.ReplicationRule(copy(scope, "from-here", source), copy(scope, "to-there", destination), "to-copy")


ARGUMENTS = {
    library.AccessLogBucket: lambda _: {},
    library.EvacuationSwitch: lambda _: {},
    library.AlarmActions: lambda _: {},
    library.AlarmDashboard: lambda _: {
        "heading": "# Shop",
        "groups": {"Are viewers served?": [library.DashboardAlarm("site/cdn-5xx", REGION, "cdn-5xx")]},
    },
    library.AlarmTopics: lambda _: {"display_name": "site"},
    library.AliasTarget: lambda _: {"domain_name": "d1.cloudfront.net", "hosted_zone_id": "Z2FDTNDATAQYW2"},
    library.ApexFailoverRecords: lambda scope: {
        "zone": zone(scope),
        "primary": library.AliasTarget.distribution("d1.cloudfront.net"),
        "secondary": library.AliasTarget.website("eu-west-1"),
        "health_check": checks(scope).failover,
    },
    library.ClientAlarms: lambda scope: {
        "name": "site",
        "service": "www.example.com",
        "regions": ["eu-west-1", "eu-central-1"],
        "notifications": topics(scope),
    },
    library.ClientPolicy: lambda scope: {"buckets": [copy(scope)], "metrics_region": REGION},
    library.ContentBucket: lambda _: {"bucket_name": "content"},
    library.ContentGuard: lambda scope: {
        "primary": copy(scope, "primary"),
        "secondary": copy(scope, "secondary"),
        "health_key": "health.txt",
    },
    library.ContentKey: lambda _: {"alias": "alias/site", "description": "encrypts the content"},
    library.DashboardAlarm: lambda _: {"name": "site/cdn-5xx", "region": REGION, "title": "cdn-5xx"},
    library.CrossAccountDelegation: lambda scope: {
        "zone": library.PublicZone(scope, "Child", zone_name="site.example.com").zone,
        "parent_hosted_zone_id": "Z0123456789ABCDEFGHIJ",
        "delegation_role": "arn:aws:iam::123456789012:role/delegation",
    },
    library.OutsideMonitor: lambda scope: {
        "name": "site",
        "addresses": ["https://www.example.com/health.txt"],
        "primary": copy(scope, "primary", "eu-central-1"),
        "notifications": topics(scope),
    },
    library.DistributionLogs: lambda scope: {"distribution": distribution(scope), "bucket": copy(scope, "logs")},
    library.EdgeAlarms: lambda scope: {
        "name": "site",
        **edge_checks(scope),
        "distribution": distribution(scope),
        "notifications": topics(scope),
    },
    library.Runbook: lambda _: {"site": "www.example.com"},
    library.Endpoint: lambda _: {"domain_name": "d1.cloudfront.net"},
    library.EventReplication: lambda scope: {
        "source": own(scope, versioned=False),
        "destinations": [copy(scope)],
    },
    library.EventReplicationAlarms: lambda scope: {
        "name": "site",
        "queue": (replication := event_replication(scope)).queue,
        "dead_letters": replication.dead_letters,
        "notifications": topics(scope),
    },
    library.FailoverDistribution: lambda scope: {
        "domain_names": ["www.example.com"],
        "certificate": certificate(scope),
        "primary": copy(scope, "primary"),
        "replica": copy(scope, "replica", "eu-central-1"),
        "health_key": "health.txt",
    },
    library.FailoverHealthChecks: lambda _: {
        "name": "site",
        "primary": library.Endpoint("primary.s3.eu-west-1.amazonaws.com"),
        "distribution": library.Endpoint("d1.cloudfront.net"),
        "secondary": library.Endpoint("www.example.com.s3-website.eu-central-1.amazonaws.com", https=False),
        "health_key": "health.txt",
    },
    library.FailoverOrigin: lambda scope: {
        "primary": copy(scope, "primary"),
        "replica": copy(scope, "replica", "eu-central-1"),
    },
    library.FailoverRecords: lambda scope: {
        "zone": zone(scope),
        "record_name": "www.example.com",
        "primary": "d1.cloudfront.net",
        "secondary": "www.example.com.s3-website.eu-central-1.amazonaws.com",
        "health_check": checks(scope).failover,
    },
    library.HealthObject: lambda scope: {"bucket": copy(scope), "key": "health.txt"},
    library.HttpsEndpoint: lambda scope: {
        "hostname": "www.example.com",
        "target_name": "www-secondary.example.com",
        "check_name": "www-check.example.com",
        "zone": zone(scope),
        "certificate": certificate(scope),
        "bucket": copy(scope, region=REGION),
    },
    library.KeptObjects: lambda _: {"statement": iam.PolicyStatement()},
    library.MaintenancePage: lambda scope: {"key": "maintenance.html", "bucket": copy(scope)},
    library.ExternalOriginReadPolicy: lambda scope: {"bucket": copy(scope)},
    library.PrimaryBucket: lambda _: {"bucket_name": "primary", "health_key": "health.txt"},
    library.PublicZone: lambda _: {"zone_name": "site.example.com"},
    library.ReplicaBucket: lambda _: {"bucket_name": "replica", "health_key": "health.txt"},
    library.Replication: lambda scope: {"source": own(scope), "destinations": [destination(scope)]},
    library.ReplicationDestination: lambda scope: {"bucket": copy(scope), "id": "to-copy"},
    library.ReplicationEvents: lambda scope: {"bucket": own(scope)},
    library.ReplicationFailureAlarm: lambda scope: {
        "name": "site",
        "notifications": topics(scope),
        "rule": rule(scope),
    },
    library.ReplicationLagAlarms: lambda scope: {"name": "site", "notifications": topics(scope), "rule": rule(scope)},
    library.ReplicationOptions: lambda _: {},
    library.ResponseHeaders: lambda _: {},
    library.ReplicationRule: lambda scope: {
        "source": copy(scope, "from-here"),
        "destination": copy(scope, "to-there"),
        "id": "to-copy",
    },
    library.ReturnReplication: lambda scope: {
        "sources": [library.ReturnSource(copy(scope, "replica"), [destination(scope)])]
    },
    library.ReturnSource: lambda scope: {"bucket": copy(scope, "replica"), "destinations": [destination(scope)]},
    library.ViewerFunctions: lambda _: {"paths": library.ViewerPaths(), "index_document": "index.html"},
    library.ViewerPaths: lambda _: {},
    library.WebsiteRedirectBucket: lambda _: {"hostname": "example.com", "redirect_to": "www.example.com"},
    library.WebsiteReplicaBucket: lambda _: {"hostname": "www.example.com", "health_key": "health.txt"},
}
"""What each public class is made with, but for scope and id; the buckets and zones that it needs go into the scope."""


def public_classes():
    """The public classes that are called with arguments: constructs, and what is passed to them."""
    found = (getattr(library, name) for name in library.__all__)
    classes = [each for each in found if inspect.isclass(each)]
    return [each for each in classes if not (hasattr(each, "__members__") or getattr(each, "_is_protocol", False))]


def parameters(wanted):
    """Yield each public class with the name of a parameter and its type, where `wanted` takes the type.

    A parameter that may also be None counts as the other type.
    """
    for kind in public_classes():
        for name, hint in typing.get_type_hints(kind.__init__).items():
            for each in typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,):
                if name != "return" and wanted(each):
                    yield kind, name, each


def make(kind, **changed):
    """Make a public class in a new stack, with some arguments changed; return it and its stack."""
    stack = sample_stack()
    arguments = ARGUMENTS[kind](stack) | changed
    return (kind(stack, "It", **arguments) if issubclass(kind, Construct) else kind(**arguments)), stack


def outcome(kind, **changed):
    """What comes of a public class: the template of its stack, or a value of its own."""
    made, stack = make(kind, **changed)
    return Template.from_stack(stack).to_json() if isinstance(made, Construct) else made
