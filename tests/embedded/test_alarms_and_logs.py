"""Alarms where their metrics are published, topics that take them, and logs."""

import json

import pytest

from s3_failover.config import StackRole

pytestmark = pytest.mark.embedded

CLIENTS = {
    "client-all-regions-failing",
    "client-exhausted",
    "client-local-faults",
    "client-metrics-absent",
    "client-refused",
}
EDGE = {
    "cdn-5xx",
    "certificate-expires",
    "secondary-capacity",
    "failover-unhealthy",
    "no-healthy-leg",
    "primary-unhealthy",
    "distribution-unhealthy",
    "secondary-unhealthy",
}


def of_clients(*regions):
    """The alarms of clients on each region that they read from."""
    return {f"client-region-{kind}-{region}" for kind in ("failing", "misconfigured") for region in regions}


ALARMS = {
    "shop": {
        "us-east-1": EDGE,
        "eu-west-1": {f"replication-failed-to-{r}" for r in ("eu-central-1", "us-west-2", "ap-southeast-2")},
        **{r: {f"replication-latency-to-{r}", f"replication-pending-to-{r}"} for r in ("eu-central-1", "us-west-2")},
        "ap-southeast-2": {"replication-latency-to-ap-southeast-2", "replication-pending-to-ap-southeast-2"},
        "sa-east-1": CLIENTS | of_clients("eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-2"),
    },
    "docs": {
        "us-east-1": EDGE | {"replication-failed-to-us-east-2"},
        "us-east-2": {"replication-latency-to-us-east-2", "replication-pending-to-us-east-2"}
        | CLIENTS
        | of_clients("us-east-1", "us-east-2"),
    },
}
CRITICAL = {"failover-unhealthy", "no-healthy-leg", "client-all-regions-failing", "client-exhausted"}


@pytest.fixture
def alarms(site):
    """The site's alarms by region and by their name without the site's."""
    return {region: alarms_in(site, region) for region in site.regions}


def alarms_in(site, region):
    prefix = site.site.naming.alarms
    found = site.aws.client("cloudwatch", region).describe_alarms(
        AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    listed = found["MetricAlarms"] + found["CompositeAlarms"]
    return {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in listed}


def topics_of(site, region):
    """The attributes of the site's topics in a region by ARN."""
    sns = site.aws.client("sns", region)
    arns = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    mine = [arn for arn in arns if arn.rpartition(":")[2].startswith(site.site.naming.stacks)]
    return {arn: sns.get_topic_attributes(TopicArn=arn)["Attributes"] for arn in mine}


def test_every_alarm_is_in_the_region_of_its_metric(site, alarms):
    assert {region: set(found) for region, found in alarms.items()} == ALARMS[site.site.name]


def test_every_alarm_tells_an_existing_topic_of_its_severity_when_it_begins_and_ends(site, alarms):
    for region, found in alarms.items():
        topics = topics_of(site, region)
        for name, alarm in found.items():
            [topic] = alarm["AlarmActions"]
            assert alarm["OKActions"] == [topic]
            assert alarm["ActionsEnabled"] is True
            severity = "critical" if name in CRITICAL else "warning"
            assert topics[topic]["DisplayName"].endswith(severity), name


def test_alarms_on_health_checks_watch_the_deployed_checks(site, alarms, aws):
    deployed = {check["Id"] for check in aws.client("route53").list_health_checks()["HealthChecks"]}
    watched = {a["Dimensions"][0]["Value"] for a in alarms["us-east-1"].values() if a.get("Namespace") == "AWS/Route53"}
    assert len(watched) == 4
    assert watched <= deployed
    assert alarms["us-east-1"]["failover-unhealthy"]["Dimensions"][0]["Value"] == site.output("FailoverHealthCheckId")


def test_alarms_on_replication_watch_the_deployed_rules(site, alarms):
    rules = site.s3.get_bucket_replication(Bucket=site.primary)["ReplicationConfiguration"]["Rules"]
    expected = {(site.primary, r["Destination"]["Bucket"].removeprefix("arn:aws:s3:::"), r["ID"]) for r in rules}
    watched = [a for found in alarms.values() for a in found.values() if a.get("Namespace") == "AWS/S3"]
    assert {rule_of(alarm) for alarm in watched} == expected
    assert len(watched) == 3 * len(rules)


def rule_of(alarm):
    dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
    return dimensions["SourceBucket"], dimensions["DestinationBucket"], dimensions["RuleId"]


def test_composite_alarm_needs_failover_and_an_unhealthy_secondary(site, alarms):
    rule = alarms["us-east-1"]["no-healthy-leg"]["AlarmRule"]
    for other in ("failover-unhealthy", "secondary-unhealthy"):
        assert alarms["us-east-1"][other]["AlarmArn"] in rule
    assert " AND " in rule


def test_topics_are_encrypted_with_a_rotating_key_of_their_own_that_alarms_may_use(site):
    for region in site.regions:
        kms = site.aws.client("kms", region)
        for topic in topics_of(site, region).values():
            key = topic["KmsMasterKeyId"]
            assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "CUSTOMER"
            assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
            policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
            [admitted] = [s for s in policy["Statement"] if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
            assert set(admitted["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_topics_take_alarms_of_this_account_and_region_and_refuse_plain_http(site):
    for region in site.regions:
        for arn, topic in topics_of(site, region).items():
            by_sid = {statement["Sid"]: statement for statement in json.loads(topic["Policy"])["Statement"]}
            assert set(by_sid) == {"AlarmsPublish", "AllowPublishThroughSSLOnly"}
            assert by_sid["AllowPublishThroughSSLOnly"]["Effect"] == "Deny"
            assert by_sid["AlarmsPublish"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
            condition = by_sid["AlarmsPublish"]["Condition"]
            assert condition["ArnLike"] == {"aws:SourceArn": f"arn:aws:cloudwatch:{region}:123456789012:alarm:*"}
            assert {statement["Resource"] for statement in by_sid.values()} == {arn}


def test_each_severity_has_its_own_subscribers_in_every_region(dns):
    for region in dns.regions:
        listed = dns.aws.client("sns", region).list_subscriptions()["Subscriptions"]
        mine = {(s["TopicArn"], s["Endpoint"]) for s in listed if dns.site.naming.stacks in s["TopicArn"]}
        topics = {arn: attributes["DisplayName"] for arn, attributes in topics_of(dns, region).items()}
        expected = {"warning": "team@example.com", "critical": "pager@example.com"}
        assert mine == {(arn, expected[name.rpartition(" ")[2]]) for arn, name in topics.items()}


@pytest.mark.parametrize(
    ("old", "new", "mailed"),
    [
        ("INSUFFICIENT_DATA", "OK", False),
        ("INSUFFICIENT_DATA", "ALARM", True),
        ("OK", "ALARM", True),
        ("ALARM", "OK", True),
    ],
)
def test_an_alarm_is_mailed_when_it_goes_off_and_when_it_is_over_and_not_when_it_is_made(dns, old, new, mailed):
    assert is_mailed(dns, {"AlarmName": "a", "OldStateValue": old, "NewStateValue": new}) is mailed


def test_the_doctors_test_is_mailed(dns):
    assert is_mailed(dns, {"S3FailoverTest": "This is a test."})


def is_mailed(site, body):
    """Whether a message passes what filters the e-mails of the site: a queue is subscribed as the addresses are."""
    sns, sqs = (site.aws.client(service, "us-east-1") for service in ("sns", "sqs"))
    arn = next(iter(topics_of(site, "us-east-1")))
    [mail] = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    found = sns.get_subscription_attributes(SubscriptionArn=mail["SubscriptionArn"])["Attributes"]
    filtered = {name: found[name] for name in ("FilterPolicy", "FilterPolicyScope")}
    topic = sns.create_topic(Name="filtered")["TopicArn"]
    url = sqs.create_queue(QueueName="filtered")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:123456789012:filtered"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=filtered)
    try:
        sns.publish(TopicArn=topic, Message=json.dumps(body))
        return "Messages" in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    finally:
        sns.delete_topic(TopicArn=topic)
        sqs.delete_queue(QueueUrl=url)


def test_distribution_logs_are_delivered_to_the_sites_bucket(site, aws):
    logs = aws.client("logs")
    distribution = f"arn:aws:cloudfront::123456789012:distribution/{site.output('DistributionId')}"
    [source] = [s for s in logs.describe_delivery_sources()["deliverySources"] if distribution in s["resourceArns"]]
    assert source["logType"] == "ACCESS_LOGS"
    [delivery] = [d for d in logs.describe_deliveries()["deliveries"] if d["deliverySourceName"] == source["name"]]
    destinations = {d["arn"]: d for d in logs.describe_delivery_destinations()["deliveryDestinations"]}
    destination = destinations[delivery["deliveryDestinationArn"]]
    bucket = site.site.names("123456789012").cdn_logs
    assert destination["deliveryDestinationConfiguration"]["destinationResourceArn"] == f"arn:aws:s3:::{bucket}"
    assert destination["outputFormat"] == "json"


def test_log_bucket_admits_the_delivery(site, aws):
    bucket = site.site.names("123456789012").cdn_logs
    statements = json.loads(aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    [admitted] = [s for s in statements if s["Principal"] == {"Service": "delivery.logs.amazonaws.com"}]
    assert admitted["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"


def test_every_content_bucket_logs_its_requests_in_its_own_region(site):
    names = site.site.names("123456789012")
    for region, bucket in site.copies.items():
        s3 = site.aws.client("s3", region)
        role = StackRole.PRIMARY if bucket == site.primary else names.replica_role(region)
        target = s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetBucket"]
        assert target == names.access_logs(role, region)
        assert s3.head_bucket(Bucket=target)["BucketRegion"] == region
