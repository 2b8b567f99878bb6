"""What AWS publishes or takes in one region alone is refused in another."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from construct_samples import ARGUMENTS, copy, own, rule, sample_stack

from s3_failover_constructs import (
    AccessLogBucket,
    ClientAlarms,
    DistributionLogs,
    EdgeAlarms,
    EventReplicationAlarms,
    HttpsEndpoint,
    PrimaryBucket,
    ReplicationEvents,
    ReplicationFailureAlarm,
    ReplicationLagAlarms,
)


@pytest.mark.parametrize("kind", [DistributionLogs, EdgeAlarms])
def test_what_belongs_to_the_edge_is_refused_elsewhere(kind):
    stack = sample_stack("us-west-2")
    with pytest.raises(ValueError, match=r"need a stack in us-east-1, got us-west-2: move the construct$"):
        kind(stack, "It", **ARGUMENTS[kind](stack))


@pytest.mark.parametrize("kind", [DistributionLogs, EdgeAlarms])
def test_a_stack_without_a_region_may_be_at_the_edge(kind):
    stack = Stack(App(), "Anywhere")
    kind(stack, "It", **ARGUMENTS[kind](stack))


def test_an_endpoint_serves_a_bucket_of_its_own_region():
    stack = sample_stack()
    arguments = ARGUMENTS[HttpsEndpoint](stack) | {"bucket": copy(stack, "far")}
    with pytest.raises(
        ValueError, match=r"^bucket: got one in eu-west-1, expected one in the stack's region us-east-1; "
    ):
        HttpsEndpoint(stack, "It", **arguments)


def test_alarms_on_queues_are_in_the_queues_region():
    app = App()
    here, there = (Stack(app, name, env={"region": name}) for name in ("us-east-1", "eu-west-1"))
    far, near = (sqs.Queue(stack, "Queue") for stack in (there, here))
    for argument in ("queue", "dead_letters"):
        queues = {"queue": near, "dead_letters": near, argument: far}
        with pytest.raises(
            ValueError, match=rf"^{argument}: got one in eu-west-1, expected one in the stack's region us-east-1; move"
        ):
            EventReplicationAlarms(here, argument, name="site", **queues)


def test_logs_and_notices_of_a_bucket_stay_in_its_region():
    app = App()
    here, there = (Stack(app, name, env={"region": name}) for name in ("us-east-1", "eu-west-1"))
    far = own(there)
    with pytest.raises(
        ValueError, match=r"^bucket: got one in eu-west-1, expected one in the stack's region us-east-1; "
    ):
        AccessLogBucket(here, "Logs").log(far, prefix="logs/")
    with pytest.raises(
        ValueError, match=r"^bucket: got one in eu-west-1, expected one in the stack's region us-east-1; "
    ):
        ReplicationEvents(here, "Events", bucket=far)


@pytest.mark.parametrize(("region", "edge"), [("cn-north-1", "cn-northwest-1"), ("us-gov-east-1", "us-gov-west-1")])
def test_other_partitions_have_an_edge_of_their_own(region, edge):
    there, elsewhere = sample_stack(edge), sample_stack(region)
    DistributionLogs(there, "It", **ARGUMENTS[DistributionLogs](there))
    with pytest.raises(ValueError, match=rf"need a stack in {edge}, got {region}: move the construct$"):
        DistributionLogs(elsewhere, "It", **ARGUMENTS[DistributionLogs](elsewhere))


FAR = {"source": "eu-west-1", "destination": "eu-central-1"}


@pytest.mark.parametrize(
    ("kind", "where"), [(ReplicationLagAlarms, "eu-central-1"), (ReplicationFailureAlarm, "eu-west-1")]
)
def test_alarms_on_replication_are_where_s3_publishes_the_metric(kind, where):
    stack = sample_stack(where)
    kind(stack, "It", rule=rule(stack, **FAR))
    other = sample_stack()
    with pytest.raises(
        ValueError, match=f"^rule: got one in {where}, expected one in the stack's region us-east-1; S3 p"
    ):
        kind(other, "It", rule=rule(other, **FAR))


def test_alarms_on_clients_outlive_the_primary():
    stack = sample_stack("eu-west-1")
    arguments = {"service": "shop", "regions": ["us-east-1", "eu-west-1"]}
    ClientAlarms(stack, "It", primary_region="us-east-1", **arguments)
    with pytest.raises(
        ValueError, match=r"^primary_region: got eu-west-1, expected another region than the stack's; .*: move the con"
    ):
        ClientAlarms(stack, "Lost", primary_region="eu-west-1", **arguments)


def test_an_endpoint_takes_a_certificate_of_its_own_region():
    stack = sample_stack("eu-west-1")
    arguments = ARGUMENTS[HttpsEndpoint](stack) | {"bucket": copy(stack, "near")}
    with pytest.raises(
        ValueError, match=r"^certificate: got one in us-east-1, expected one in the stack's region eu-west-1; API Gat"
    ):
        HttpsEndpoint(stack, "It", **arguments)


def test_logs_of_two_buckets_are_told_apart():
    stack = sample_stack()
    logs = AccessLogBucket(stack, "Logs")
    for name in ("one", "two"):
        PrimaryBucket(stack, name, access_logs=logs, access_log_prefix=f"{name}/")
    found = Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    logged = [
        each["Properties"]["LoggingConfiguration"] for each in found if "LoggingConfiguration" in each["Properties"]
    ]
    assert [each["LogFilePrefix"] for each in logged] == ["one/", "two/"]
