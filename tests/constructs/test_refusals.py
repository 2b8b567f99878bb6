"""Inputs that are refused where they are written: argument, what it got, what was expected, the way out."""

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from config_samples import findings, one
from construct_samples import copy, destination, make, own, sample_stack

from s3_failover.config.literals import literal
from s3_failover_constructs import (
    AlarmTopics,
    AliasTarget,
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
    FailoverRecords,
    MaintenancePage,
    PrimaryBucket,
    PublicZone,
    ReplicaBucket,
    Replication,
    ReplicationDestination,
    ReplicationLagAlarms,
    ReplicationOptions,
    ResponseHeaders,
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
