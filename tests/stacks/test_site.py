"""The stacks of a site together: what they are, in which order, and that nothing is between them but names."""

import json

import pytest
import site_stacks
from cdk_templates import text
from site_stacks import find, synthesized
from sites import APP, CDN, REPLICAS, site

MATRIX = [
    (mode, primary, replicas)
    for mode in ("dns", "hybrid")
    for primary in ("us-east-1", "eu-west-1")
    for replicas in (1, 3)
]


def stacks(mode="dns", primary="eu-west-1", replicas=1):
    return synthesized(site(mode=mode, primary=primary, replicas=replicas, more="clients = {}"))


def templates(*case):
    return {name: stack.template for name, stack in stacks(*case).items()}


def test_one_stack_per_region_and_role():
    assert {stack.stack_name for stack in stacks("dns", "eu-west-1", 3).values()} == {
        "s3-failover-shop-example-com-website-eu-central-1",
        "s3-failover-shop-example-com-replica-ap-south-1",
        "s3-failover-shop-example-com-replica-sa-east-1",
        "s3-failover-shop-example-com-primary-eu-west-1",
        "s3-failover-shop-example-com-evacuation-eu-central-1",
        "s3-failover-shop-example-com-edge-us-east-1",
        "s3-failover-shop-example-com-alarms-eu-west-1",
        "s3-failover-shop-example-com-alarms-eu-central-1",
        "s3-failover-shop-example-com-alarms-ap-south-1",
        "s3-failover-shop-example-com-alarms-sa-east-1",
        "s3-failover-shop-example-com-clients-sa-east-1",
        "s3-failover-shop-example-com-dashboard-eu-central-1",
    }


def test_a_site_without_clients_has_no_stack_for_them():
    assert not [name for name in synthesized(site()) if "clients" in name]


def waits(found):
    """The stacks that each waits for."""
    names = {stack.id: name for name, stack in found.items()}
    return {
        name: {names[d.id] for d in stack.dependencies if not d.id.endswith(".assets")} for name, stack in found.items()
    }


def test_replicas_are_deployed_before_the_primary_that_before_the_edge_and_alarms_last():
    found = waits(stacks("dns", "eu-west-1", 3))
    replicas = {"website-eu-central-1", "replica-ap-south-1", "replica-sa-east-1"}
    assert found["primary-eu-west-1"] == replicas
    assert found["edge-us-east-1"] == {"primary-eu-west-1", "evacuation-eu-central-1"}
    last = {name for name in found if name.startswith(("alarms-", "clients-"))}
    assert {name: found[name] for name in last} == {name: {"edge-us-east-1"} for name in last}
    assert not any(found[name] for name in replicas)


@pytest.mark.parametrize("secondary", ['type = "https"', 'type = "external", hostname = "shop.cdn.example.net"'])
def test_what_serves_the_first_replica_is_deployed_after_it_and_before_the_edge(secondary):
    found = waits(synthesized(site(replicas=2, more=f"secondary = {{ {secondary} }}")))
    (role,) = {"https-eu-central-1", "external-eu-central-1"} & set(found)
    replicas = {"replica-eu-central-1", "replica-ap-south-1"}
    assert found[role] == found["primary-eu-west-1"] == replicas
    assert found["edge-us-east-1"] == {"primary-eu-west-1", "evacuation-eu-central-1", role}


@pytest.mark.parametrize("case", MATRIX)
def test_stacks_share_nothing_but_names(case):
    for template in templates(*case).values():
        written = json.dumps(template)
        assert "Fn::ImportValue" not in written
        assert "Fn::GetStackOutput" not in written
        assert "ExportName" not in written
        assert "CrossRegionExport" not in written
        assert not [o for o in template.get("Outputs", {}).values() if "Export" in o]


@pytest.mark.parametrize("case", MATRIX)
def test_names_written_in_one_stack_are_the_names_made_in_another(case):
    made = {
        text(bucket["BucketName"])
        for template in templates(*case).values()
        for bucket in find(template, "AWS::S3::Bucket")
    }
    (distribution,) = find(templates(*case)["edge-us-east-1"], "AWS::CloudFront::Distribution")
    for origin in distribution["DistributionConfig"]["Origins"]:
        assert text(origin["DomainName"]).split(".s3.")[0] in made
    (primary,) = [t for name, t in templates(*case).items() if "primary" in name]
    for rule in next(b for b in find(primary, "AWS::S3::Bucket") if "ReplicationConfiguration" in b)[
        "ReplicationConfiguration"
    ]["Rules"]:
        assert text(rule["Destination"]["Bucket"]).removeprefix("arn:aws:s3:::") in made


@pytest.mark.parametrize("case", MATRIX)
def test_replication_alarms_watch_rules_that_exist(case):
    (primary,) = [t for name, t in templates(*case).items() if "primary" in name]
    source = next(b for b in find(primary, "AWS::S3::Bucket") if "ReplicationConfiguration" in b)
    rules = {
        (text(source["BucketName"]), text(r["Destination"]["Bucket"]).removeprefix("arn:aws:s3:::"), r["Id"])
        for r in source["ReplicationConfiguration"]["Rules"]
    }
    watched = set()
    for template in templates(*case).values():
        for alarm in find(template, "AWS::CloudWatch::Alarm"):
            if alarm["Namespace"] == "AWS/S3":
                d = {d["Name"]: text(d["Value"]) for d in alarm["Dimensions"]}
                watched.add((d["SourceBucket"], d["DestinationBucket"], d["RuleId"]))
    assert watched == rules


@pytest.mark.parametrize("case", MATRIX)
def test_client_alarms_watch_each_copy_from_a_region_that_is_not_the_primary(case):
    _, primary, replicas = case
    (stack,) = [stack for name, stack in stacks(*case).items() if name.startswith("clients-")]
    assert stack.environment.region == REPLICAS[replicas - 1] != primary
    alarms = find(stack.template, "AWS::CloudWatch::Alarm")
    dimensions = [{d["Name"]: d["Value"] for d in alarm["Dimensions"]} for alarm in alarms]
    assert {d["Service"] for d in dimensions} == {"shop.example.com"}
    assert {d["Region"] for d in dimensions if "Region" in d} == {primary, *REPLICAS[:replicas]}


@pytest.mark.parametrize("case", MATRIX)
def test_clients_may_read_every_copy_that_is_made_and_nothing_else(case):
    made = {
        text(bucket["BucketName"])
        for name, template in templates(*case).items()
        for bucket in find(template, "AWS::S3::Bucket")
        if "logs-" not in text(bucket["BucketName"]) and not name.startswith("evacuation-")
    }
    (policy,) = [p for t in templates(*case).values() for p in find(t, "AWS::IAM::ManagedPolicy")]
    read = next(s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "ReadObjects")["Resource"]
    arns = read if isinstance(read, list) else [read]
    assert {text(arn).removeprefix("arn:aws:s3:::").removesuffix("/*") for arn in arns} == made


@pytest.mark.parametrize("case", MATRIX)
def test_no_physical_name_is_used_twice_in_a_region(case):
    seen = set()
    for stack in stacks(*case).values():
        for name, resource in stack.template["Resources"].items():
            for key in ("BucketName", "AlarmName", "TopicName", "RoleName"):
                if key in resource["Properties"]:
                    mark = (stack.environment.region, resource["Type"], text(resource["Properties"][key]))
                    assert mark not in seen, name
                    seen.add(mark)


@pytest.mark.parametrize("case", MATRIX)
def test_stacks_are_described_and_tagged(case):
    tag = {"Key": "s3-failover:site", "Value": "shop.example.com"}
    for stack in stacks(*case).values():
        assert stack.template["Description"].startswith("shop.example.com: ")
        for resource in stack.template["Resources"].values():
            if resource["Type"] in ("AWS::S3::Bucket", "AWS::CloudFront::Distribution", "AWS::SNS::Topic"):
                assert tag in resource["Properties"]["Tags"]


def test_stacks_themselves_have_the_tag_by_which_doctor_knows_whose_they_are():
    for stack in stacks("dns", "eu-west-1", 3).values():
        assert stack.tags == {"s3-failover:site": "shop.example.com"}


def test_dns_mode_reads_the_primary_only():
    (distribution,) = find(templates("dns", "eu-west-1", 1)["edge-us-east-1"], "AWS::CloudFront::Distribution")
    assert "OriginGroups" not in distribution["DistributionConfig"]


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("website", ""),
        ("replica", 'secondary = { type = "https" }\nencryption = "kms"'),
        ("replica", 'secondary = { type = "external", hostname = "shop.cdn.example.net" }'),
    ],
)
def test_the_first_replica_admits_the_distribution_in_every_mode_and_no_other_does(mode, first, more):
    """The edge is deployed last: a mode that changes finds the bucket open before, and still open after."""
    found = site_stacks.templates(site(mode=mode, replicas=3, more=more))
    assert "cloudfront.amazonaws.com" in json.dumps(find(found[f"{first}-eu-central-1"], "AWS::S3::BucketPolicy"))
    for key in find(found[f"{first}-eu-central-1"], "AWS::KMS::Key"):
        if "cloudwatch.amazonaws.com" not in json.dumps(key):
            assert "cloudfront.amazonaws.com" in json.dumps(key)
    for name in ("replica-ap-south-1", "replica-sa-east-1"):
        assert "cloudfront.amazonaws.com" not in json.dumps(found[name])


@pytest.mark.parametrize(("mode", "policy"), [("dns", "allow-all"), ("hybrid", "redirect-to-https")])
def test_http_is_served_where_the_secondary_speaks_nothing_else(mode, policy):
    edge = templates(mode, "eu-west-1", 1)["edge-us-east-1"]
    (distribution,) = find(edge, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == policy


def test_only_the_first_replica_is_public():
    for name, template in templates("dns", "eu-west-1", 3).items():
        for bucket in find(template, "AWS::S3::Bucket"):
            is_website = "WebsiteConfiguration" in bucket
            assert is_website == (bucket["BucketName"] == "shop.example.com"), name
            assert is_website != bucket["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]


def test_existing_certificate_is_used_instead_of_a_new_one():
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    edge = site_stacks.templates(site(more=f'certificate_arn = "{arn}"'))["edge-us-east-1"]
    assert not find(edge, "AWS::CertificateManager::Certificate")
    (distribution,) = find(edge, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"] == arn


def test_given_account_is_part_of_names_instead_of_a_token():
    primary = synthesized(site(more='account = "123456789012"'))["primary-eu-west-1"]
    assert primary.environment.account == "123456789012"
    names = {b["BucketName"] for b in find(primary.template, "AWS::S3::Bucket")}
    assert "shop-example-com-primary-123456789012-eu-west-1" in names


SETTINGS = """
    health_check_interval = 10
    health_check_threshold = 1
    record_ttl = 5
    noncurrent_version_days = 7
    replication = { time_control = true, delete_markers = false }
    price_class = "100"
    distribution_id = "E2QWRUHAPOMQZL"
    health_key = "ok.txt"
    [sites.shop.clients]
    service = "ivr"
    alarm_region = "sa-east-1"
    fleet_size = 2
    absent_minutes = 5
    [sites.shop.alarms]
    critical_emails = ["oncall@example.com"]
    warning_emails = ["team@example.com"]
    cdn_5xx_percent = 1.5
    replication_latency_seconds = 60
    replication_pending_operations = 7
"""


def test_every_setting_reaches_its_resource():
    found = site_stacks.templates(site(more=SETTINGS))
    edge, primary, clients = (found[name] for name in ("edge-us-east-1", "primary-eu-west-1", "clients-sa-east-1"))
    alarms = (found["alarms-eu-west-1"], found["alarms-eu-central-1"])
    checks = [c["HealthCheckConfig"] for c in find(edge, "AWS::Route53::HealthCheck")]
    of_site = [c for c in checks if c["Type"] != "CALCULATED" and not c.get("Inverted")]
    assert {(c["RequestInterval"], c["FailureThreshold"]) for c in of_site} == {(10, 1)}
    assert {c["ResourcePath"] for c in of_site} == {"/ok.txt"}
    assert {r["TTL"] for r in find(edge, "AWS::Route53::RecordSet")} == {"5"}
    (distribution,) = find(edge, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["PriceClass"] == "PriceClass_100"
    source = next(b for b in find(primary, "AWS::S3::Bucket") if "ReplicationConfiguration" in b)
    (rule,) = source["ReplicationConfiguration"]["Rules"]
    assert "ReplicationTime" in rule["Destination"]
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}
    assert source["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert "distribution/E2QWRUHAPOMQZL" in json.dumps(primary)
    thresholds = {a["MetricName"]: a["Threshold"] for t in found.values() for a in find(t, "AWS::CloudWatch::Alarm")}
    assert thresholds["5xxErrorRate"] == 1.5
    assert (thresholds["ReplicationLatency"], thresholds["OperationsPendingReplication"]) == (60, 7)
    assert (thresholds["RegionFailing"], clients["Outputs"]["Service"]["Value"]) == (2, "ivr")
    absent = next(a for a in find(clients, "AWS::CloudWatch::Alarm") if a["Statistic"] == "SampleCount")
    assert (absent["EvaluationPeriods"], absent["Dimensions"]) == (5, [{"Name": "Service", "Value": "ivr"}])
    for template in (edge, clients, *alarms):
        addresses = {s["Endpoint"] for s in find(template, "AWS::SNS::Subscription")}
        assert addresses == {"oncall@example.com", "team@example.com"}


def by_function(replicas=2):
    return site_stacks.templates(site(replicas=replicas, more='replication = { engine = "lambda" }'))


def test_no_bucket_has_versions_or_rules_where_a_function_copies():
    for template in by_function().values():
        for bucket in find(template, "AWS::S3::Bucket"):
            assert not {"VersioningConfiguration", "ReplicationConfiguration"} & set(bucket)


def test_alarms_on_copies_are_those_of_the_queues_where_a_function_copies():
    found = by_function()
    namespaces = {n: {a["Namespace"] for a in find(t, "AWS::CloudWatch::Alarm")} for n, t in found.items()}
    replicas = {"website-eu-central-1", "replica-ap-south-1"}
    others = {"evacuation-eu-central-1", "dashboard-eu-central-1"}
    stacks = {"primary-eu-west-1", *replicas, "edge-us-east-1", *others}
    assert set(found) == stacks
    assert namespaces["primary-eu-west-1"] == {"AWS/SQS"}
    assert namespaces["website-eu-central-1"] == namespaces["replica-ap-south-1"] == set()
    assert {n for n in found if find(found[n], "AWS::SNS::Topic")} == {"primary-eu-west-1", "edge-us-east-1"}


def test_alarms_on_copies_by_s3_are_apart_from_the_buckets():
    """An address that SNS refuses must stop no content."""
    found = templates("dns", "eu-west-1", 1)
    assert {n for n in found if find(found[n], "AWS::CloudWatch::Alarm")} == {
        "alarms-eu-west-1",
        "alarms-eu-central-1",
        "edge-us-east-1",
        "clients-eu-central-1",
    }
    watched = {n: {a["MetricName"] for a in find(found[n], "AWS::CloudWatch::Alarm")} for n in found}
    assert watched["alarms-eu-west-1"] == {"OperationsFailedReplication"}
    assert watched["alarms-eu-central-1"] == {"ReplicationLatency", "OperationsPendingReplication"}


def test_the_health_object_waits_for_the_function_and_looks_at_every_copy():
    primary = by_function()["primary-eu-west-1"]
    (health,) = [r for r in primary["Resources"].values() if r["Type"] == "Custom::HealthObject"]
    assert [c["Region"] for c in health["Properties"]["Copies"]] == ["eu-central-1", "ap-south-1"]
    assert any(name.startswith("EventReplicationMapping") for name in health["DependsOn"])


def references(value):
    """Yield the logical ids that a part of a template refers to."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        for function, argument in value.items():
            if function == "Ref":
                yield argument
            elif function == "Fn::GetAtt":
                yield argument[0]
            elif function == "DependsOn":
                yield from [argument] if isinstance(argument, str) else argument
            else:
                yield from references(argument)


def needed_by(name, resources):
    """Return everything that CloudFormation makes before a resource."""
    found, open_ = set(), {name}
    while open_:
        now = open_.pop()
        new = {each for each in references(resources[now]) if each in resources} - found
        found |= new
        open_ |= new
    return found


EVERYTHING = [
    "clients = {}",
    'replication = { two_way = true, time_control = true, prefixes = ["_s3-failover/", "docs/"] }',
    'replication = { engine = "lambda" }',
    'encryption = "kms"\nsecondary = { type = "https" }',
    'existing = { primary_bucket = "content" }',
    'account = "111111111111"\nreplica_account = "222222222222"\nsecondary = { type = "external", hostname = "a.b.net" }',
    'alarms = { warning_emails = ["a@example.com"], critical_emails = ["b@example.com"] }',
]


@pytest.mark.parametrize("more", EVERYTHING)
def test_nothing_of_the_primary_s_stack_can_fail_after_the_health_object_was_put(more):
    found = synthesized(site(replicas=2, more=more))
    role = "existingprimary" if "existing" in more else "primary"
    resources = found[f"{role}-eu-west-1"].template["Resources"]
    (health,) = [name for name, each in resources.items() if each["Type"] == "Custom::HealthObject"]
    assert set(resources) - needed_by(health, resources) == {health}


QUEUE_OUTPUT = "ReplicationFailuresQueueUrl"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", {"primary-eu-west-1"}),
        ("replication = { two_way = true }", {"primary-eu-west-1", "website-eu-central-1", "replica-ap-south-1"}),
        ("replication = { failure_events = false }", set()),
        ('replication = { engine = "lambda" }', set()),
        ('existing = { primary_bucket = "content" }', set()),
    ],
)
def test_every_region_whose_bucket_has_rules_says_where_failures_of_single_objects_are_told(more, told):
    stacks = {name: stack.template for name, stack in synthesized(site(replicas=2, more=more)).items()}
    assert {name for name, template in stacks.items() if QUEUE_OUTPUT in template.get("Outputs", {})} == told
    for name in told:
        queue = text(stacks[name]["Outputs"][QUEUE_OUTPUT]["Value"]).strip("<>")
        assert stacks[name]["Resources"][queue]["Type"] == "AWS::SQS::Queue"


@pytest.mark.parametrize("more", ["", "replication = { two_way = true, time_control = true }"])
def test_no_bucket_publishes_to_a_topic_that_alarms_need(more):
    for stack in synthesized(site(replicas=2, more=more)).values():
        for bucket in find(stack.template, "AWS::S3::Bucket"):
            assert "TopicConfigurations" not in bucket.get("NotificationConfiguration", {})


def test_alarm_thresholds_of_replication_hold_for_either_engine():
    more = """
        replication = { engine = "lambda" }
        alarms = { replication_latency_seconds = 60, replication_pending_operations = 7 }
    """
    primary = site_stacks.templates(site(more=more))["primary-eu-west-1"]
    thresholds = {a["AlarmName"]: a["Threshold"] for a in find(primary, "AWS::CloudWatch::Alarm")}
    assert thresholds == {
        "shop.example.com/replication-dead-letters": 0,
        "shop.example.com/replication-latency": 60,
        "shop.example.com/replication-pending": 7,
    }


def stacks_with(more, mode="dns"):
    return site_stacks.templates(site(mode=mode, more=more))


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_every_setting_of_the_cdn_reaches_its_resource(mode):
    found = stacks_with(CDN, mode)
    (distribution,) = find(found["edge-us-east-1"], "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    behavior = config["DefaultCacheBehavior"]
    assert config["WebACLId"].endswith("/webacl/site/0f1e2d3c-0000-4000-8000-0123456789ab")
    assert behavior["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert len(behavior["FunctionAssociations"]) == 2
    code = next(
        f["FunctionCode"]
        for f in find(found["edge-us-east-1"], "AWS::CloudFront::Function")
        if "SETTINGS" in f["FunctionCode"]
    )
    settings = json.loads(code.partition("const SETTINGS = ")[2].partition(";\n")[0])
    assert settings == {
        "index": "index.html",
        "directories": "redirect",
        "singlePageApp": False,
        "allowedCountries": ["DE", "FR"],
        "deniedCountries": [],
        "maintenancePage": "later.html",
        "corsOrigins": ["https://app.example.com"],
    }
    (headers,) = find(found["edge-us-east-1"], "AWS::CloudFront::ResponseHeadersPolicy")
    assert "ContentSecurityPolicy" in headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    (destination,) = find(found["edge-us-east-1"], "AWS::Logs::DeliveryDestination")
    assert text(destination["DestinationResourceArn"]).endswith("/cdn/shop")
    (replica,) = [
        b for b in find(found["website-eu-central-1"], "AWS::S3::Bucket") if b["BucketName"] == "shop.example.com"
    ]
    assert replica["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["https://app.example.com"]


def test_content_is_read_from_the_primary_only_where_the_replica_has_the_maintenance_page():
    found = stacks_with('cdn = { maintenance_page = "later.html" }')
    (distribution,) = find(found["edge-us-east-1"], "AWS::CloudFront::Distribution")
    assert "OriginGroups" not in distribution["DistributionConfig"]
    assert len(distribution["DistributionConfig"]["Origins"]) == 2


def test_an_app_is_the_page_for_missing_objects_on_both_legs():
    found = stacks_with(APP)
    (distribution,) = find(found["edge-us-east-1"], "AWS::CloudFront::Distribution")
    (response,) = distribution["DistributionConfig"]["CustomErrorResponses"]
    assert (response["ResponsePagePath"], response["ResponseCode"]) == ("/index.html", 404)
    (website,) = [b for b in find(found["website-eu-central-1"], "AWS::S3::Bucket") if "WebsiteConfiguration" in b]
    assert website["WebsiteConfiguration"]["ErrorDocument"] == "index.html"
