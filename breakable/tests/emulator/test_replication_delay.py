import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from local_internet import break_, heal

pytestmark = pytest.mark.embedded

PATIENCE = 30
SOURCE_REGION, DESTINATION_REGION, OTHER_REGION = "us-east-1", "us-west-2", "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/delayed-replication"


def role():
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    properties = {
        "RoleName": "delayed-replication",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]}}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def bucket(name, **more):
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}} | more,
    }


def rule(number, destination):
    return {
        "Id": f"rule-{number}",
        "Priority": number,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{destination}", "Metrics": {"Status": "Enabled"}},
    }


class Pair:
    """A source with a destination that the tests look at, and another one."""

    def __init__(self, emulator):
        self.emulator, self.s3 = emulator, emulator.client("s3")
        self.source, self.destination, self.other = "delay-source", "delay-destination", "delay-other"
        emulator.deploy({"B": bucket(self.destination)}, region=DESTINATION_REGION)
        emulator.deploy({"B": bucket(self.other)}, region=OTHER_REGION)
        rules = {"Role": ROLE, "Rules": [rule(1, self.destination), rule(2, self.other)]}
        emulator.deploy({"R": role(), "B": bucket(self.source, ReplicationConfiguration=rules)}, region=SOURCE_REGION)

    def put(self, key, body=b"1"):
        return self.s3.put_object(Bucket=self.source, Key=key, Body=body)["VersionId"]

    def status(self, key):
        return self.s3.head_object(Bucket=self.source, Key=key)["ReplicationStatus"]

    def has(self, key, bucket=None):
        region = OTHER_REGION if bucket == self.other else DESTINATION_REGION
        try:
            self.emulator.client("s3", region).head_object(Bucket=bucket or self.destination, Key=key)
        except ClientError:
            return False
        return True

    def versions(self, bucket, key):
        listed = self.s3.list_object_versions(Bucket=bucket, Prefix=key)
        return [(entry["VersionId"], entry["IsLatest"]) for entry in listed.get("Versions", [])], [
            (entry["VersionId"], entry["IsLatest"]) for entry in listed.get("DeleteMarkers", [])
        ]

    def outstanding(self):
        return self.emulator.api("GET", "/_breakable/status")[1]["replication"]["outstanding"]

    def metric(self, region, name, number=1):
        """Return the values of a metric of a rule, the oldest first."""
        destination = self.destination if number == 1 else self.other
        dimensions = {"SourceBucket": self.source, "DestinationBucket": destination, "RuleId": f"rule-{number}"}
        return statistics(self.emulator, region, "AWS/S3", name, dimensions)


def statistics(emulator, region, namespace, name, dimensions, statistic="Maximum"):
    status = emulator.api("GET", "/_breakable/status")[1]
    now = status["started"] + (time.time() - status["started"]) * status["speed"]
    found = emulator.client("cloudwatch", region).get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.fromtimestamp(now - 7200, UTC),
        EndTime=datetime.fromtimestamp(now + 60, UTC),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return [point[statistic] for point in sorted(found, key=lambda point: point["Timestamp"])]


def eventually(holds):
    patience = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patience, "it did not come true"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def deployed(fast):
    return Pair(fast)


@pytest.fixture
def pair(deployed):
    heal(deployed.emulator)
    yield deployed
    heal(deployed.emulator)
    eventually(lambda: deployed.outstanding() == 0)


def test_a_pause_holds_one_region_back_and_healing_carries_everything_in_order(pair):
    break_(pair.emulator, "replication-pause", region=DESTINATION_REGION)
    versions = [pair.put("paused", b"%d" % n) for n in range(3)]
    marker = pair.s3.delete_object(Bucket=pair.source, Key="paused")["VersionId"]
    last = pair.put("kept")
    assert pair.status("kept") == "PENDING"
    assert pair.has("kept", pair.other)
    assert pair.versions(pair.destination, "paused") == ([], [])
    assert pair.outstanding() == 5
    heal(pair.emulator)
    eventually(lambda: pair.outstanding() == 0)
    assert pair.status("kept") == "COMPLETED"
    assert pair.versions(pair.destination, "kept") == ([(last, True)], [])
    assert pair.versions(pair.destination, "paused") == ([(v, False) for v in reversed(versions)], [(marker, True)])


def test_a_lag_delays_by_embedded_seconds(pair):
    break_(pair.emulator, "replication-lag", region=DESTINATION_REGION, lag=60)
    began = time.monotonic()
    pair.put("late")
    eventually(lambda: pair.status("late") == "COMPLETED")
    assert time.monotonic() - began > 0.9
    assert pair.has("late")


def test_healing_a_lag_carries_at_once_what_it_held(pair):
    break_(pair.emulator, "replication-lag", lag=1_000_000)
    pair.put("much-too-late")
    assert pair.outstanding() == 2
    heal(pair.emulator)
    eventually(lambda: pair.status("much-too-late") == "COMPLETED")


def test_what_was_deleted_meanwhile_is_not_carried(pair):
    break_(pair.emulator, "replication-pause")
    version = pair.put("gone")
    pair.s3.delete_object(Bucket=pair.source, Key="gone", VersionId=version)
    heal(pair.emulator)
    eventually(lambda: pair.outstanding() == 0)
    assert not pair.has("gone")


@pytest.mark.parametrize("region", [SOURCE_REGION, DESTINATION_REGION])
@pytest.mark.parametrize("fault", ["s3-refuse", "s3-503"])
def test_replication_waits_for_s3_at_both_ends(pair, region, fault):
    key = f"waits-{fault}-{region}"
    paused = break_(pair.emulator, "replication-pause")
    pair.put(key)
    lost = break_(pair.emulator, fault, region=region)
    heal(pair.emulator, paused["id"])
    if region == DESTINATION_REGION:
        eventually(lambda: pair.has(key, pair.other))
        assert pair.status(key) == "PENDING"
    else:
        assert not pair.has(key, pair.other)
        assert not pair.has(key)
    assert pair.outstanding() > 0
    heal(pair.emulator, lost["id"])
    eventually(lambda: pair.status(key) == "COMPLETED")
    assert pair.has(key)


def test_a_stale_replica_gets_nothing_while_its_source_and_its_metrics_say_that_all_is_done(pair):
    pair.put("stale", b"old")
    eventually(lambda: pair.has("stale"))
    break_(pair.emulator, "replica-stale", region=DESTINATION_REGION)
    versions = [pair.put("stale", b"new %d" % n) for n in range(2)]
    assert (pair.status("stale"), pair.outstanding()) == ("COMPLETED", 0)
    assert pair.has("stale", pair.other)
    read = pair.emulator.client("s3", DESTINATION_REGION).get_object(Bucket=pair.destination, Key="stale")["Body"]
    assert read.read() == b"old"
    assert len(pair.versions(pair.destination, "stale")[0]) == 1
    heal(pair.emulator)
    versions.append(pair.put("stale", b"newest"))
    eventually(lambda: len(pair.versions(pair.destination, "stale")[0]) == 4)
    assert pair.versions(pair.destination, "stale")[0][0] == (versions[-1], True), "what came last is the current one"
    assert pair.status("stale") == "COMPLETED"


def test_the_destination_region_measures_what_waits_and_how_long(pair):
    break_(pair.emulator, "replication-pause", region=DESTINATION_REGION)
    pair.put("measured-a", b"x" * 100)
    pair.put("measured-b", b"x" * 23)
    eventually(lambda: (pair.metric(DESTINATION_REGION, "ReplicationLatency") or [0])[-1] > 60)
    eventually(lambda: pair.metric(DESTINATION_REGION, "OperationsPendingReplication")[-1] == 2)
    assert pair.metric(DESTINATION_REGION, "BytesPendingReplication")[-1] == 123
    # A minute may begin while a transfer is on its way, so one sample of the other region may be more than nothing.
    eventually(lambda: pair.metric(OTHER_REGION, "ReplicationLatency", 2)[-1] == 0)
    assert pair.metric(OTHER_REGION, "ReplicationLatency") == [], "only the rule's destination region has it"
    heal(pair.emulator)
    eventually(lambda: pair.metric(DESTINATION_REGION, "ReplicationLatency")[-1] == 0)


def test_the_source_region_counts_what_failed(pair):
    suspended, enabled = ({"Status": status} for status in ("Suspended", "Enabled"))
    pair.s3.put_bucket_versioning(Bucket=pair.destination, VersioningConfiguration=suspended)
    pair.put("fails")
    pair.s3.put_bucket_versioning(Bucket=pair.destination, VersioningConfiguration=enabled)
    assert pair.status("fails") == "FAILED"
    eventually(lambda: max(pair.metric(SOURCE_REGION, "OperationsFailedReplication"), default=0) == 1)
    eventually(lambda: pair.metric(SOURCE_REGION, "OperationsFailedReplication")[-1] == 0)
    assert set(pair.metric(SOURCE_REGION, "OperationsFailedReplication", 2)) == {0}
