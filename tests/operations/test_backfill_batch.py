"""Jobs of S3 Batch Replication: started once, watched, and their reports read."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from batch_jobs import Control
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from sites import site
from stores import Store

from s3_failover.config import StackRole
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import report, role
from s3_failover.operations.backfill.batch import Batch, Filter, report_bucket
from s3_failover.operations.backfill.permissions import policy
from s3_failover.operations.backfill.result import CopyFailure
from s3_failover.operations.backfill.work import WorkItem

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backfill"
SITE = site()
NAMES = SITE.names(ACCOUNT)
LOGS = NAMES.access_logs(StackRole.PRIMARY, SITE.primary_region)
ITEMS = [WorkItem("a", "v1", 3), WorkItem('a b/grüße & π+,"~(1)?.txt', "v2", 4), WorkItem("old", "null", 5)]


def quiet(_):
    pass


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def made(store):
    """Makes the jobs of a site, and what S3 does with them."""

    def made(**options):
        control = Control(store, **options)
        clients = {"s3": store, "s3control": control}
        account = Account(ACCOUNT, lambda service, region: clients[service])
        return Batch(SITE, account, report_bucket(SITE, account, None)), control

    return made


def test_a_job_replicates_the_versions_of_its_manifest(made, store):
    batch, control = made()
    batch.replicate(ITEMS, ROLE)
    (request,) = control.requests
    assert control.manifest(request) == [item.key for item in ITEMS]
    assert request["Operation"] == {"S3ReplicateObject": {}}
    assert (request["ConfirmationRequired"], request["RoleArn"], request["AccountId"]) == (False, ROLE, ACCOUNT)
    assert request["Manifest"]["Spec"] == {
        "Format": "S3BatchOperations_CSV_20180820",
        "Fields": ["Bucket", "Key", "VersionId"],
    }
    ((_, content),) = store.objects.items()
    assert content.decode().splitlines()[1:] == [
        f"{NAMES.primary},a%20b/gr%C3%BC%C3%9Fe%20%26%20%CF%80%2B%2C%22~%281%29%3F.txt,v2",
        f"{NAMES.primary},old,null",
    ]


def test_manifest_and_report_are_where_nobody_reads_and_nothing_is_replicated(made, store):
    batch, control = made()
    batch.replicate(ITEMS, ROLE)
    content = {NAMES.primary, *map(NAMES.replica, SITE.replica_regions)}
    assert {bucket for bucket, _ in store.objects} == {LOGS}
    assert control.requests[0]["Report"]["Bucket"] == f"arn:aws:s3:::{LOGS}"
    for bucket in content:
        with pytest.raises(UserError, match="which holds content: viewers could read the reports"):
            report_bucket(SITE, batch.account, bucket)
    existing = site(more='existing = { primary_bucket = "theirs" }')
    with pytest.raises(UserError, match="expected --bucket with a private bucket in eu-west-1"):
        report_bucket(existing, batch.account, None)
    assert report_bucket(existing, batch.account, "mine") == "mine"


def test_s3_finds_what_was_never_copied_or_failed(made):
    batch, control = made()
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    batch.replicate_found(Filter("media/", moment, None, 0, 10), ROLE)
    generator = control.requests[0]["ManifestGenerator"]["S3JobManifestGenerator"]
    assert generator["Filter"] == {
        "EligibleForReplication": True,
        "ObjectReplicationStatuses": ["NONE", "FAILED"],
        "CreatedAfter": moment,
        "KeyNameConstraint": {"MatchAnyPrefix": ["media/"]},
        "ObjectSizeGreaterThanBytes": 0,
        "ObjectSizeLessThanBytes": 10,
    }
    assert generator["SourceBucket"] == f"arn:aws:s3:::{NAMES.primary}"
    assert generator["ManifestOutputLocation"]["Bucket"] == f"arn:aws:s3:::{LOGS}"


def test_a_repeat_is_the_same_job_until_that_is_over(made):
    batch, control = made()
    job = batch.replicate(ITEMS, ROLE)
    first = control.jobs.pop(job)
    assert batch.replicate(ITEMS, ROLE) == job
    assert control.requests[0]["ClientRequestToken"] == control.requests[1]["ClientRequestToken"]
    control.jobs[job] = first
    assert batch.running() == job
    batch.watch(job, say=quiet, sleep=quiet)
    assert batch.running() is None
    assert batch.replicate(ITEMS, ROLE) != job


def test_jobs_of_other_sites_are_not_ours(made):
    batch, control = made()
    job = batch.replicate(ITEMS, ROLE)
    control.jobs[job]["Description"] = "s3-failover backfill other.example.com"
    assert batch.running() is None
    with pytest.raises(UserError, match=r"is '.* other\.example\.com', expected '.* shop\.example\.com'"):
        batch.look(job)
    with pytest.raises(UserError, match="there is no job nowhere in eu-west-1"):
        batch.look("nowhere")


def test_progress_has_rate_and_time_left(made):
    batch, _ = made()
    told = []
    job = batch.watch(batch.replicate([*ITEMS, WorkItem("z", "v", 1)], ROLE), say=told.append, sleep=quiet)
    assert told == [
        "  Active: 2 of 4 objects, 0 failed, 0/s, 10 s left",
        "  Active: 2 of 4 objects, 0 failed, 0/s, 20 s left",
    ]
    assert (job.status, job.succeeded) == ("Complete", 4)


@pytest.mark.parametrize("code", ["NoSuchJob", "NoSuchJobException", "NotFoundException"])
def test_a_new_job_may_not_be_known_at_once(made, monkeypatch, code):
    batch, control = made(looks=0)
    job, describe = batch.replicate(ITEMS, ROLE), control.describe_job
    refusals = []

    def unknown(**request):
        if len(refusals) == 2:
            return describe(**request)
        refusals.append(code)
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeJob")

    monkeypatch.setattr(control, "describe_job", unknown)
    assert batch.watch(job, is_new=True, say=quiet, sleep=quiet).status == "Complete"
    refusals.clear()
    with pytest.raises(UserError, match="there is no job"):
        batch.watch(job, say=quiet, sleep=quiet)
    monkeypatch.setattr(control, "describe_job", lambda **request: describe(**request | {"JobId": "j" * 36}))
    with pytest.raises(UserError, match="there is no job"):
        batch.watch(job, is_new=True, say=quiet, sleep=quiet)


def test_failures_are_counted_by_reason(made):
    reasons = {"a": "DstObjectHardDeleted", "old": "DstObjectHardDeleted", ITEMS[1].key: "SrcGetObjectNotPermitted"}
    batch, _ = made(fails=reasons.get)
    done = batch.result(batch.watch(batch.replicate(ITEMS, ROLE), say=quiet, sleep=quiet))
    assert done.failed == [
        CopyFailure("DstObjectHardDeleted", 2, "a"),
        CopyFailure("SrcGetObjectNotPermitted", 1, ITEMS[1].key),
    ]
    assert done.succeeded == 0


@pytest.mark.parametrize(
    ("row", "reason"), [("400,DstX,why", "DstX"), ("DstX,400,why", "DstX"), ("503,,why", "503"), (",503,", "503")]
)
def test_a_failure_has_its_code_wherever_that_stands_in_the_report(store, row, reason):
    told = {"Results": [{"TaskExecutionStatus": "failed", "Bucket": "logs", "Key": "1.csv"}]}
    store.put_object("logs", "p/job-j/manifest.json", json.dumps(told).encode())
    store.put_object("logs", "1.csv", f"source,a,v1,failed,{row}\n".encode())
    assert report.failures(store, "logs", "p", "j") == [CopyFailure(reason, 1, "a")]


def test_failures_without_a_report_are_failures_all_the_same(made, store):
    batch, _ = made(fails=lambda key: "X")
    job = batch.watch(batch.replicate(ITEMS, ROLE), say=quiet, sleep=quiet)
    store.objects.clear()
    assert batch.result(job).failed == [CopyFailure("not in the report", 3, "")]


@pytest.mark.parametrize("status", ["Failed", "Cancelled"])
def test_a_job_that_failed_as_a_whole_is_an_error(made, status):
    batch, control = made()
    job = batch.replicate(ITEMS, ROLE)
    control.jobs[job] |= {"Status": status, "FailureReasons": [{"FailureCode": "X", "FailureReason": "no role"}]}
    with pytest.raises(UserError, match=f"is {status} after 1 of 3 objects: X: no role; what it did stays"):
        batch.result(batch.watch(job, say=quiet, sleep=quiet))


@pytest.fixture
def iam():
    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield Account(ACCOUNT, lambda service, region: client), stubber
        stubber.assert_no_pending_responses()
    client.close()


ANSWER = {
    "Role": {"Path": "/", "RoleName": "r" * 20, "RoleId": "A" * 20, "Arn": ROLE, "CreateDate": datetime(2026, 1, 1)}
}
POLICY = {
    "RoleName": "s3-failover-shop-example-com-backfill",
    "PolicyName": "s3-failover-backfill",
    "PolicyDocument": ANY,
}


def test_a_role_is_made_once(iam):
    account, stubber = iam
    stubber.add_client_error("get_role", "NoSuchEntity")
    trust = {
        "RoleName": "s3-failover-shop-example-com-backfill",
        "AssumeRolePolicyDocument": ANY,
        "Description": ANY,
        "Tags": [{"Key": "s3-failover:site", "Value": "shop.example.com"}],
    }
    stubber.add_response("create_role", ANSWER, trust)
    stubber.add_response("put_role_policy", {}, POLICY)
    waited = []
    assert role.ensure(SITE, account, "logs", sleep=waited.append) == ROLE
    assert waited == [role.IAM_SECONDS]
    stubber.add_response("get_role", ANSWER)
    stubber.add_response("put_role_policy", {}, POLICY)
    assert role.ensure(SITE, account, "logs", sleep=waited.append) == ROLE
    assert len(waited) == 1


def test_a_role_that_may_not_be_made_can_be_named(iam):
    account, stubber = iam
    stubber.add_client_error("get_role", "AccessDenied")
    with pytest.raises(
        UserError, match=r"make the role .*or name one with --role-arn.*expected the permission iam:GetRole"
    ):
        role.ensure(SITE, account, "logs")


def test_the_role_may_start_replication_and_nothing_else():
    text = json.dumps(role.permissions("primary", "logs"))
    assert "arn:aws:s3:::logs/backfill/*" in text
    assert {action for each in json.loads(text)["Statement"] for action in listed(each["Action"])} == {
        "s3:InitiateReplication",
        "s3:GetReplicationConfiguration",
        "s3:PutInventoryConfiguration",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
    }


def test_who_reads_a_report_may_see_that_there_is_none():
    statements = policy(SITE, Account(ACCOUNT, lambda service, region: None))["Statement"]
    assert [each["Action"] for each in statements if each["Resource"] == [f"arn:aws:s3:::{LOGS}"]] == [
        ["s3:ListBucket"]
    ]


def listed(actions):
    return [actions] if isinstance(actions, str) else actions


@pytest.mark.parametrize(
    ("more", "expected", "unexpected"),
    [
        ("", "s3:CreateJob", "sqs:SendMessage"),
        ('replication = { engine = "lambda" }', "sqs:SendMessage", "s3:CreateJob"),
        ("", "s3:PutObjectTagging", "s3:PutObjectRetention"),
        ('existing = { primary_bucket = "theirs" }', "s3:PutObjectRetention", "sqs:SendMessage"),
        ('existing = { primary_bucket = "theirs" }', "s3:GetObjectLegalHold", "sqs:SendMessage"),
    ],
)
def test_the_policy_is_for_the_engine_and_the_bucket_of_the_site(more, expected, unexpected):
    text = json.dumps(policy(site(more=more), Account(ACCOUNT, lambda service, region: None)))
    assert expected in text
    assert unexpected not in text
