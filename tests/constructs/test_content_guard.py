import importlib.util
from pathlib import Path

import pytest
from aws_cdk import aws_s3 as s3_cdk
from aws_cdk import aws_sqs as sqs
from botocore.exceptions import ClientError, EndpointConnectionError
from cdk_templates import new_stack, properties, statements, text

import s3_failover_constructs.content_guard as construct
from s3_failover_constructs import ContentGuard

HEALTH = "_s3-failover/health.txt"
PAGES = [f"page-{number}.html" for number in range(30)]


@pytest.fixture
def module():
    path = Path(construct.__file__).parent / "handler" / "index.py"
    spec = importlib.util.spec_from_file_location("content_guard_handler", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


class Aws:
    """S3 with some buckets, and CloudFormation with one stack."""

    def __init__(self, status="UPDATE_IN_PROGRESS", **buckets):
        self.status, self.buckets, self.asked = status, buckets, []

    def client(self, service, region_name=None, config=None):
        self.asked.append(service)
        return self

    def list_objects_v2(self, *, Bucket, Prefix="", MaxKeys):  # noqa: N803 - S3's own names
        found = self.buckets[Bucket]
        if isinstance(found, Exception):
            raise found
        return {"Contents": [{"Key": key} for key in sorted(found) if key.startswith(Prefix)][:MaxKeys]}

    def describe_stacks(self, **_):
        if isinstance(self.status, Exception):
            raise self.status
        return {"Stacks": [{"StackStatus": self.status}]}


def place(bucket):
    return {"Bucket": bucket, "Region": "eu-west-1"}


def change(primary="p", secondary="r", accepted="false", prefixes=()):
    return {
        "Primary": place(primary),
        "Secondary": place(secondary),
        "HealthKey": HEALTH,
        "Prefixes": list(prefixes),
        "Accepted": accepted,
    }


def answer(module, monkeypatch, aws, new, old=None, kind="Update"):
    told = []
    monkeypatch.setattr(module.boto3, "client", aws.client)
    monkeypatch.setattr(module, "reply", lambda url, answer: told.append(answer))
    ids = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "ResponseURL": "https://example.com"}
    before = {"OldResourceProperties": old or change()} if kind == "Update" else {}
    module.handler({"RequestType": kind, "ResourceProperties": new, **before, **ids}, None)
    (found,) = told
    return found["Status"], found.get("Reason", "")


def test_a_secondary_without_the_primarys_content_is_refused_with_the_way_out(module, monkeypatch):
    status, reason = answer(module, monkeypatch, Aws(p=[HEALTH, *PAGES], new=[HEALTH]), change(secondary="new"))
    assert status == "FAILED"
    for words in ("new lacks what p holds", "page-", "s3-failover backfill", "accept_empty_copies = true"):
        assert words in reason


def test_a_secondary_that_has_the_content_passes(module, monkeypatch):
    aws = Aws(p=[HEALTH, *PAGES], new=[HEALTH, *PAGES])
    assert answer(module, monkeypatch, aws, change(secondary="new")) == ("SUCCESS", "")


@pytest.mark.parametrize(("there", "status"), [(PAGES[:10], "FAILED"), (PAGES[:20], "SUCCESS")])
def test_a_few_keys_may_be_on_their_way_or_deleted_since(module, monkeypatch, there, status):
    assert answer(module, monkeypatch, Aws(p=PAGES, new=there), change(secondary="new"))[0] == status


def test_a_primary_without_the_former_ones_content_is_refused_even_where_both_new_copies_are_empty(module, monkeypatch):
    aws = Aws(p=PAGES, r=PAGES, p2=[HEALTH], r2=[HEALTH])
    status, reason = answer(module, monkeypatch, aws, change("p2", "r2"))
    assert status == "FAILED"
    assert "p2 lacks what p, the primary so far, holds" in reason
    assert "Publish to p2" in reason


def test_keys_that_are_not_copied_are_not_looked_for(module, monkeypatch):
    aws = Aws(p=["docs/a", *PAGES], new=["docs/a"])
    assert answer(module, monkeypatch, aws, change(secondary="new", prefixes=["docs/"]))[0] == "SUCCESS"


def test_nothing_is_asked_where_no_bucket_changes(module, monkeypatch):
    aws = Aws()
    assert answer(module, monkeypatch, aws, change(prefixes=["docs/"]), change()) == ("SUCCESS", "")
    assert aws.asked == []


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_a_first_deployment_and_a_deletion_pass(module, monkeypatch, kind):
    aws = Aws()
    assert answer(module, monkeypatch, aws, change(), kind=kind) == ("SUCCESS", "")
    assert aws.asked == []


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", EndpointConnectionError(endpoint_url="x")])
def test_nothing_stops_a_rollback_even_if_nothing_tells_that_it_is_one(module, monkeypatch, status):
    aws = Aws(status, p=PAGES, new=[])
    assert answer(module, monkeypatch, aws, change(secondary="new")) == ("SUCCESS", "")


def test_what_is_accepted_passes_without_a_look(module, monkeypatch):
    aws = Aws()
    assert answer(module, monkeypatch, aws, change(secondary="new", accepted="true")) == ("SUCCESS", "")
    assert aws.asked == []


def test_a_copy_that_cannot_be_listed_is_refused_with_the_reason(module, monkeypatch):
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")
    status, reason = answer(module, monkeypatch, Aws(p=denied, new=[]), change(secondary="new"))
    assert status == "FAILED"
    assert "cannot compare the copies" in reason
    assert "AccessDenied" in reason


LOST = [
    EndpointConnectionError(endpoint_url="x"),
    ClientError({"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "ListObjectsV2"),
]


@pytest.mark.parametrize("lost", LOST, ids=["no answer", "503"])
def test_where_the_former_primary_does_not_answer_the_former_secondary_counts(module, monkeypatch, lost):
    full = Aws(p=lost, r=[HEALTH, *PAGES], p2=[HEALTH, *PAGES])
    assert answer(module, monkeypatch, full, change("p2")) == ("SUCCESS", "")
    status, reason = answer(module, monkeypatch, Aws(p=lost, r=PAGES, p2=[HEALTH]), change("p2"))
    assert (status, "p2 lacks what r, which serves while p does not answer, holds" in reason) == ("FAILED", True)
    status, reason = answer(module, monkeypatch, Aws(p=lost, r=lost, p2=PAGES), change("p2"))
    assert (status, "cannot compare the copies" in reason) == ("FAILED", True)


def test_a_former_primary_that_may_not_be_listed_is_not_taken_for_lost(module, monkeypatch):
    refused = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    aws = Aws(p=ClientError(refused, "ListObjectsV2"), r=PAGES, p2=PAGES)
    status, reason = answer(module, monkeypatch, aws, change("p2"))
    assert (status, "cannot compare the copies" in reason) == ("FAILED", True)


@pytest.fixture
def stack():
    stack = new_stack()
    buckets = {
        name: s3_cdk.Bucket.from_bucket_attributes(stack, name, bucket_name=name, region="eu-west-1")
        for name in ("primary", "replica")
    }
    guard = ContentGuard(
        stack,
        "Guard",
        primary=buckets["primary"],
        secondary=buckets["replica"],
        health_key=HEALTH,
        former=["arn:aws:s3:::site-primary-*"],
    )
    sqs.Queue(stack, "After").node.add_dependency(guard.resource)
    return stack


def test_the_guard_may_list_the_sites_buckets_and_look_at_its_own_stack_only(stack):
    allowed = {str(s["Action"]): s["Resource"] for s in statements(stack, "AWS::IAM::Policy").values()}
    assert [text(arn).rpartition(":")[2] for arn in allowed["s3:ListBucket"]] == [
        "primary",
        "replica",
        "site-primary-*",
    ]
    assert text(allowed["cloudformation:DescribeStacks"]).endswith(":stack/Test/*")
    assert len(allowed) == 3


def test_what_it_compares_is_named_with_its_region(stack):
    found = properties(stack, "Custom::ContentGuard")
    assert found["Primary"] == {"Bucket": "primary", "Region": "eu-west-1"}
    assert (found["Secondary"]["Bucket"], found["Accepted"], found["Prefixes"]) == ("replica", "false", [])
