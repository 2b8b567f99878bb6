"""Replication by events as the CDK deploys it: S3 tells the queue, Lambda runs the handler, the copies follow."""

import json
import time
from datetime import timedelta

import pytest
from accounts import account_of
from botocore.exceptions import ClientError

from s3_failover.config import StackRole
from s3_failover.operations.backfill import queue, work
from s3_failover.operations.backfill.result import Engine
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.verify import Scope

pytestmark = pytest.mark.embedded

SITE = """
[sites.press]
hostname        = "press.example.net"
primary_region  = "ca-central-1"
replica_regions = ["eu-central-1", "us-west-2"]
hosted_zone     = { id = "Z0PRESS", name = "example.net" }
mode            = "dns"
replication     = { engine = "lambda" }
"""
PART = 5 * 1024 * 1024 + 1
HEADERS = {
    "ContentType": "text/css; charset=utf-8",
    "CacheControl": "public, max-age=60",
    "ContentLanguage": "de",
    "ContentDisposition": "inline",
    "ContentEncoding": "identity",
    "Metadata": {"build": "42"},
    "WebsiteRedirectLocation": "/elsewhere",
}


@pytest.fixture(scope="module")
def press(aws, tmp_path_factory):
    return aws.deploy(SITE, tmp_path_factory.mktemp("press"))["press"]


def until(condition, seconds=120):
    """Wait until a condition is true and return what it is."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.05)
    return found


def client(site, region):
    return site.aws.client("s3", region)


def head(site, region, key):
    try:
        return site.head(region, key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise


def tags(site, region, key):
    found = client(site, region).get_object_tagging(Bucket=site.copies[region], Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def put(site, key, body=b"content", **more):
    """Publish an object and wait until every copy has its ETag."""
    etag = site.s3.put_object(Bucket=site.primary, Key=key, Body=body, **more)["ETag"]
    for region in site.replicas:
        until(lambda region=region: (head(site, region, key) or {}).get("ETag") == etag)
    return etag


def test_no_bucket_keeps_versions(press):
    for region, bucket in press.copies.items():
        assert "Status" not in client(press, region).get_bucket_versioning(Bucket=bucket)


def test_the_health_object_is_in_every_copy_when_the_deployment_is_done(press):
    assert len({press.head(region, press.site.health_key)["ETag"] for region in press.copies}) == 1
    assert press.website(press.site.health_key).status == 200


def test_a_published_object_comes_with_everything_that_viewers_see(press):
    put(press, "a b/grüße & π+~(1).css", Tagging="team=web", **HEADERS)
    for region in press.replicas:
        found = press.head(region, "a b/grüße & π+~(1).css")
        assert {name: found[name] for name in HEADERS} == HEADERS
        assert tags(press, region, "a b/grüße & π+~(1).css") == {"team": "web"}


def test_a_deletion_reaches_every_copy(press):
    put(press, "deleted.txt")
    press.s3.delete_object(Bucket=press.primary, Key="deleted.txt")
    for region in press.replicas:
        until(lambda region=region: head(press, region, "deleted.txt") is None)


def test_changed_tags_reach_every_copy(press):
    put(press, "tagged.txt", Tagging="stage=draft")
    tagging = {"TagSet": [{"Key": "stage", "Value": "live"}]}
    press.s3.put_object_tagging(Bucket=press.primary, Key="tagged.txt", Tagging=tagging)
    for region in press.replicas:
        until(lambda region=region: tags(press, region, "tagged.txt") == {"stage": "live"})


def test_changed_metadata_of_the_same_content_reaches_every_copy(press):
    put(press, "same.txt", Metadata={"edition": "1"})
    press.s3.copy_object(
        Bucket=press.primary,
        Key="same.txt",
        CopySource={"Bucket": press.primary, "Key": "same.txt"},
        MetadataDirective="REPLACE",
        Metadata={"edition": "2"},
    )
    for region in press.replicas:
        until(lambda region=region: press.head(region, "same.txt")["Metadata"] == {"edition": "2"})


def test_an_upload_in_parts_is_copied_in_the_same_parts(press):
    target = {"Bucket": press.primary, "Key": "parts.bin"}
    begun = press.s3.create_multipart_upload(**target, ContentType="video/mp4", Metadata={"a": "b"})
    upload = {**target, "UploadId": begun["UploadId"]}
    pieces = [b"1" * PART, b"2" * (PART + 7), b"the rest"]
    done = [
        {"PartNumber": number, "ETag": press.s3.upload_part(**upload, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in enumerate(pieces, start=1)
    ]
    etag = press.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})["ETag"]
    for region, bucket in press.replicas.items():
        until(lambda region=region: (head(press, region, "parts.bin") or {}).get("ETag") == etag)
        assert press.read(region, "parts.bin") == b"".join(pieces)
        found = press.head(region, "parts.bin")
        assert (found["ContentType"], found["Metadata"]) == ("video/mp4", {"a": "b"})
        assert "Uploads" not in client(press, region).list_multipart_uploads(Bucket=bucket)


def test_the_schedule_fixes_what_was_missed(press):
    put(press, "kept.txt")
    put(press, "changed.txt", b"right")
    far, bucket = client(press, "us-west-2"), press.replicas["us-west-2"]
    far.delete_object(Bucket=bucket, Key="kept.txt")
    far.put_object(Bucket=bucket, Key="changed.txt", Body=b"wrong")
    far.put_object(Bucket=bucket, Key="stray.txt", Body=b"of nobody")
    events = press.aws.client("events", press.site.primary_region)
    (rule,) = [r for r in events.list_rules()["Rules"] if "-press-" in r["Name"]]
    assert rule["ScheduleExpression"] == "rate(6 hours)"
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    send(press, json.loads(target["Input"]))
    until(lambda: head(press, "us-west-2", "kept.txt"))
    until(lambda: press.read("us-west-2", "changed.txt") == b"right")
    until(lambda: head(press, "us-west-2", "stray.txt") is None)


def queues(press):
    """The URLs of the work queue and of the dead letters."""
    region = press.site.primary_region
    stack = press.site.naming.stack(StackRole.PRIMARY, region)
    listed = press.aws.client("cloudformation", region).describe_stack_resources(StackName=stack)["StackResources"]
    urls = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed if r["ResourceType"] == "AWS::SQS::Queue"}
    # CloudFormation cuts a queue's name to 80 characters: only the logical id tells which it is.
    return [urls[name] for name in sorted(urls, key=lambda name: "DeadLetters" in name)]


def send(press, message):
    sqs = press.aws.client("sqs", press.site.primary_region)
    sqs.send_message(QueueUrl=queues(press)[0], MessageBody=json.dumps(message))


@pytest.mark.long
def test_a_message_that_cannot_be_understood_becomes_a_dead_letter_and_holds_up_nobody(press):
    sqs = press.aws.client("sqs", press.site.primary_region)
    work, dead = queues(press)
    before = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    policy = json.loads(before)
    sqs.set_queue_attributes(QueueUrl=work, Attributes={"RedrivePolicy": json.dumps({**policy, "maxReceiveCount": 1})})
    try:
        send(press, {"unheard": "of"})
        put(press, "behind-it.txt")
        # After half a minute it would be tried again.
        found = until(lambda: sqs.receive_message(QueueUrl=dead).get("Messages"), seconds=60)
        assert json.loads(found[0]["Body"]) == {"unheard": "of"}
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=found[0]["ReceiptHandle"])
    finally:
        sqs.set_queue_attributes(QueueUrl=work, Attributes={"RedrivePolicy": before})


@pytest.fixture
def mapping(press):
    functions = press.aws.client("lambda", press.site.primary_region)
    (found,) = functions.list_event_source_mappings(EventSourceArn=arn(press, queues(press)[0]))["EventSourceMappings"]
    return found


def test_the_function_runs_the_current_python(press, mapping):
    functions = press.aws.client("lambda", press.site.primary_region)
    found = functions.get_function_configuration(FunctionName=mapping["FunctionArn"])
    assert (found["Handler"], found["Runtime"]) == ("handler.index.handler", "python3.14")


def test_messages_are_answered_for_one_by_one_and_the_mapping_bears_the_sites_tag(press, mapping):
    functions = press.aws.client("lambda", press.site.primary_region)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 10}
    tagged = functions.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"]
    assert tagged["s3-failover:site"] == "press.example.net"


def arn(press, url):
    sqs = press.aws.client("sqs", press.site.primary_region)
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_a_backfill_hands_its_keys_to_the_function(press):
    account = account_of(press.aws.emulator)
    scope = Scope(prefix="backfill/", settle=timedelta(0), sample=None)
    for name in ("lost", "changed", "sound"):
        put(press, f"backfill/{name}", Metadata={"n": "1"})
    (first, second), s3 = press.replicas.items(), lambda region: client(press, region)
    s3(first[0]).delete_object(Bucket=first[1], Key="backfill/lost")
    s3(second[0]).put_object(Bucket=second[1], Key="backfill/changed", Body=b"something else")
    s3(second[0]).put_object(Bucket=second[1], Key="backfill/stray", Body=b"x")
    found = work.compare(press.site, account, scope, Engine.QUEUE)
    assert [item.key for item in found.items] == ["backfill/changed", "backfill/lost"]
    assert found.left == {DriftKind.EXTRA: 1}
    assert list(queue.hand_over(press.site, account, found.items)) == ["backfill/changed", "backfill/lost"]
    until(lambda: not work.compare(press.site, account, scope, Engine.QUEUE).fixed)
    assert press.read(second[0], "backfill/stray") == b"x"
