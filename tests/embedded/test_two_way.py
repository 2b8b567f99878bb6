"""A two-way site through its life: deployed from nothing, written to from every side, changed, made one-way again.

The tests that deploy come last, in the order of this file. The site is theirs alone.
"""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from embedded_aws import DeployedSite, eventually, status_of

from breakable_aws.faults import break_, heal
from s3_failover.config import load
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITE = """
[sites.team]
hostname                = "team.example.net"
primary_region          = "eu-west-1"
replica_regions         = ["us-west-2", "eu-central-1", "ap-south-1"]
hosted_zone             = {{ id = "Z0TWOWAY0ABCDEFGHIJK", name = "example.net" }}
mode                    = "dns"
noncurrent_version_days = {days}
replication             = {{ two_way = {two_way}, prefixes = ["_s3-failover/", "docs/"] }}
"""
REGIONS = ("eu-west-1", "us-west-2", "eu-central-1", "ap-south-1")
PRIMARY, FIRST = REGIONS[:2]


class Life:
    """The site, its directory, and what its deployments printed."""

    def __init__(self, aws, directory):
        self.aws, self.directory = aws, directory
        self.site = aws.deploy(SITE.format(days=30, two_way="true"), directory)["team"]

    def deploy(self, **settings):
        path = self.directory / "failover.toml"
        path.write_text(SITE.format(**{"days": 30, "two_way": "true"} | settings))
        self.site = DeployedSite(self.aws, load(path).sites[0])
        outcome = self.aws.cdk("deploy", self.directory, "--require-approval", "never", "--progress", "events")
        printed = "\n".join(outcome.lines)
        assert outcome.code == 0, printed
        return printed

    def rules(self, region):
        s3 = self.aws.client("s3", region)
        return s3.get_bucket_replication(Bucket=self.site.copies[region])["ReplicationConfiguration"]["Rules"]

    def put(self, region, key, body=b"1"):
        return self.aws.client("s3", region).put_object(Bucket=self.site.copies[region], Key=key, Body=body)[
            "VersionId"
        ]


@pytest.fixture(scope="module")
def life(aws, tmp_path_factory):
    return Life(aws, tmp_path_factory.mktemp("two-way"))


def missing(site, region, key):
    with pytest.raises(ClientError) as caught:
        site.head(region, key)
    return status_of(caught.value) == 404


def test_one_deploy_from_nothing_leaves_rules_from_every_copy_to_every_other(life):
    for region in REGIONS:
        found = {(rule["Destination"]["Bucket"], rule["Filter"]["Prefix"]) for rule in life.rules(region)}
        others = [bucket for other, bucket in life.site.copies.items() if other != region]
        assert found == {
            (f"arn:aws:s3:::{bucket}", prefix) for bucket in others for prefix in ("_s3-failover/", "docs/")
        }


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_written_to_any_copy_is_in_all_of_them(life, region):
    key = f"docs/from-{region}.txt"
    version = life.put(region, key, region.encode())
    for other in REGIONS:
        copied = eventually(lambda other=other: life.site.head(other, key, VersionId=version))
        assert copied["ReplicationStatus"] == ("COMPLETED" if other == region else "REPLICA")


@pytest.mark.parametrize("region", REGIONS)
def test_keys_without_one_of_the_prefixes_stay_where_they_are(life, region):
    life.put(region, f"private/{region}.txt")
    assert all(missing(life.site, other, f"private/{region}.txt") for other in REGIONS if other != region)


def test_an_object_deleted_at_a_replica_is_deleted_everywhere(life):
    life.put(PRIMARY, "docs/deleted.txt")
    eventually(lambda: life.site.head(FIRST, "docs/deleted.txt"))
    life.aws.client("s3", FIRST).delete_object(Bucket=life.site.copies[FIRST], Key="docs/deleted.txt")
    assert all(missing(life.site, region, "docs/deleted.txt") for region in REGIONS)


def test_tags_set_at_a_replica_are_set_everywhere(life):
    version = life.put(PRIMARY, "docs/tagged.txt")
    life.site.wait_for_replicas("docs/tagged.txt", version)
    target = {"Bucket": life.site.copies[FIRST], "Key": "docs/tagged.txt"}
    wanted = [{"Key": "state", "Value": "live"}]
    life.aws.client("s3", FIRST).put_object_tagging(**target, Tagging={"TagSet": wanted})
    for region in REGIONS:
        found = life.aws.client("s3", region).get_object_tagging(Bucket=life.site.copies[region], Key="docs/tagged.txt")
        assert found["TagSet"] == wanted


@pytest.mark.parametrize("fault", ["s3-refuse", "s3-hang", "region-down"])
def test_what_is_published_at_the_secondary_while_the_primary_region_is_lost_comes_back(life, account, tmp_path, fault):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "news.txt").write_text(f"published in the outage by {fault}")
    options = PublishOptions(to=FIRST, silence_seconds=20)
    publication = Publication(life.site.site, account, options)
    break_(life.aws.emulator, fault, region=PRIMARY)
    try:
        done = publication.run(publication.changes(tmp_path), say=print)
        assert set(done.replicated) == {*REGIONS} - {FIRST, PRIMARY}
        assert list(done.changes.lacking.unseen) == [PRIMARY]
        assert done.proof["secondary"] == ""
        assert f"{PRIMARY} was not waited for" in done.unseen["distribution"]
        version = done.versions["docs/news.txt"]
    finally:
        heal(life.aws.emulator)
    eventually(lambda: life.site.head(PRIMARY, "docs/news.txt", VersionId=version))
    publication = Publication(life.site.site, account, replace(options, to=None))
    done = publication.run(publication.changes(tmp_path), say=print)
    assert (done.changes.uploads, done.changes.lacking.unseen, set(done.proof.values())) == ((), {}, set())
    assert life.site.distribution("docs/news.txt").body == f"published in the outage by {fault}".encode()


def test_what_was_deleted_is_restored_at_the_secondary_while_the_primary_region_is_lost(life, account):
    life.site.wait_for_replicas("docs/kept.txt", life.put(PRIMARY, "docs/kept.txt", b"kept"))
    time.sleep(1.1)
    before = datetime.now(UTC)
    time.sleep(1.1)
    life.aws.client("s3", PRIMARY).delete_object(Bucket=life.site.copies[PRIMARY], Key="docs/kept.txt")
    assert all(missing(life.site, region, "docs/kept.txt") for region in REGIONS)
    options = RestoreOptions(before=before, prefix="docs/kept", to=FIRST, silence_seconds=20)
    restoration = Restoration(life.site.site, account, options)
    break_(life.aws.emulator, "s3-refuse", region=PRIMARY)
    try:
        plan = restoration.plan(say=print)
        done = restoration.run(plan, say=print)
    finally:
        heal(life.aws.emulator)
    assert (list(plan.unseen), set(done.replicated)) == ([PRIMARY], {*REGIONS} - {FIRST, PRIMARY})
    assert done.seen.proof["secondary"] == ""
    eventually(lambda: life.site.head(PRIMARY, "docs/kept.txt", VersionId=done.versions["docs/kept.txt"]))
    assert life.site.read(PRIMARY, "docs/kept.txt") == b"kept"


@pytest.mark.parametrize(("source", "destination"), [(PRIMARY, FIRST), (FIRST, PRIMARY)])
def test_an_object_that_cannot_be_copied_is_named_in_the_queue_of_its_region(life, source, destination):
    role = "primary" if source == PRIMARY else "website"
    queue = life.site.output("ReplicationFailuresQueueUrl", f"{role}-{source}")
    refusing = life.aws.client("s3", destination)
    bucket = life.site.copies[destination]
    before = refusing.get_bucket_policy(Bucket=bucket)["Policy"]
    refusing.put_bucket_policy(Bucket=bucket, Policy=json.dumps(without_replicas(json.loads(before), bucket)))
    try:
        life.put(source, "docs/refused.txt")
        record = first_event(life.aws.client("sqs", source), queue)
    finally:
        refusing.put_bucket_policy(Bucket=bucket, Policy=before)
    assert record["eventName"] == "Replication:OperationFailedReplication"
    assert record["s3"]["object"]["key"] == "docs/refused.txt"
    assert record["replicationEventData"]["destinationBucket"] == f"arn:aws:s3:::{bucket}"


def without_replicas(policy, bucket):
    denied = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:ReplicateObject"}
    return {**policy, "Statement": [*policy["Statement"], denied | {"Resource": f"arn:aws:s3:::{bucket}/*"}]}


def first_event(sqs, url, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            body = json.loads(message["Body"])
            if "Records" in body:
                return body["Records"][0]
        time.sleep(0.05)
    raise AssertionError("no event arrived")


def test_a_second_deploy_changes_nothing(life):
    assert life.deploy().count("(no changes)") == len(life.site.stacks()) == 9


def test_an_update_of_the_buckets_leaves_the_rules_as_they_are(life):
    before = {region: life.rules(region) for region in REGIONS}
    life.deploy(days=7)
    assert {region: life.rules(region) for region in REGIONS} == before


def test_made_one_way_again_the_replicas_have_no_rules_left_and_the_primary_has_its_own(life):
    life.deploy(two_way="false")
    assert len(life.rules(PRIMARY)) == 3 * 2
    for region in REGIONS[1:]:
        with pytest.raises(ClientError, match="ReplicationConfigurationNotFoundError"):
            life.rules(region)
