"""The rules that one site must keep, each with a stable id and the reason why it exists."""

import re
from collections.abc import Container, Iterator

from s3_failover import values
from s3_failover.config.alarms import regions as alarm_regions
from s3_failover.config.checks import Breach, misfits
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.regions import known_regions
from s3_failover.config.rulebook import Rulebook
from s3_failover.config.tables import Mode, ViewerHttps
from s3_failover.names.runbook import ADDRESS as RUNBOOK
from s3_failover.names.spelling import TAG_TEXT, bucket_name_problem, is_tag_text
from s3_failover.names.stacks import EDGE_REGION
from s3_failover.names.tags import OWN as OWN_TAGS

LONGEST_COMMON_NAME = 64
"""Characters of the first name of a certificate (ACM API, RequestCertificate)."""

MOST_OF_ORIGINS = 4000
"""Characters of code for origins; functions have 10 KB (CloudFront Developer Guide, cloudfront-limits)."""

MOST_TAGS = 8
"""A health check has ten at most (Route 53 API, ChangeTagsForResource), two of them ours: its name and its site."""

MOST_TOPICS = 4
"""Existing topics of a region: an alarm has five actions at most (CloudWatch API, PutMetricAlarm)."""

_BOOK = Rulebook()
_rule = _BOOK.rule
SITE_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""


# Names


@_rule("SITE-HOSTNAME", "DNS, ACM, CloudFront and S3 must all take it as it stands")
def _hostname(site: Site) -> Iterator[Breach]:
    yield from misfits("hostname", values.hostname(site.hostname))


@_rule(
    "SITE-WEBSITE-BUCKET-NAME",
    "S3 finds a website's bucket by the Host header, so the replica's name is the hostname",
    compares=["hostname", "secondary"],
    unless=["SITE-HOSTNAME"],
)
def _website_bucket(site: Site) -> Iterator[Breach]:
    problem = bucket_name_problem(site.hostname)
    if problem and site.secondary.kind.has_public_bucket:
        expected = f"a hostname that is a legal bucket name ({problem})"
        remedy = 'choose another hostname, or secondary = { type = "https" }, which needs no such bucket'
        yield Breach("hostname", literal(site.hostname), expected, remedy)


@_rule(
    "SITE-PRIMARY-BUCKET-NAME",
    "the hostname is the name of the website's bucket; a new bucket is read with TLS, whose certificate covers no dots",
    compares=[
        "primary_bucket",
        "existing",
        "hostname",
        "primary_region",
        "replica_regions",
        "account",
        "replica_account",
        "secondary",
    ],
)
def _primary_bucket(site: Site) -> Iterator[Breach]:
    for setting, name in (
        ("primary_bucket", site.primary_bucket),
        ("existing.primary_bucket", site.existing.primary_bucket),
    ):
        problem = name and _primary_bucket_problem(site, name)
        if problem:
            remedy = "remove it to get a name made of hostname, account and region"
            if name == site.hostname:
                remedy += ', or choose secondary = { type = "https" }'
            yield Breach(setting, literal(name), f"a legal bucket name ({problem})", remedy)


def _primary_bucket_problem(site: Site, name: str) -> str | None:
    if name == site.hostname and site.secondary.kind.has_public_bucket:
        return "not the hostname, which the bucket of a website secondary bears"
    if name == site.primary_bucket and name in site.names(site.account or "").buckets[1:]:
        return "not the name of another bucket of this site"
    # The certificate *.s3.REGION.amazonaws.com covers one label. CloudFront and health checkers do not mind, others do.
    dotted = "." in name and name == site.primary_bucket
    return bucket_name_problem(name) or ("no dots: programs that verify certificates refuse them" if dotted else None)


@_rule("SITE-STACK-PREFIX", "CloudFormation takes stacks' names of at most 128 letters, digits and hyphens")
def _stack_prefix(site: Site) -> Iterator[Breach]:
    prefix = site.stack_prefix
    if prefix is not None and not re.fullmatch(r"[A-Za-z](-?[A-Za-z0-9]){0,79}", prefix):
        expected = "a letter and up to 79 letters, digits and single hyphens between them"
        yield Breach("stack_prefix", literal(prefix), expected, "choose another one, or remove it")


# Regions and account


@_rule("SITE-REGION", "buckets, stacks and website endpoints exist in AWS's commercial regions only")
def _regions(site: Site) -> Iterator[Breach]:
    fields = [("primary_region", site.primary_region), *(("replica_regions", r) for r in site.replica_regions)]
    if site.clients and site.clients.alarm_region is not None:
        fields.append(("clients.alarm_region", site.clients.alarm_region))
    for field, region in fields:
        if region not in known_regions():
            expected = "a commercial AWS region such as us-east-1 or eu-west-1"
            yield Breach(field, literal(region), expected, "correct the spelling, or update boto3 if the region is new")


@_rule(
    "SITE-REGIONS-DISTINCT",
    "a copy in the region that is lost is lost with it",
    compares=["primary_region", "replica_regions"],
)
def _distinct_regions(site: Site) -> Iterator[Breach]:
    seen = {site.primary_region}
    for region in site.replica_regions:
        if region in seen:
            expected = "regions that differ from the primary's and from each other"
            yield Breach("replica_regions", literal(region), expected, "choose another region")
        seen.add(region)


@_rule("SITE-ACCOUNT", "stacks are deployed to exactly one account")
def _account(site: Site) -> Iterator[Breach]:
    for setting, account in (("account", site.account), ("replica_account", site.replica_account)):
        if account is not None and not re.fullmatch("[0-9]{12}", account):
            remedy = "write the account id, or remove it to use the deploying credentials' account"
            yield Breach(setting, literal(account), "a string of twelve digits", remedy)


@_rule("SITE-TAG", "every service must take a tag as it stands, and some take no more than ten on a resource")
def _tags(site: Site) -> Iterator[Breach]:
    if len(site.tags) > MOST_TAGS:
        expected = f"at most {MOST_TAGS} tags, not {len(site.tags)}"
        yield Breach("tags", literal(site.tags), expected, "leave some of them out")
    seen: set[str] = set()
    for key, value in site.tags.items():
        problem = _tag_problem(key, value, seen)
        if problem:
            yield Breach("tags", literal({key: value}), problem, "correct or remove it")
        seen.add(key.lower())


def _tag_problem(key: str, value: str, seen: Container[str]) -> str | None:
    if key.lower().startswith(("aws:", OWN_TAGS)):
        return f"a key that starts with neither aws: nor {OWN_TAGS}, which are not yours to set"
    if not (1 <= len(key) <= 128 and is_tag_text(key)):
        return f"a key of 1 to 128 characters: {TAG_TEXT}"
    if not (1 <= len(value) <= 256 and is_tag_text(value)):
        return f"a value of 1 to 256 characters: {TAG_TEXT}"
    return "keys that differ by more than capitals, which IAM takes for equal" if key.lower() in seen else None


# Distribution


@_rule("SITE-CERTIFICATE", f"CloudFront takes certificates from {EDGE_REGION} only")
def _certificate(site: Site) -> Iterator[Breach]:
    arn = site.certificate_arn
    if arn is not None and not re.fullmatch(rf"arn:aws:acm:{EDGE_REGION}:[0-9]{{12}}:certificate/[A-Za-z0-9-]+", arn):
        remedy = f"request the certificate in {EDGE_REGION}, or remove the setting to have one made"
        yield Breach("certificate_arn", literal(arn), f"arn:aws:acm:{EDGE_REGION}:ACCOUNT:certificate/ID", remedy)


@_rule(
    "SITE-CERTIFICATE-HOSTNAME",
    "ACM makes no certificate whose first name is longer than 64 characters",
    compares=["hostname", "certificate_arn", "secondary"],
    unless=["SITE-HOSTNAME", "SITE-WEBSITE-BUCKET-NAME"],
)
def _certificate_hostname(site: Site) -> Iterator[Breach]:
    missing = [] if site.certificate_arn else ["certificate_arn"]
    if site.secondary.kind.has_own_names and not site.secondary.certificate_arn:
        missing.append("secondary.certificate_arn")
    if missing and len(site.hostname) > LONGEST_COMMON_NAME:
        remedy = f"choose a shorter one, or name a certificate that has it as a further name in {' and '.join(missing)}"
        expected = f"at most {LONGEST_COMMON_NAME} characters where a certificate is made, not {len(site.hostname)}"
        yield Breach("hostname", literal(site.hostname), expected, remedy)


@_rule("SITE-DISTRIBUTION-ID", "bucket policies admit exactly the distribution of this id")
def _distribution_id(site: Site) -> Iterator[Breach]:
    if site.distribution_id is not None:
        remedy = "copy it from the edge stack's output DistributionId, or remove it"
        yield from misfits("distribution_id", values.distribution_id(site.distribution_id, remedy))


@_rule(
    "SITE-PROTECTED-REGION",
    "only a region with a stack that holds a bucket, or the primary's rules, can be protected",
    compares=["protected_regions", "primary_region", "replica_regions", "existing"],
)
def _protected_regions(site: Site) -> Iterator[Breach]:
    regions = (site.primary_region, *site.made_replicas)
    for index, region in enumerate(site.protected_regions):
        if region not in regions:
            expected = f"regions of the site: {', '.join(map(literal, regions))}"
            yield Breach("protected_regions", literal(region), expected, "remove it, or write a region of the site")
        elif region in site.protected_regions[:index]:
            yield Breach("protected_regions", literal(region), "each region once", "remove the second one")


@_rule(
    "SITE-HSTS-HTTP-SECONDARY",
    "a browser that remembers HSTS cannot open an S3 website endpoint, which has no TLS",
    compares=["viewer_https", "secondary"],
)
def _hsts(site: Site) -> Iterator[Breach]:
    if site.https is ViewerHttps.HSTS and not site.secondary.kind.speaks_https:
        yield Breach(
            "viewer_https",
            '"hsts"',
            '"optional", or "redirect" in hybrid mode',
            'remove it while the secondary is a website, or use secondary = { type = "https" }',
        )


@_rule(
    "SITE-REDIRECT-HTTP-SECONDARY",
    "browsers keep the redirect to HTTPS, which the secondary does not support",
    compares=["mode", "viewer_https", "secondary"],
)
def _redirect(site: Site) -> Iterator[Breach]:
    if site.mode is Mode.DNS and site.https is ViewerHttps.REDIRECT and not site.secondary.kind.speaks_https:
        remedy = (
            'remove it, or use secondary = { type = "https" }, or mode = "hybrid", '
            "which keeps HTTPS through the loss of the primary region"
        )
        yield Breach("viewer_https", '"redirect"', '"optional" in dns mode with a website secondary', remedy)


@_rule(
    "SITE-FAILOVER-STATUS-CODES", "a refused connection counts as 503 and a timeout as 504: without them nothing moves"
)
def _status_codes(site: Site) -> Iterator[Breach]:
    yield from misfits("failover_status_codes", values.status_codes(site.failover_status_codes))


@_rule(
    "SITE-ORIGIN-COMPLETION",
    "CloudFront takes no limit for a whole answer that is shorter than that for its next packet",
    compares=["origin_completion_timeout", "origin_read_timeout"],
)
def _completion(site: Site) -> Iterator[Breach]:
    whole, packet = site.origin_completion_timeout, site.origin_read_timeout
    if whole is not None and whole < packet:
        expected = f"at least {packet}, the origin_read_timeout"
        yield Breach("origin_completion_timeout", str(whole), expected, "raise it, or lower origin_read_timeout")


# Objects


@_rule(
    "SITE-HEALTH-KEY",
    "the key is a path for health checks, CloudFront and bucket policies alike: no wildcard may slip in",
    compares=["health_key", "index_document", "error_document"],
)
def _health_key(site: Site) -> Iterator[Breach]:
    documents = (site.index_document, site.error_document)
    yield from misfits("health_key", values.health_key(site.health_key, documents))


@_rule("SITE-DOCUMENT", "S3 websites take a plain name for the index document and a key for the error document")
def _documents(site: Site) -> Iterator[Breach]:
    yield from misfits("index_document", values.index_document(site.index_document))
    yield from misfits("error_document", values.error_document(site.error_document))


# What the distribution does with requests


@_rule("SITE-CDN-PAGE", "the page is a path for CloudFront and a key for S3, and must be there when nothing else is")
def _maintenance_page(site: Site) -> Iterator[Breach]:
    others = (site.health_key, site.index_document, site.error_document)
    found = values.maintenance_page(site.cdn.maintenance_page, maintenance=site.cdn.maintenance, others=others)
    yield from misfits("cdn.maintenance_page", found)


@_rule("SITE-CDN-APP", "in a single-page app the index document answers for directories and for missing objects")
def _single_page_app(site: Site) -> Iterator[Breach]:
    if not site.cdn.single_page_app:
        return
    if "directories" in site.cdn.model_fields_set:
        yield Breach("cdn.directories", literal(site.cdn.directories), "nothing in a single-page app", "remove it")
    if "error_document" in site.model_fields_set:
        expected = "nothing in a single-page app"
        yield Breach("error_document", literal(site.error_document), expected, "remove it, or cdn.single_page_app")


@_rule("SITE-CDN-CORS-ORIGIN", "browsers send the origin as scheme and host, and CloudFront and S3 compare it as it is")
def _cors_origins(site: Site) -> Iterator[Breach]:
    yield from misfits("cdn.cors_origins", values.web_origins(site.cdn.cors_origins))


@_rule(
    "SITE-CDN-FUNCTION-SIZE",
    "the function that answers preflight requests holds all origins, and CloudFront takes 10 KB of code",
    compares=["cdn.cors_origins"],
)
def _function_size(site: Site) -> Iterator[Breach]:
    origins = site.cdn.cors_origins
    if sum(len(origin) + len('"", ') for origin in origins) > MOST_OF_ORIGINS:
        expected = f"origins of at most {MOST_OF_ORIGINS} characters together, four more for each"
        yield Breach("cdn.cors_origins", literal(origins), expected, 'name fewer, or write ["*"]')


@_rule("SITE-CDN-CACHE-POLICY", "CloudFront knows cache policies by their ids")
def _cache_policy(site: Site) -> Iterator[Breach]:
    policy = site.cdn.cache_policy
    if policy not in ("optimized", "disabled") and not re.fullmatch(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", policy
    ):
        remedy = "copy the id from `aws cloudfront list-cache-policies`, or remove it"
        yield Breach("cdn.cache_policy", literal(policy), '"optimized", "disabled" or a cache policy\'s id', remedy)


@_rule("SITE-CDN-COUNTRY", "CloudFront names countries by two capitals, and allows or denies")
def _countries(site: Site) -> Iterator[Breach]:
    allowed, denied = site.cdn.allowed_countries, site.cdn.denied_countries
    yield from misfits("cdn.allowed_countries", values.countries(allowed))
    yield from misfits("cdn.denied_countries", values.countries(denied))
    yield from misfits("cdn.denied_countries", values.denied_beside(allowed, denied))


@_rule("SITE-CDN-WEB-ACL", f"CloudFront takes web ACLs of scope CLOUDFRONT, which are in {EDGE_REGION}")
def _web_acl(site: Site) -> Iterator[Breach]:
    arn = site.cdn.web_acl_arn
    if arn is not None and not re.fullmatch(
        rf"arn:aws:wafv2:{EDGE_REGION}:[0-9]{{12}}:global/webacl/[\w-]+/[0-9a-f-]+", arn
    ):
        expected = f"arn:aws:wafv2:{EDGE_REGION}:ACCOUNT:global/webacl/NAME/ID"
        yield Breach("cdn.web_acl_arn", literal(arn), expected, "copy the ARN of a web ACL of scope CLOUDFRONT")


@_rule(
    "SITE-CDN-UNGUARDED-SECONDARY",
    "a website or https secondary answers any viewer at any time, also while DNS points at the distribution",
    compares=[
        "secondary",
        "cdn.allowed_countries",
        "cdn.denied_countries",
        "cdn.web_acl_arn",
        "cdn.unguarded_secondary",
    ],
)
def _unguarded(site: Site) -> Iterator[Breach]:
    for setting in ("allowed_countries", "denied_countries", "web_acl_arn"):
        value = getattr(site.cdn, setting)
        if value and site.secondary.kind.is_ours and not site.cdn.unguarded_secondary:
            remedy = "remove it, or set cdn.unguarded_secondary = true if that is what you want"
            expected = f"nothing beside a secondary of type {site.secondary.type.value}"
            yield Breach(f"cdn.{setting}", literal(value), expected, remedy)


@_rule("SITE-CDN-HEADER", "a header is one line of printable ASCII")
def _content_security_policy(site: Site) -> Iterator[Breach]:
    if site.cdn.content_security_policy is not None:
        yield from misfits("cdn.content_security_policy", values.header(site.cdn.content_security_policy))


@_rule("SITE-CDN-LOG-PREFIX", "the log bucket's policy admits exactly this prefix: no wildcard may slip in")
def _log_prefix(site: Site) -> Iterator[Breach]:
    if site.cdn.log_prefix is not None:
        yield from misfits("cdn.log_prefix", values.log_prefix(site.cdn.log_prefix))


# Alarms


@_rule("SITE-ALARM-EMAIL", "an alarm without a recipient is noticed in the outage only")
def _emails(site: Site) -> Iterator[Breach]:
    yield from misfits("alarms.critical_emails", values.emails(site.alarms.critical_emails))
    yield from misfits("alarms.warning_emails", values.emails(site.alarms.warning_emails))


@_rule(
    "SITE-ALARM-RUNBOOK", "an alarm's description has 1,024 characters, and the reader opens the address as it stands"
)
def _runbook(site: Site) -> Iterator[Breach]:
    if site.alarms.runbook != RUNBOOK:
        yield from misfits("alarms.runbook", values.page(site.alarms.runbook))


@_rule("SITE-ALARM-ENDPOINT", "SNS sends alarms over HTTPS to an address that can confirm the subscription")
def _endpoints(site: Site) -> Iterator[Breach]:
    yield from misfits("alarms.critical_endpoints", values.webhooks(site.alarms.critical_endpoints))
    yield from misfits("alarms.warning_endpoints", values.webhooks(site.alarms.warning_endpoints))


@_rule("SITE-ALARM-TOPIC", "an alarm refuses what is no standard topic, and the deployment fails")
def _topics(site: Site) -> Iterator[Breach]:
    yield from misfits("alarms.critical_topics", values.topics(site.alarms.critical_topics))
    yield from misfits("alarms.warning_topics", values.topics(site.alarms.warning_topics))


_DECIDE_REGIONS = ["alarms", "primary_region", "replica_regions", "replication", "clients"]


@_rule(
    "SITE-ALARM-TOPIC-REGION",
    "an alarm notifies topics of its own region alone, five at most, of which one is the site's",
    compares=_DECIDE_REGIONS,
    unless=["SITE-REGION", "SITE-ALARM-TOPIC"],
)
def _topic_regions(site: Site) -> Iterator[Breach]:
    for severity in ("critical", "warning"):
        regions = alarm_regions(site, critical=severity == "critical")
        room = dict.fromkeys(regions, MOST_TOPICS)
        for arn in getattr(site.alarms, f"{severity}_topics"):
            region = arn.split(":")[3]
            if region not in room:
                expected = f"a topic in {' or '.join(regions)}, where the site has such alarms"
                yield Breach(f"alarms.{severity}_topics", literal(arn), expected, "correct or remove it")
            elif not room[region]:
                expected = f"at most {MOST_TOPICS} topics of {region}"
                yield Breach(f"alarms.{severity}_topics", literal(arn), expected, "subscribe it to one of the others")
            else:
                room[region] -= 1


@_rule(
    "SITE-ALARM-TOPIC-MISSING",
    "where topics are the only recipients, alarms of a region without one have none",
    compares=_DECIDE_REGIONS,
    unless=["SITE-REGION", "SITE-ALARM-TOPIC", "SITE-ALARM-TOPIC-REGION"],
)
def _topics_of_all_regions(site: Site) -> Iterator[Breach]:
    for severity in ("critical", "warning"):
        topics, *others = (getattr(site.alarms, f"{severity}_{what}") for what in ("topics", "emails", "endpoints"))
        missing = set(alarm_regions(site, critical=severity == "critical")) - {arn.split(":")[3] for arn in topics}
        if topics and missing and not any(others):
            expected = f"a topic in {' and in '.join(sorted(missing))} too"
            remedy = f"add it, or an address to alarms.{severity}_emails or alarms.{severity}_endpoints"
            yield Breach(f"alarms.{severity}_topics", literal(topics), expected, remedy)


@_rule(
    "SITE-ALARM-MONITOR",
    "the monitor alerts when alarms in us-east-1 cannot, from a replica region with alarms of its own",
    compares=["alarms.monitor", "replica_regions", "replication.engine"],
)
def _monitor(site: Site) -> Iterator[Breach]:
    if site.alarms.monitor and site.monitor_region is None:
        reason = 'replication.engine = "s3"' if not site.versioned else f"a replica region other than {EDGE_REGION}"
        remedy = "add one" if site.versioned else "remove it, or choose that engine"
        yield Breach("alarms.monitor", "true", f"false without {reason}", remedy)


# Clients


@_rule(
    "SITE-CLIENT-SERVICE", "CloudWatch refuses other texts as a dimension, and no alarm would see what hosts publish"
)
def _client_service(site: Site) -> Iterator[Breach]:
    if site.clients and site.clients.service is not None:
        remedy = f"remove it: the default is {literal(site.hostname)}"
        yield from misfits("clients.service", values.dimension(site.clients.service, remedy))


@_rule(
    "SITE-CLIENT-ALARM-REGION",
    "alarms that are lost with the region they watch do not go off",
    compares=["clients.alarm_region", "primary_region"],
    unless=["SITE-REGION"],
)
def _client_alarm_region(site: Site) -> Iterator[Breach]:
    if site.clients and site.clients.alarm_region == site.primary_region:
        expected = "a region other than the primary's"
        remedy = "name another one, or remove it: the default is the last replica region"
        yield Breach("clients.alarm_region", literal(site.clients.alarm_region), expected, remedy)


@_rule(
    "SITE-CLIENT-FLEET",
    "more hosts than there are can never fail, so the warning would never come",
    compares=["clients.failing_hosts", "clients.fleet_size"],
)
def _fleet(site: Site) -> Iterator[Breach]:
    clients = site.clients
    # The default threshold shrinks with the fleet; only a configuration with both can contradict itself.
    if clients is None or clients.fleet_size is None or "failing_hosts" not in clients.model_fields_set:
        return
    if clients.failing_hosts > clients.fleet_size:
        expected = f"at most the {clients.fleet_size} of fleet_size"
        remedy = "lower it, or remove it: the default shrinks with the fleet"
        yield Breach("clients.failing_hosts", literal(clients.failing_hosts), expected, remedy)
