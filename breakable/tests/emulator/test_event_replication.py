"""What replication by events needs: events, queues that functions work off, and faults that reach both."""

import io
import json
import time
import zipfile

import pytest
from local_internet import break_, heal
from resources import resource

pytestmark = pytest.mark.embedded

REGION = "eu-west-1"
PATIENCE = 30


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.05)
    return found


class Told:
    """A bucket that tells a queue what changes."""

    def __init__(self, emulator, unique):
        self.emulator, self.bucket, self.queue = emulator, unique("told"), unique("events")
        self.s3, self.sqs = emulator.client("s3", REGION), emulator.client("sqs", REGION)
        arn = {"Fn::GetAtt": ["Q", "Arn"]}
        events = [{"Event": f"s3:{event}:*", "Queue": arn} for event in ("ObjectCreated", "ObjectTagging")]
        admission = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = {"Version": "2012-10-17", "Statement": [admission]}
        notifications = {"QueueConfigurations": events}
        bucket = resource("S3::Bucket", BucketName=self.bucket, NotificationConfiguration=notifications)
        emulator.deploy(
            {
                "Q": resource("SQS::Queue", QueueName=self.queue, VisibilityTimeout=1),
                "P": resource("SQS::QueuePolicy", Queues=[{"Ref": "Q"}], PolicyDocument=policy),
                "B": bucket | {"DependsOn": "P"},
            },
            region=REGION,
        )
        self.url = self.sqs.get_queue_url(QueueName=self.queue)["QueueUrl"]

    def events(self):
        found = []
        for message in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += [record["eventName"] for record in json.loads(message["Body"]).get("Records", [])]
        return found


@pytest.fixture
def told(embedded, unique):
    return Told(embedded, unique)


def test_changed_and_removed_tags_are_events(told):
    target = {"Bucket": told.bucket, "Key": "k"}
    told.s3.put_object(**target)
    until(told.events)
    told.s3.put_object_tagging(**target, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert until(told.events) == ["ObjectTagging:Put"]
    told.s3.delete_object_tagging(**target)
    assert until(told.events) == ["ObjectTagging:Delete"]


def test_a_bucket_that_may_not_tell_its_queue_is_refused(embedded, unique):
    missing = f"arn:aws:sqs:{REGION}:123456789012:none"
    configuration = {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": missing}]}
    reason = embedded.refusal(
        {"B": resource("S3::Bucket", BucketName=unique("mute"), NotificationConfiguration=configuration)}, region=REGION
    )
    assert "Unable to validate the following destination configurations" in reason


def test_the_size_of_a_part_can_be_asked_for(told):
    target = {"Bucket": told.bucket, "Key": "parts"}
    upload = {**target, "UploadId": told.s3.create_multipart_upload(**target)["UploadId"]}
    pieces = [b"1" * 5 * 1024 * 1024, b"22"]
    done = [
        {"PartNumber": n, "ETag": told.s3.upload_part(**upload, PartNumber=n, Body=piece)["ETag"]}
        for n, piece in enumerate(pieces, start=1)
    ]
    told.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
    heads = [told.s3.head_object(**target, PartNumber=number) for number in (1, 2)]
    assert [(head["ContentLength"], head["PartsCount"]) for head in heads] == [(5 * 1024 * 1024, 2), (2, 2)]


CODE = """
import boto3
def handler(event, context):
    s3 = boto3.client("s3", region_name=event.get("region", "eu-west-1"))
    for record in event.get("Records", []):
        s3.put_object(Bucket="BUCKET", Key="seen/" + record["messageId"], Body=record["body"])
    if "region" in event:
        s3.head_bucket(Bucket="BUCKET")
    return {"batchItemFailures": []}
"""


@pytest.fixture
def worker(told):
    """A function that works off the queue, and notes what it saw in the bucket `BUCKET`."""
    seen = f"{told.bucket}-seen"
    told.s3.create_bucket(Bucket=seen, CreateBucketConfiguration={"LocationConstraint": REGION})
    told.seen, told.function = seen, f"{told.bucket}-worker"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", CODE.replace("BUCKET", seen))
    told.emulator.client("lambda", REGION).create_function(
        FunctionName=told.function,
        Runtime="python3.14",
        Handler="index.handler",
        Role="arn:aws:iam::123456789012:role/any",
        Code={"ZipFile": archive.getvalue()},
        Timeout=60,
    )
    return told


def mapping(told, **more):
    arn = f"arn:aws:sqs:{REGION}:123456789012:{told.queue}"
    return {"M": resource("Lambda::EventSourceMapping", EventSourceArn=arn, FunctionName=told.function, **more)}


def test_a_function_that_may_outlast_its_queues_patience_is_refused(worker):
    reason = worker.emulator.refusal(mapping(worker), region=REGION)
    assert "Queue visibility timeout: 1 seconds is less than Function timeout: 60 seconds" in reason


@pytest.fixture
def mapped(worker):
    worker.sqs.set_queue_attributes(QueueUrl=worker.url, Attributes={"VisibilityTimeout": "60"})
    worker.emulator.deploy(mapping(worker), region=REGION)
    return worker


def seen(told):
    """The keys of the objects whose events the function has taken."""
    found = []
    for each in told.s3.list_objects_v2(Bucket=told.seen, Prefix="seen/").get("Contents", ()):
        event = json.loads(told.s3.get_object(Bucket=told.seen, Key=each["Key"])["Body"].read())
        found += [record["s3"]["object"]["key"] for record in event.get("Records", ())]
    return found


def test_events_wait_while_replication_is_paused(mapped):
    mapped.s3.put_object(Bucket=mapped.bucket, Key="before")
    until(lambda: "before" in seen(mapped))
    fault = break_(mapped.emulator, "replication-pause")
    try:
        held = next(key for key in map("held-{}".format, range(20)) if waits(mapped, key))
    finally:
        heal(mapped.emulator, fault["id"])
    until(lambda: held in seen(mapped))


def waits(told, key):
    """Whether an event that comes now is left in the queue; a look at it that began before the fault may still take it."""
    told.s3.put_object(Bucket=told.bucket, Key=key)
    time.sleep(3)
    return key not in seen(told)


def invoke(told, region):
    answer = told.emulator.client("lambda", REGION).invoke(
        FunctionName=told.function, Payload=json.dumps({"region": region})
    )
    return answer.get("FunctionError"), answer["Payload"].read().decode()


@pytest.mark.parametrize(
    ("fault", "told_as"), [("s3-refuse", "Connection was closed"), ("s3-503", "503"), ("s3-403", "403")]
)
def test_s3_that_is_down_is_down_for_functions_in_its_region_alone(worker, fault, told_as):
    made = break_(worker.emulator, fault, region=REGION)
    try:
        failed, answer = invoke(worker, REGION)
        assert failed
        assert told_as in answer
    finally:
        heal(worker.emulator, made["id"])
    assert invoke(worker, REGION)[0] is None


def test_a_queue_publishes_how_many_wait_and_for_how_long(start, unique):
    emulator = start("--speed", "60")
    sqs = emulator.client("sqs", REGION)
    url = sqs.create_queue(QueueName=unique("measured"))["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
    found = until(lambda: published(emulator, url.rpartition("/")[2], "ApproximateAgeOfOldestMessage", 60))
    assert found >= 60
    assert published(emulator, url.rpartition("/")[2], "ApproximateNumberOfMessagesVisible", 3) == 3


def published(emulator, queue, metric, least):
    """The greatest value of a metric so far, once it is no less than something."""
    points = emulator.client("cloudwatch", REGION).get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName=metric,
        Dimensions=[{"Name": "QueueName", "Value": queue}],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 36000,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    greatest = max((point["Maximum"] for point in points), default=0)
    return greatest if greatest >= least else None
