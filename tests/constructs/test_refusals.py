"""Inputs that are refused where they are written: argument, what it got, what was expected, the way out."""

import re

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudfront_origins import HttpOrigin
from config_samples import findings, one
from construct_samples import copy, destination, make, own, sample_stack

from s3_failover.config.literals import literal
from s3_failover_constructs import (
    AlarmActions,
    AlarmTopics,
    AliasTarget,
    ApexFailoverRecords,
    ClientAlarms,
    ClientPolicy,
    ContentBucket,
    Directories,
    DistributionLogs,
    EdgeAlarms,
    Endpoint,
    EventReplication,
    EventReplicationAlarms,
    FailoverDistribution,
    FailoverHealthChecks,
    FailoverOrigin,
    FailoverRecords,
    MaintenancePage,
    PrimaryBucket,
    PublicZone,
    ReplicaBucket,
    Replication,
    ReplicationDestination,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
    ReplicationOptions,
    ResponseHeaders,
    ReturnReplication,
    ReturnSource,
    ViewerFunctions,
    ViewerPaths,
    WebsiteReplicaBucket,
    website_endpoint,
)

KEY = "expected up to 254 of A-Z a-z 0-9 . _ - in parts split by single slashes, not starting with one"
COUNTRY = 'expected a country code such as "DE" (ISO 3166-1 alpha-2), each once; correct or remove it'
CODES = "expected 500, 502, 503 and 504, and of 400, 403, 404, 416, 429 what you choose, each once; correct the list"
PLAIN = "choose a plain key such as _s3-failover/health.txt"
ALIAS = "expected a lower-case domain name, or a wildcard such as *.example.com, each once; correct or remove it"
HOSTNAME = "expected a lower-case domain name without scheme, path, wildcard or final dot"
SERVICE = "expected a domain name without scheme, port, path or spaces, and no IP address"
AS_IN = "write it as in origin.example.com"
ITSELF = "a record cannot point at itself: pass the service's own"
STANDBY = "a failover would change nothing: pass the standby's"
PUBLIC = "S3 would count the policy as public: name narrower ranges"
PREFIX = "expected 1 to 48 of A-Z a-z 0-9 _ -; choose another one, or leave it out"
PLACE = "expected a region such as us-east-1; correct it, or take a newer aws-cdk-lib"

REFUSED = [
    (ViewerPaths, {"allowed_countries": ("de",)}, f"allowed_countries: got 'de', {COUNTRY}"),
    (ViewerPaths, {"denied_countries": ("DE", "DE")}, f"denied_countries: got 'DE', {COUNTRY}"),
    (
        ViewerPaths,
        {"allowed_countries": ("DE",), "denied_countries": ("FR",)},
        "denied_countries: got ('FR',), expected nothing beside allowed_countries; keep one: what is not allowed is denied",
    ),
    (
        ViewerPaths,
        {"single_page_app": True, "directories": Directories.REDIRECT},
        "directories: got <Directories.REDIRECT: 'redirect'>, expected nothing in a single-page app; remove it",
    ),
    (
        ViewerFunctions,
        {"paths": ViewerPaths(maintenance=True)},
        "maintenance_page: got None, expected a page to show while maintenance is on; "
        "name the key of a page, or switch maintenance off",
    ),
    (
        FailoverDistribution,
        {"paths": ViewerPaths(maintenance=True)},
        "maintenance_page: got None, expected a page to show while maintenance is on; "
        "name the key of a page, or switch maintenance off",
    ),
    (FailoverDistribution, {"health_key": "/h"}, f"health_key: got '/h', {KEY}; {PLAIN}"),
    (
        FailoverDistribution,
        {"health_key": "index.html"},
        "health_key: got 'index.html', expected a key of its own; "
        "the health object is protected from deletion and never cached: keep it apart from content",
    ),
    (FailoverDistribution, {"fallback_status_codes": (200,)}, f"fallback_status_codes: got (200,), {CODES}"),
    (FailoverDistribution, {"fallback_status_codes": (404,)}, f"fallback_status_codes: got (404,), {CODES}"),
    (FailoverDistribution, {"fallback_status_codes": ()}, f"fallback_status_codes: got (), {CODES}"),
    (
        FailoverDistribution,
        {"error_document": "/error.html"},
        f"error_document: got '/error.html', {KEY}; use error.html",
    ),
    (
        FailoverDistribution,
        {"index_document": "a/index.html"},
        "index_document: got 'a/index.html', expected a plain name without slash; use index.html",
    ),
    (FailoverDistribution, {"domain_names": ["X Y"]}, f"domain_names: got 'X Y', {ALIAS}"),
    (FailoverDistribution, {"domain_names": ["*.*.example.com"]}, f"domain_names: got '*.*.example.com', {ALIAS}"),
    (FailoverDistribution, {"domain_names": ["a.b", "a.b"]}, f"domain_names: got 'a.b', {ALIAS}"),
    (WebsiteReplicaBucket, {"hostname": "X Y"}, f"hostname: got 'X Y', {HOSTNAME}; write it as in assets.example.com"),
    (
        WebsiteReplicaBucket,
        {"hostname": "https://www.example.com/"},
        f"hostname: got 'https://www.example.com/', {HOSTNAME}; write www.example.com",
    ),
    (
        FailoverDistribution,
        {"read_timeout": Duration.seconds(500)},
        "read_timeout: got 8 minutes 20 seconds, expected whole seconds from 1 to 120; choose one in the range",
    ),
    (MaintenancePage, {"key": "/x.html"}, f"key: got '/x.html', {KEY}; use maintenance.html"),
    (
        ResponseHeaders,
        {"cors_origins": ("app.example.com",)},
        "cors_origins: got 'app.example.com', expected an origin such as https://app.example.com; "
        'write it without path and final slash, or "*" for any origin',
    ),
    (
        ResponseHeaders,
        {"content_security_policy": "a\nb"},
        r"content_security_policy: got 'a\nb', expected 1 to 1783 printable ASCII characters; write it as one line",
    ),
    (
        FailoverHealthChecks,
        {"request_interval": Duration.seconds(20)},
        "request_interval: got 20, expected 10 or 30 seconds; choose one of them",
    ),
    (
        FailoverHealthChecks,
        {"failure_threshold": 11},
        "failure_threshold: got 11, expected an integer from 1 to 10; choose one in the range",
    ),
    (FailoverHealthChecks, {"health_key": "/h"}, f"health_key: got '/h', {KEY}; {PLAIN}"),
    (
        FailoverRecords,
        {"record_name": "www.other.org"},
        "record_name: got 'www.other.org', expected a name below example.com; write it as in site.example.com",
    ),
    (
        EdgeAlarms,
        {"cdn_5xx_percent": 500},
        "cdn_5xx_percent: got 500, expected a number above 0, up to 100; choose one in the range",
    ),
    (
        ReplicationLagAlarms,
        {"latency": Duration.seconds(1)},
        "latency: got 1 second, expected whole seconds from 60 to 86400; choose one in the range",
    ),
    (
        EventReplicationAlarms,
        {"pending_operations": 0},
        "pending_operations: got 0, expected an integer of at least 1; choose one in the range",
    ),
    (
        EventReplication,
        {"max_concurrency": 1},
        "max_concurrency: got 1, expected an integer from 2 to 1000; choose one in the range",
    ),
    (PrimaryBucket, {"health_key": "*"}, f"health_key: got '*', {KEY}; {PLAIN}"),
    (ReplicaBucket, {"health_key": "a?"}, f"health_key: got 'a?', {KEY}; {PLAIN}"),
    (WebsiteReplicaBucket, {"health_key": ""}, f"health_key: got '', {KEY}; {PLAIN}"),
    (
        ContentBucket,
        {"protected_keys": ["*"]},
        f"protected_keys: got '*', {KEY}; choose plain keys: no wildcard may slip into the policy",
    ),
    (
        ContentBucket,
        {"bucket_name": "Content"},
        "bucket_name: got 'Content', expected a legal bucket name (lower-case letters, digits, dots and hyphens, "
        "a letter or digit at both ends); choose another name",
    ),
    (
        Endpoint,
        {"domain_name": "https://lb.example.com/up"},
        f"domain_name: got 'https://lb.example.com/up', {SERVICE}; write lb.example.com",
    ),
    (Endpoint, {"domain_name": "192.0.2.1"}, f"domain_name: got '192.0.2.1', {SERVICE}; {AS_IN}"),
    (Endpoint, {"domain_name": "lb example.com"}, f"domain_name: got 'lb example.com', {SERVICE}; {AS_IN}"),
    (Endpoint, {"domain_name": "lb.example.com:8443"}, f"domain_name: got 'lb.example.com:8443', {SERVICE}; {AS_IN}"),
    (
        FailoverRecords,
        {"primary": "http://a.example.com"},
        f"primary: got 'http://a.example.com', {SERVICE}; write a.example.com",
    ),
    (FailoverRecords, {"secondary": "192.0.2.1"}, f"secondary: got '192.0.2.1', {SERVICE}; {AS_IN}"),
    (
        FailoverRecords,
        {"primary": "WWW.example.com."},
        f"primary: got 'WWW.example.com.', expected another name than record_name; {ITSELF}",
    ),
    (
        FailoverRecords,
        {"secondary": "D1.cloudfront.net."},
        f"secondary: got 'D1.cloudfront.net.', expected another name than primary; {STANDBY}",
    ),
    (
        FailoverRecords,
        {"ttl": Duration.seconds(0)},
        "ttl: got 0 seconds, expected whole seconds from 1 to 2147483647; choose one in the range",
    ),
    (
        FailoverRecords,
        {"ttl": Duration.days(24856)},
        "ttl: got 24856 days, expected whole seconds from 1 to 2147483647; choose one in the range",
    ),
    (AliasTarget, {"domain_name": "d1"}, f"domain_name: got 'd1', {SERVICE}; {AS_IN}"),
    (
        ApexFailoverRecords,
        {"primary": AliasTarget("Example.com.", "Z1")},
        f"primary: got 'Example.com.', expected another name than the zone's; {ITSELF}",
    ),
    (
        ApexFailoverRecords,
        {"secondary": AliasTarget.distribution("D1.cloudfront.net")},
        f"secondary: got 'D1.cloudfront.net', expected another name than primary; {STANDBY}",
    ),
    (
        ReplicationDestination,
        {"id": "i" * 256},
        f"id: got '{'i' * 78}…, expected at most 255 characters, not 256; choose a shorter one",
    ),
    (
        PrimaryBucket,
        {"checker_ranges": []},
        "checker_ranges: got [], expected at least one range; name one, or leave the argument out",
    ),
    (
        PrimaryBucket,
        {"checker_ranges": ["15.177.0.0/18", "checkers"]},
        "checker_ranges: got 'checkers', expected an IPv4 or IPv6 network such as 15.177.0.0/18; correct or remove it",
    ),
    (
        PrimaryBucket,
        {"checker_ranges": ["14.0.0.0/7"]},
        f"checker_ranges: got '14.0.0.0/7', expected a range of /8 or narrower; {PUBLIC}",
    ),
    (
        PrimaryBucket,
        {"checker_ranges": ["2600::/31"]},
        f"checker_ranges: got '2600::/31', expected a range of /32 or narrower; {PUBLIC}",
    ),
    (
        PrimaryBucket,
        {"distribution_id": "e2qwruhapomqzl"},
        "distribution_id: got 'e2qwruhapomqzl', expected a distribution id such as E2QWRUHAPOMQZL; copy it from the distribution",
    ),
    (FailoverDistribution, {"name": "a.b"}, f"name: got 'a.b', {PREFIX}"),
    (ViewerFunctions, {"name": "n" * 49}, f"name: got '{'n' * 49}', {PREFIX}"),
    (
        EdgeAlarms,
        {"name": "n" * 237},
        f"name: got '{'n' * 78}…, expected at most 236 characters before /failover-unhealthy, not 237; choose a shorter one",
    ),
    (FailoverOrigin, {"origin_shield_region": "Europe"}, f"origin_shield_region: got 'Europe', {PLACE}"),
    (
        FailoverOrigin,
        {"replica_origin_shield_region": "eu-west-9"},
        f"replica_origin_shield_region: got 'eu-west-9', {PLACE}",
    ),
    (
        FailoverDistribution,
        {"replica": None, "origin_shield_region": "Europe"},
        f"origin_shield_region: got 'Europe', {PLACE}",
    ),
    (DistributionLogs, {"prefix": "logs/"}, f"prefix: got 'logs/', {KEY}; write it without slash at either end"),
    (
        PublicZone,
        {"zone_name": "example.com."},
        "zone_name: got 'example.com.', expected a lower-case domain name without final dot; write example.com",
    ),
    (
        AlarmTopics,
        {"display_name": "t" * 92},
        f"display_name: got '{'t' * 78}…, expected at most 91 characters, not 92; choose a shorter one",
    ),
    (
        AlarmTopics,
        {"critical_emails": ["ops"]},
        "critical_emails: got 'ops', expected an address such as oncall@example.com; correct or remove it",
    ),
    (
        AlarmTopics,
        {"critical_endpoints": ["http://a.example.com"]},
        "critical_endpoints: got 'http://a.example.com', expected an https:// address without user, password and #, of "
        "at most 2048 characters; correct or remove it",
    ),
    (
        AlarmTopics,
        {"warning_emails": ["o@example.com", "o@example.com"]},
        "warning_emails: got 'o@example.com', expected each address once; remove the second one",
    ),
    (
        ClientAlarms,
        {"service": ":x"},
        "service: got ':x', expected 1 to 255 printable ASCII characters, not all of them spaces, "
        "without a colon at the beginning; choose another one",
    ),
    (
        ClientPolicy,
        {"key_alias": "site"},
        "key_alias: got 'site', expected alias/ and 1 to 250 of A-Z a-z 0-9 / _ -, not alias/aws/; "
        "write it as in alias/assets",
    ),
    (
        ReplicationDestination,
        {"kms_key": "alias/site"},
        "kms_key: got 'alias/site', expected arn:aws:kms:REGION:ACCOUNT:key/ID; pass the key or its ARN",
    ),
    (
        ReplicationDestination,
        {"kms_key": "arn:aws:kms:us-west-2:111111111111:alias/x"},
        "kms_key: got a key in us-west-2, expected a key in the bucket's region, which is eu-west-1; "
        "import the bucket with its region: Bucket.from_bucket_attributes(..., region=...)",
    ),
]


@pytest.mark.parametrize(("kind", "changes", "message"), REFUSED)
def test_what_does_not_work_is_refused_where_it_is_written(kind, changes, message):
    with pytest.raises(ValueError) as refused:
        make(kind, **changes)
    assert str(refused.value) == message


SAME = [
    ({"hostname": "X Y"}, WebsiteReplicaBucket, "hostname", "X Y"),
    ({"health_key": "/h"}, FailoverDistribution, "health_key", "/h"),
    ({"health_key": "index.html"}, FailoverDistribution, "health_key", "index.html"),
    ({"index_document": "a/b"}, FailoverDistribution, "index_document", "a/b"),
    ({"error_document": "/e"}, FailoverDistribution, "error_document", "/e"),
    ({"failover_status_codes": [403]}, FailoverDistribution, "fallback_status_codes", [403]),
    ({"health_check_threshold": 11}, FailoverHealthChecks, "failure_threshold", 11),
    ({"cdn": {"cors_origins": ["a.b"]}}, ResponseHeaders, "cors_origins", ["a.b"]),
    ({"cdn": {"content_security_policy": "é"}}, ResponseHeaders, "content_security_policy", "é"),
    ({"cdn": {"allowed_countries": ["de"], "unguarded_secondary": True}}, ViewerPaths, "allowed_countries", ["de"]),
    ({"cdn": {"denied_countries": ["de"], "unguarded_secondary": True}}, ViewerPaths, "denied_countries", ["de"]),
    ({"cdn": {"log_prefix": "a/"}}, DistributionLogs, "prefix", "a/"),
    ({"alarms": {"critical_emails": ["ops"]}}, AlarmTopics, "critical_emails", ["ops"]),
    ({"alarms": {"critical_endpoints": ["ops"]}}, AlarmTopics, "critical_endpoints", ["ops"]),
    ({"alarms": {"certificate_days": 45}}, EdgeAlarms, "certificate_days", 45),
    ({"alarms": {"secondary_requests_per_second": 0}}, EdgeAlarms, "secondary_requests_per_second", 0),
    ({"alarms": {"cdn_5xx_percent": 500}}, EdgeAlarms, "cdn_5xx_percent", 500),
    ({"alarms": {"replication_pending_operations": 0}}, ReplicationLagAlarms, "pending_operations", 0),
    ({"hosted_zone": {"id": "Z1", "name": "example.com."}}, PublicZone, "zone_name", "example.com."),
    ({"replication": {"prefixes": ["/a"]}}, ReplicationDestination, "prefix", "/a"),
]


@pytest.mark.parametrize(("settings", "kind", "argument", "value"), SAME)
def test_what_the_configuration_refuses_a_construct_refuses_in_the_same_words(settings, kind, argument, value):
    with pytest.raises(ValueError) as refused:
        make(kind, **{argument: value})
    first = next(each for each in findings(one(**settings)) if each.id not in ("SITE-HOSTNAME-ZONE",))
    assert f", expected {first.expected}; " in str(refused.value)
    if isinstance(value, str | list) and first.id != "CONFIG-VALUE":
        assert str(refused.value).endswith(f"; {first.remedy}")
        shown = value[0] if isinstance(value, list) and isinstance(value[0], str) else value
        assert first.got == literal(shown)


def test_a_key_of_another_region_than_the_buckets_is_refused_as_its_arn_is():
    stack = sample_stack()
    with pytest.raises(
        ValueError, match=r"^kms_key: got a key in us-east-1, expected a key in the bucket's region, whi"
    ):
        ReplicationDestination(copy(stack), "to-copy", kms_key=kms.Key(stack, "Key"))


def test_what_is_no_key_is_refused():
    stack = sample_stack()
    with pytest.raises(TypeError, match=r"^kms_key: got <.*, expected a string; pass the key or its ARN"):
        ReplicationDestination(copy(stack), "to-copy", kms_key=copy(stack, "other"))


def test_a_key_of_a_region_needs_a_bucket_whose_region_is_known():
    bucket = s3.Bucket.from_bucket_name(Stack(App(), "Anywhere"), "Copy", "copy")
    with pytest.raises(ValueError, match="expected a key in the bucket's region, which is none that is known; import"):
        ReplicationDestination(bucket, "to-copy", kms_key="arn:aws:kms:us-west-2:111111111111:alias/x")


def test_rules_of_one_id_are_refused_because_s3_refuses_them():
    stack = sample_stack()
    twice = [ReplicationDestination(copy(stack, name), "to-copy") for name in ("one", "two")]
    with pytest.raises(ValueError, match=r"^id: got 'to-copy', expected each once; remove the second one$"):
        Replication(stack, "Replication", source=own(stack), destinations=twice)


def test_an_apex_with_a_final_dot_is_an_apex():
    stack = sample_stack()
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Dot", hosted_zone_id="Z1", zone_name="example.com.")
    with pytest.raises(ValueError, match=r"^record_name: got 'example.com', expected a name below example.com; "):
        make(FailoverRecords, zone=zone, record_name="example.com")
    make(FailoverRecords, zone=zone)


@pytest.mark.parametrize("of_region", [AliasTarget.website, lambda region: website_endpoint("www.example.com", region)])
def test_a_region_that_is_not_known_at_synthesis_is_refused_as_such(of_region):
    region = Stack(App(), "Anywhere").region
    with pytest.raises(ValueError) as refused:
        of_region(region)
    assert "region: got a token, expected one that is known at synthesis; give the stack" in str(refused.value)


def test_a_value_that_is_known_at_deployment_passes():
    stack = sample_stack()

    def later(name):
        return CfnParameter(stack, name).value_as_string

    make(PrimaryBucket, bucket_name=later("Name"))
    make(FailoverHealthChecks, primary=Endpoint(later("Endpoint")), health_key=later("Key"))
    make(FailoverHealthChecks, failure_threshold=CfnParameter(stack, "Number", type="Number").value_as_number)
    make(FailoverDistribution, domain_names=[later("Hostname")], error_document=later("Page"))
    make(FailoverRecords, record_name=later("Record"))
    make(AlarmTopics, warning_emails=[later("Email")])
    make(FailoverRecords, primary=later("Primary"), secondary=f"{later('Secondary')}.example.com")
    make(FailoverRecords, ttl=Duration.seconds(CfnParameter(stack, "Ttl", type="Number").value_as_number))
    make(PrimaryBucket, checker_ranges=[later("Range")], distribution_id=later("Distribution"))
    make(FailoverDistribution, name=later("Prefix"), origin_shield_region=later("Region"))
    make(EdgeAlarms, name=later("Site"))
    make(ReplicationDestination, id=later("Rule"))


def test_a_list_that_is_counted_is_known_at_synthesis():
    emails = CfnParameter(sample_stack(), "Emails", type="CommaDelimitedList").value_as_list
    with pytest.raises(ValueError, match=r"^warning_emails: got a token, expected a list that is known at synthesis; "):
        make(AlarmTopics, warning_emails=emails)
    make(WebsiteReplicaBucket, cors_origins=emails)


def test_a_source_that_keeps_versions_is_refused_where_every_event_would_leave_one():
    stack = sample_stack()
    with pytest.raises(ValueError, match=r"^source: got Test/source with versioning, expected none; .*`Replication`"):
        EventReplication(stack, "Events", source=own(stack), destinations=[copy(stack)])


def test_a_second_replication_of_a_bucket_would_replace_the_rules_of_the_first():
    stack = sample_stack()
    source = own(stack)
    Replication(stack, "One", source=source, destinations=[destination(stack)])
    with pytest.raises(ValueError, match=r"^source: got Test/source/Resource with replication rules, expected none; "):
        Replication(
            stack, "Two", source=source, destinations=[ReplicationDestination(copy(stack, "other"), "to-other")]
        )


def test_options_are_not_read_from_texts():
    with pytest.raises(
        TypeError, match=r"^delete_marker_replication: got 'false', expected True or False; write it without quotes"
    ):
        ReplicationOptions(delete_marker_replication="false")


def test_the_longest_title_fits_with_its_severity():
    make(AlarmTopics, display_name="t" * 91)


def test_names_of_services_may_have_capitals_and_a_final_dot():
    make(Endpoint, domain_name="Balancer-1.us-east-1.elb.amazonaws.com")
    make(FailoverRecords, primary="Balancer-1.us-east-1.elb.amazonaws.com.", ttl=Duration.seconds(2147483647))


def test_one_name_that_is_known_at_deployment_alone_is_no_pair():
    name = CfnParameter(sample_stack(), "Name").value_as_string
    with pytest.raises(ValueError, match=r"^secondary: got a token, expected another name than primary; a failover wo"):
        make(FailoverRecords, primary=name, secondary=name)


def test_addresses_and_ranges_of_both_versions_are_taken():
    make(PrimaryBucket, checker_ranges=["15.0.0.0/8", "192.0.2.1", "2600:1f1c::/32"])


@pytest.mark.parametrize("kind", [EventReplicationAlarms, ReplicationLagAlarms, ReplicationFailureAlarm, ClientAlarms])
def test_the_name_of_an_alarm_has_at_most_255_characters(kind):
    with pytest.raises(
        ValueError, match=r"^name: got 'n+…, expected at most 2\d\d characters before /[a-z0-9-]+, not 250"
    ):
        make(kind, name="n" * 250)


def test_the_longest_name_of_an_alarm_is_taken():
    make(EdgeAlarms, name="n" * 232)


@pytest.mark.parametrize("kind", [FailoverOrigin, FailoverDistribution])
def test_a_bucket_is_no_replica_of_its_own(kind):
    bucket = copy(sample_stack())
    again = s3.Bucket.from_bucket_name(sample_stack(), "Again", "copy")
    for replica in (bucket, again):
        with pytest.raises(
            ValueError, match=r"^replica: got 'Test/.*', expected another bucket than primary; a failov"
        ):
            make(kind, primary=bucket, replica=replica)


@pytest.mark.parametrize("pattern", ["*", "/*"])
def test_a_behavior_for_all_paths_would_take_those_of_the_default(pattern):
    behavior = cloudfront.BehaviorOptions(origin=HttpOrigin("api.example.com"))
    expected = "expected a pattern for some paths; the default behavior has all other paths already"
    with pytest.raises(ValueError, match=re.escape(f"additional_behaviors: got {pattern!r}, {expected}")):
        make(FailoverDistribution, additional_behaviors={pattern: behavior})


def to(bucket, id="to-copy", prefix=""):
    return ReplicationDestination(bucket, id, prefix=prefix)


def test_a_bucket_is_not_copied_to_itself():
    stack = sample_stack()
    source, replica = own(stack), copy(stack, "replica")
    imported = s3.Bucket.from_bucket_name(stack, "Again", "source")
    for each in (source, imported):
        with pytest.raises(
            ValueError, match=r"^destinations: got the source Test/source, expected another bucket; S3 "
        ):
            Replication(stack, f"To-{each.node.id}", source=source, destinations=[to(each)])
    with pytest.raises(ValueError, match=r"^destinations: got the source Test/replica, expected another bucket; S3 "):
        make(ReturnReplication, sources=[ReturnSource(replica, [to(replica)])])


@pytest.mark.parametrize("prefixes", [("", ""), ("docs/", ""), ("docs/", "docs/"), ("docs/", "docs/a/")])
def test_rules_for_the_same_keys_of_one_bucket_are_refused(prefixes):
    stack = sample_stack()
    bucket = copy(stack)
    rules = [to(bucket, f"rule-{at}", prefix) for at, prefix in enumerate(prefixes)]
    got = (
        f"destinations: got {prefixes[0]!r} of rule-0 and {prefixes[1]!r} of rule-1 for Test/copy, expected prefixes of"
    )
    with pytest.raises(ValueError, match=re.escape(got)):
        Replication(stack, "Replication", source=own(stack), destinations=rules)


def test_rules_for_other_keys_or_other_buckets_are_taken():
    stack = sample_stack()
    one, other = copy(stack), copy(stack, "other")
    rules = [to(one, "a", "a/"), to(one, "b", "b/"), to(other, "all")]
    Replication(stack, "Replication", source=own(stack), destinations=rules)


def test_a_destination_of_the_app_keeps_versions():
    stack = sample_stack()
    got = (
        r"^destinations: got Test/bare/Resource without versioning, expected a versioned bucket; .*set versioned=True$"
    )
    with pytest.raises(ValueError, match=got):
        Replication(stack, "One", source=own(stack), destinations=[to(own(stack, "bare", versioned=False))])
    Replication(stack, "Two", source=own(stack, "second"), destinations=[to(own(stack, "kept"))])


def test_an_action_for_a_topic_of_another_region_is_refused_as_the_topic_is():
    there = sns.Topic.from_topic_arn(sample_stack(), "Ops", "arn:aws:sns:eu-west-1:111111111111:ops")
    with pytest.raises(
        ValueError, match=r"^warning: got one in eu-west-1, expected one in the stack's region us-east-1"
    ):
        make(EdgeAlarms, notifications=AlarmActions(warning=[actions.SnsAction(there)]))
