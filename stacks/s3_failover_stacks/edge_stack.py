"""The edge, in us-east-1: certificate, distribution, health checks, failover records and their alarms."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from s3_failover.config import CdnSettings, Mode, Names, Site, ViewerHttps
from s3_failover.config.regions import known_regions
from s3_failover.names.health_checks import OUTPUTS, CheckRole
from s3_failover.names.keys import EVACUATED_KEY
from s3_failover.names.stacks import Output
from s3_failover_constructs import (
    AliasTarget,
    ApexFailoverRecords,
    ContentGuard,
    Directories,
    DistributionLogs,
    EdgeAlarms,
    Endpoint,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverRecords,
    FailoverWhen,
    MaintenancePage,
    ResponseHeaders,
    ViewerPaths,
)
from s3_failover_constructs.nag import acknowledge
from s3_failover_stacks.cdn_options import CdnOptions, SiteCdn, cdn_options
from s3_failover_stacks.logs import cdn_logs
from s3_failover_stacks.notifications import SiteNotifications, notifications
from s3_failover_stacks.origin_ids import keep_origin_ids
from s3_failover_stacks.outputs import output


class EdgeStack(Stack):
    """Defines what stands between viewers and the buckets of one site.

    Attributes:
        zone: where the records are.
        certificate: covers the hostname.
        distribution: the distribution.
        health_checks: the checks, of which one moves DNS.
        records: the failover records.
        alias_records: those of the aliases.
        notifications: what the alarms do; by default they tell topics of the stack.
        alarms: the alarms on checks and distribution.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        made_zone: route53.IHostedZone | None = None,
        certificate: acm.ICertificate | None = None,
        cdn: SiteCdn | None = None,
        notify: SiteNotifications | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: edge", **kwargs)
        self.zone = made_zone or self._existing_zone(site)
        self.certificate = certificate or self._certificate(site, self.zone)
        names = site.names(self.account)
        primary = self._bucket("Primary", names.primary, site.primary_region)
        guard = self._guard(site, names, primary)
        options = cdn_options(cdn, self, site)
        self.distribution = self._distribution(site, names, self.certificate, primary, options)
        keep_origin_ids(self.distribution.distribution)
        acknowledge(self.distribution.distribution, _COUNTRIES | ({} if options.additional_behaviors else _STATIC))
        # The buckets' own stacks write the policies that CDK cannot write from here.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac")
        self.health_checks = FailoverHealthChecks(
            self,
            "HealthChecks",
            name=site.naming.label,
            primary=Endpoint(primary.bucket_regional_domain_name),
            distribution=self.distribution.endpoint,
            secondary=Endpoint(site.secondary.kind.check_name(site), https=site.secondary.kind.speaks_https),
            evacuation=self._evacuation(site, names),
            health_key=site.health_key,
            failover_when=FailoverWhen.PRIMARY_OR_DISTRIBUTION if site.mode is Mode.DNS else FailoverWhen.DISTRIBUTION,
            request_interval=Duration.seconds(site.health_check_interval),
            failure_threshold=site.health_check_threshold,
        )
        distribution = self.distribution.distribution
        self.records, *others = (
            self._records(f"Records-{each.hostname}" if each is not site else "Records", each, distribution)
            for each in site.under_each_name
        )
        self.alias_records = dict(zip(site.aliases, others, strict=True))
        for sends_viewers in (self.distribution, self.records, *others):
            sends_viewers.node.add_dependency(guard.resource)
        self.notifications = notifications(self, site, "edge", notify)
        self.alarms = self._alarms(site, self.health_checks, distribution)
        if site.access_logs:
            self._logs(site, names, distribution, [self.records, *others, self.alarms])
        self._outputs(site, self.health_checks, distribution)

    def _evacuation(self, site: Site, names: Names) -> Endpoint:
        bucket = self._bucket("Evacuation", names.evacuation, site.replica_regions[0])
        return Endpoint(bucket.bucket_regional_domain_name, path=f"/{EVACUATED_KEY}")

    def _guard(self, site: Site, names: Names, primary: s3.IBucket) -> ContentGuard:
        region = site.replica_regions[0]
        return ContentGuard(
            self,
            "ContentGuard",
            primary=primary,
            secondary=self._bucket("Secondary", names.replica(region), region),
            health_key=site.health_key,
            former=[f"arn:{self.partition}:s3:::{names.any_primary(known_regions())}*"],
            prefixes=site.replication.prefixes,
            accepted=site.accept_empty_copies,
        )

    def _existing_zone(self, site: Site) -> route53.IHostedZone:
        zone = site.hosted_zone
        assert zone.id is not None
        return route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id=zone.id, zone_name=zone.name)

    def _records(
        self, construct_id: str, site: Site, distribution: cloudfront.IDistribution
    ) -> FailoverRecords | ApexFailoverRecords:
        zone, health_check = self.zone, self.health_checks.failover
        if site.is_apex:
            return ApexFailoverRecords(
                self,
                construct_id,
                zone=zone,
                primary=distribution,
                secondary=AliasTarget.website(site.replica_regions[0]),
                health_check=health_check,
            )
        return FailoverRecords(
            self,
            construct_id,
            zone=zone,
            record_name=site.failover_name,
            primary=distribution,
            secondary=site.secondary.kind.target(site),
            health_check=health_check,
            ttl=Duration.seconds(site.record_ttl),
        )

    def _bucket(self, construct_id: str, name: str, region: str) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(self, construct_id, bucket_name=name, region=region)

    def _certificate(self, site: Site, zone: route53.IHostedZone) -> acm.ICertificate:
        if site.certificate_arn is not None:
            return acm.Certificate.from_certificate_arn(self, "Certificate", site.certificate_arn)
        return acm.Certificate(
            self,
            "Certificate",
            certificate_name=f"{self.stack_name}/Certificate",
            domain_name=site.hostname,
            subject_alternative_names=list(site.aliases) or None,
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def _distribution(
        self, site: Site, names: Names, certificate: acm.ICertificate, primary: s3.IBucket, options: CdnOptions
    ) -> FailoverDistribution:
        first = site.replica_regions[0]
        through = site.reads_replica_through_distribution
        replica = self._bucket("Replica", names.replica(first), first) if through else None
        return FailoverDistribution(
            self,
            "Distribution",
            domain_names=list(site.hostnames),
            certificate=certificate,
            primary=primary,
            replica=replica if site.falls_back_in_distribution else None,
            health_key=site.health_key,
            viewer_protocol_policy=_protocol_policy(site),
            index_document=site.index_document,
            error_document=site.missing_document,
            fallback_status_codes=site.failover_status_codes,
            connection_timeout=Duration.seconds(site.origin_connect_timeout),
            read_timeout=Duration.seconds(site.origin_read_timeout),
            completion_timeout=_seconds(site.origin_completion_timeout),
            price_class=_PRICE_CLASSES[site.price_class],
            paths=_paths(site.cdn),
            response_headers=None if options.response_headers_policy else _headers(site),
            response_headers_policy=options.response_headers_policy,
            cache_policy=options.cache_policy or self._cache_policy(site.cdn.cache_policy),
            origin_request_policy=options.origin_request_policy,
            additional_behaviors=options.additional_behaviors,
            function_associations=options.function_associations,
            web_acl_id=options.web_acl_id or site.cdn.web_acl_arn,
            geo_restriction=options.geo_restriction,
            origin_shield_region=options.origin_shield_region,
            minimum_protocol_version=options.minimum_protocol_version,
            maintenance_page=_maintenance_page(site.cdn, replica),
            name=site.naming.short,
        )

    def _logs(
        self, site: Site, names: Names, distribution: cloudfront.IDistribution, after: Sequence[IDependable]
    ) -> None:
        """Deliver logs when everything else is there: a log bucket that holds something cannot be rolled back."""
        delivery = DistributionLogs(
            self,
            "DistributionLogs",
            distribution=distribution,
            bucket=cdn_logs(self, site, names).bucket,
            prefix=site.cdn.log_prefix,
        )
        delivery.node.add_dependency(*after)

    def _cache_policy(self, name: str) -> cloudfront.ICachePolicy:
        managed = {
            "optimized": cloudfront.CachePolicy.CACHING_OPTIMIZED,
            "disabled": cloudfront.CachePolicy.CACHING_DISABLED,
        }
        return managed.get(name) or cloudfront.CachePolicy.from_cache_policy_id(self, "CachePolicy", name)

    def _alarms(self, site: Site, checks: FailoverHealthChecks, distribution: cloudfront.IDistribution) -> EdgeAlarms:
        return EdgeAlarms(
            self,
            "Alarms",
            name=site.naming.label,
            failover=checks.failover,
            primary=checks.primary,
            distribution_check=checks.distribution,
            secondary=checks.secondary,
            distribution=distribution,
            certificate=self.certificate,
            certificate_days=site.alarms.certificate_days,
            secondary_requests_per_second=site.secondary_capacity,
            notifications=self.notifications,
            cdn_5xx_percent=site.alarms.cdn_5xx_percent,
            runbook=site.runbook,
        )

    def _outputs(self, site: Site, checks: FailoverHealthChecks, distribution: cloudfront.IDistribution) -> None:
        output(self, Output.URL, f"https://{site.hostname}/", "The site")
        output(self, Output.DISTRIBUTION_ID, distribution.distribution_id, "For distribution_id in failover.toml")
        domain = distribution.distribution_domain_name
        output(self, Output.DISTRIBUTION_DOMAIN_NAME, domain, "The PRIMARY record's target")
        if site.record_name is not None:
            cname = f"{site.hostname}. CNAME {site.record_name}."
            output(self, Output.CNAME_TO_CREATE, cname, "Create it where the hostname's DNS is")
        for role, (check, description) in _told(checks).items():
            assert check is not None
            output(self, OUTPUTS[role], check.health_check_id, description)


def _told(checks: FailoverHealthChecks) -> dict[CheckRole, tuple[route53.IHealthCheck | None, str]]:
    return {
        CheckRole.FAILOVER: (checks.failover, "The check that moves DNS"),
        CheckRole.PRIMARY: (checks.primary, "The check on the primary bucket"),
        CheckRole.DISTRIBUTION: (checks.distribution, "The check on the distribution"),
        CheckRole.SECONDARY: (checks.secondary, "The check on the secondary"),
        CheckRole.EVACUATION: (checks.evacuation, "The check on the evacuation switch"),
    }


_COUNTRIES = {"AwsSolutions-CFR1": "the content is public in every country; restricting is the site's choice"}
"""What the configuration answers with `allowed_countries` and `denied_countries`."""

_STATIC = {
    "AwsSolutions-CFR2": "static objects, GET and HEAD only, no application behind them to attack; "
    "a web ACL is the site's choice",
}
"""What the configuration answers with `web_acl_arn`; behaviors that an app adds may lead anywhere, and it answers."""

_PRICE_CLASSES = {
    "100": cloudfront.PriceClass.PRICE_CLASS_100,
    "200": cloudfront.PriceClass.PRICE_CLASS_200,
    "All": cloudfront.PriceClass.PRICE_CLASS_ALL,
}


def _paths(cdn: CdnSettings) -> ViewerPaths:
    return ViewerPaths(
        directories=Directories(cdn.directories),
        single_page_app=cdn.single_page_app,
        allowed_countries=cdn.allowed_countries,
        denied_countries=cdn.denied_countries,
        maintenance=cdn.maintenance,
        object_redirects=cdn.object_redirects,
    )


def _seconds(number: int | None) -> Duration | None:
    return None if number is None else Duration.seconds(number)


def _protocol_policy(site: Site) -> cloudfront.ViewerProtocolPolicy:
    policy = cloudfront.ViewerProtocolPolicy
    return policy.ALLOW_ALL if site.https is ViewerHttps.OPTIONAL else policy.REDIRECT_TO_HTTPS


def _headers(site: Site) -> ResponseHeaders:
    cdn = site.cdn
    return ResponseHeaders(
        hsts=site.https is ViewerHttps.HSTS,
        security=cdn.security_headers,
        content_security_policy=cdn.content_security_policy,
        cors_origins=cdn.cors_origins,
    )


def _maintenance_page(cdn: CdnSettings, replica: s3.IBucket | None) -> MaintenancePage | None:
    return MaintenancePage(cdn.maintenance_page, replica) if cdn.maintenance_page and replica else None
