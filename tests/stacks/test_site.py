"""The stacks of a site together: what they are, in which order, and that nothing is between them but names."""

import json
from functools import cache

import pytest
from cdk_templates import new_app, text
from sites import APP, CDN, REPLICAS, site

from stacks.site import add_site

MATRIX = [
    (mode, primary, replicas)
    for mode in ("dns", "hybrid")
    for primary in ("us-east-1", "eu-west-1")
    for replicas in (1, 3)
]


@cache
def assembly(mode="dns", primary="eu-west-1", replicas=1):
    app = new_app()
    add_site(app, site(mode=mode, primary=primary, replicas=replicas, more="clients = {}"))
    return app.synth()


def templates(*case):
    return {stack.stack_name: stack.template for stack in assembly(*case).stacks}


def find(template, resource_type):
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == resource_type]


def test_one_stack_per_region_and_role():
    assert set(templates("dns", "eu-west-1", 3)) == {
        "s3-failover-shop-replica-eu-central-1",
        "s3-failover-shop-replica-ap-south-1",
        "s3-failover-shop-replica-sa-east-1",
        "s3-failover-shop-primary-eu-west-1",
        "s3-failover-shop-edge-us-east-1",
        "s3-failover-shop-clients-sa-east-1",
    }


def test_a_site_without_clients_has_no_stack_for_them():
    app = new_app()
    add_site(app, site())
    assert not [stack for stack in app.synth().stacks if "clients" in stack.stack_name]


def test_replicas_are_deployed_before_the_primary_and_the_primary_before_the_edge():
    waits = {
        stack.stack_name: {d.id for d in stack.dependencies if not d.id.endswith(".assets")}
        for stack in assembly("dns", "eu-west-1", 3).stacks
    }
    replicas = {f"s3-failover-shop-replica-{region}" for region in ("eu-central-1", "ap-south-1", "sa-east-1")}
    assert waits["s3-failover-shop-primary-eu-west-1"] == replicas
    assert waits["s3-failover-shop-edge-us-east-1"] == {"s3-failover-shop-primary-eu-west-1"}
    assert waits["s3-failover-shop-clients-sa-east-1"] == set()


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
    edge = templates(*case)["s3-failover-shop-edge-us-east-1"]
    (distribution,) = find(edge, "AWS::CloudFront::Distribution")
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
    ((stack, template),) = [(s, s.template) for s in assembly(*case).stacks if "-clients-" in s.stack_name]
    assert stack.environment.region == REPLICAS[replicas - 1] != primary
    dimensions = [{d["Name"]: d["Value"] for d in a["Dimensions"]} for a in find(template, "AWS::CloudWatch::Alarm")]
    assert {d["Service"] for d in dimensions} == {"shop"}
    assert {d["Region"] for d in dimensions if "Region" in d} == {primary, *REPLICAS[:replicas]}


@pytest.mark.parametrize("case", MATRIX)
def test_clients_may_read_every_copy_that_is_made_and_nothing_else(case):
    made = {
        text(bucket["BucketName"])
        for name, template in templates(*case).items()
        for bucket in find(template, "AWS::S3::Bucket")
        if "-edge-" not in name and "-logs-" not in text(bucket["BucketName"])
    }
    (policy,) = [p for t in templates(*case).values() for p in find(t, "AWS::IAM::ManagedPolicy")]
    read = next(s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "ReadObjects")["Resource"]
    arns = read if isinstance(read, list) else [read]
    assert {text(arn).removeprefix("arn:aws:s3:::").removesuffix("/*") for arn in arns} == made


@pytest.mark.parametrize("case", MATRIX)
def test_no_physical_name_is_used_twice_in_a_region(case):
    seen = set()
    for stack in assembly(*case).stacks:
        for name, resource in stack.template["Resources"].items():
            for key in ("BucketName", "AlarmName", "TopicName", "RoleName"):
                if key in resource["Properties"]:
                    mark = (stack.environment.region, resource["Type"], text(resource["Properties"][key]))
                    assert mark not in seen, name
                    seen.add(mark)


@pytest.mark.parametrize("case", MATRIX)
def test_stacks_are_described_tagged_and_protected_from_termination(case):
    for stack in assembly(*case).stacks:
        assert stack.template["Description"].startswith("shop.example.com: ")
        assert stack.termination_protection is True
        for resource in stack.template["Resources"].values():
            if resource["Type"] in ("AWS::S3::Bucket", "AWS::CloudFront::Distribution", "AWS::SNS::Topic"):
                assert {"Key": "s3-failover:site", "Value": "shop"} in resource["Properties"]["Tags"]


def test_dns_mode_reads_the_primary_only_and_no_bucket_admits_what_is_not_needed():
    found = templates("dns", "eu-west-1", 1)
    (distribution,) = find(found["s3-failover-shop-edge-us-east-1"], "AWS::CloudFront::Distribution")
    assert "OriginGroups" not in distribution["DistributionConfig"]
    assert "cloudfront.amazonaws.com" not in json.dumps(found["s3-failover-shop-replica-eu-central-1"])


def test_hybrid_mode_admits_the_distribution_in_the_first_replicas_own_stack():
    found = templates("hybrid", "eu-west-1", 3)
    assert "cloudfront.amazonaws.com" in json.dumps(found["s3-failover-shop-replica-eu-central-1"])
    assert "cloudfront.amazonaws.com" not in json.dumps(found["s3-failover-shop-replica-ap-south-1"])


@pytest.mark.parametrize(("mode", "policy"), [("dns", "allow-all"), ("hybrid", "redirect-to-https")])
def test_http_is_served_where_the_secondary_speaks_nothing_else(mode, policy):
    edge = templates(mode, "eu-west-1", 1)["s3-failover-shop-edge-us-east-1"]
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
    app = new_app()
    add_site(app, site(more=f'certificate_arn = "{arn}"'))
    edge = app.synth().get_stack_by_name("s3-failover-shop-edge-us-east-1").template
    assert not find(edge, "AWS::CertificateManager::Certificate")
    (distribution,) = find(edge, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["ViewerCertificate"]["AcmCertificateArn"] == arn


def test_given_account_is_part_of_names_instead_of_a_token():
    app = new_app()
    add_site(app, site(more='account = "123456789012"'))
    primary = app.synth().get_stack_by_name("s3-failover-shop-primary-eu-west-1")
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
    app = new_app()
    add_site(app, site(more=SETTINGS))
    found = {s.stack_name.split("-")[3]: s.template for s in app.synth().stacks}
    edge, primary, replica, clients = (found[role] for role in ("edge", "primary", "replica", "clients"))
    checks = [c["HealthCheckConfig"] for c in find(edge, "AWS::Route53::HealthCheck")]
    assert {(c["RequestInterval"], c["FailureThreshold"]) for c in checks if c["Type"] != "CALCULATED"} == {(10, 1)}
    assert {c.get("ResourcePath") for c in checks} == {"/ok.txt", None}
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
    for template in (edge, primary, replica, clients):
        addresses = {s["Endpoint"] for s in find(template, "AWS::SNS::Subscription")}
        assert addresses == {"oncall@example.com", "team@example.com"}


def by_function(replicas=2):
    app = new_app()
    add_site(app, site(replicas=replicas, more='replication = { engine = "lambda" }'))
    return {stack.stack_name: stack.template for stack in app.synth().stacks}


def test_no_bucket_has_versions_or_rules_where_a_function_copies():
    for template in by_function().values():
        for bucket in find(template, "AWS::S3::Bucket"):
            assert not {"VersioningConfiguration", "ReplicationConfiguration"} & set(bucket)


def test_alarms_on_copies_are_those_of_the_queues_where_a_function_copies():
    found = by_function()
    namespaces = {n: {a["Namespace"] for a in find(t, "AWS::CloudWatch::Alarm")} for n, t in found.items()}
    assert namespaces["s3-failover-shop-primary-eu-west-1"] == {"AWS/SQS"}
    assert namespaces["s3-failover-shop-replica-eu-central-1"] == set()
    assert not [n for n in found if "replica" in n and find(found[n], "AWS::SNS::Topic")]


def test_the_health_object_waits_for_the_function_and_looks_at_every_copy():
    primary = by_function()["s3-failover-shop-primary-eu-west-1"]
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
    app = new_app()
    add_site(app, site(replicas=2, more=more))
    resources = app.synth().get_stack_by_name("s3-failover-shop-primary-eu-west-1").template["Resources"]
    (health,) = [name for name, each in resources.items() if each["Type"] == "Custom::HealthObject"]
    assert set(resources) - needed_by(health, resources) == {health}


QUEUE_OUTPUT = "ReplicationFailuresQueueUrl"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", {"primary-eu-west-1"}),
        ("replication = { two_way = true }", {"primary-eu-west-1", "replica-eu-central-1", "replica-ap-south-1"}),
        ("replication = { failure_events = false }", set()),
        ('replication = { engine = "lambda" }', set()),
        ('existing = { primary_bucket = "content" }', set()),
    ],
)
def test_every_region_whose_bucket_has_rules_says_where_failures_of_single_objects_are_told(more, told):
    app = new_app()
    add_site(app, site(replicas=2, more=more))
    stacks = {stack.stack_name.removeprefix("s3-failover-shop-"): stack.template for stack in app.synth().stacks}
    assert {name for name, template in stacks.items() if QUEUE_OUTPUT in template.get("Outputs", {})} == told
    for name in told:
        queue = text(stacks[name]["Outputs"][QUEUE_OUTPUT]["Value"]).strip("<>")
        assert stacks[name]["Resources"][queue]["Type"] == "AWS::SQS::Queue"


@pytest.mark.parametrize("more", ["", "replication = { two_way = true, time_control = true }"])
def test_no_bucket_publishes_to_a_topic_that_alarms_need(more):
    app = new_app()
    add_site(app, site(replicas=2, more=more))
    for stack in app.synth().stacks:
        for bucket in find(stack.template, "AWS::S3::Bucket"):
            assert "TopicConfigurations" not in bucket.get("NotificationConfiguration", {})


def test_alarm_thresholds_of_replication_hold_for_either_engine():
    app = new_app()
    add_site(
        app,
        site(
            more="""
            replication = { engine = "lambda" }
            alarms = { replication_latency_seconds = 60, replication_pending_operations = 7 }
            """
        ),
    )
    primary = app.synth().get_stack_by_name("s3-failover-shop-primary-eu-west-1").template
    thresholds = {a["AlarmName"]: a["Threshold"] for a in find(primary, "AWS::CloudWatch::Alarm")}
    assert thresholds == {
        "shop-replication-dead-letters": 0,
        "shop-replication-latency": 60,
        "shop-replication-pending": 7,
    }


def stacks_with(more, mode="dns"):
    app = new_app()
    add_site(app, site(mode=mode, more=more))
    return {s.stack_name.split("-")[3]: s.template for s in app.synth().stacks}


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_every_setting_of_the_cdn_reaches_its_resource(mode):
    found = stacks_with(CDN, mode)
    (distribution,) = find(found["edge"], "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    behavior = config["DefaultCacheBehavior"]
    assert config["WebACLId"].endswith("/webacl/site/0f1e2d3c-0000-4000-8000-0123456789ab")
    assert behavior["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert len(behavior["FunctionAssociations"]) == 2
    code = next(
        f["FunctionCode"] for f in find(found["edge"], "AWS::CloudFront::Function") if "SETTINGS" in f["FunctionCode"]
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
    (headers,) = find(found["edge"], "AWS::CloudFront::ResponseHeadersPolicy")
    assert "ContentSecurityPolicy" in headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    (destination,) = find(found["edge"], "AWS::Logs::DeliveryDestination")
    assert text(destination["DestinationResourceArn"]).endswith("/cdn/shop")
    (replica,) = [b for b in find(found["replica"], "AWS::S3::Bucket") if b["BucketName"] == "shop.example.com"]
    assert replica["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["https://app.example.com"]


def test_the_replica_admits_the_distribution_that_reads_its_maintenance_page():
    found = stacks_with('cdn = { maintenance_page = "later.html" }')
    assert "cloudfront.amazonaws.com" in json.dumps(found["replica"])
    (distribution,) = find(found["edge"], "AWS::CloudFront::Distribution")
    assert "OriginGroups" not in distribution["DistributionConfig"], "content is still read from the primary only"


def test_an_app_is_the_page_for_missing_objects_on_both_legs():
    found = stacks_with(APP)
    (distribution,) = find(found["edge"], "AWS::CloudFront::Distribution")
    (response,) = distribution["DistributionConfig"]["CustomErrorResponses"]
    assert (response["ResponsePagePath"], response["ResponseCode"]) == ("/index.html", 404)
    (website,) = [b for b in find(found["replica"], "AWS::S3::Bucket") if "WebsiteConfiguration" in b]
    assert website["WebsiteConfiguration"]["ErrorDocument"] == "index.html"
