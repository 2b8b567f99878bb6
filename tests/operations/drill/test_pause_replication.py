"""The experiment of AWS FIS that pauses replication, told to botocore's own validation."""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from fake_accounts import ACCOUNT, account, refusal
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.drill import pause_replication
from s3_failover.operations.drill.fault import AskedFault
from s3_failover.operations.drill.pause_replication import PauseReplication, template_of
from s3_failover.operations.drill.probe import DrillProbe

ROLE = "arn:aws:iam::123456789012:role/fis"
TAGS = {"s3-failover-drill": "0a1b2c3d"}


OURS = {"s3-failover:site": "shop.example.com", "s3-failover:role": "primary"}


class Tagged:
    """S3, with a bucket that has tags."""

    def __init__(self, tags):
        self.tags = tags

    def get_bucket_tagging(self, **_):
        if not self.tags:
            raise refusal("NoSuchTagSet", "GetBucketTagging", 404)
        return {"TagSet": [{"Key": key, "Value": value} for key, value in self.tags.items()]}


@pytest.fixture
def fis(monkeypatch):
    monkeypatch.setattr(pause_replication.time, "sleep", lambda seconds: None)
    client = boto3.client("fis", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield stubber


def asked(*, seconds=150, role=ROLE, replicas=2, more="", tags=OURS):
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    there = account(s3=Tagged(tags))
    return AskedFault(site(replicas=replicas, more=more), there, "0a1b2c3d", until, role)


@pytest.fixture
def undo():
    return PauseReplication().plan(asked()).undo


def begins(fis, undo, *statuses, reason=""):
    fis.add_response(
        "create_experiment_template",
        {"experimentTemplate": {"id": "EXT1"}},
        {"clientToken": "0a1b2c3d-template", "tags": TAGS, **template_of(undo)},
    )
    first, *others = [{"experiment": {"id": "EXP1", "state": {"status": s, "reason": reason}}} for s in statuses]
    expected = {"clientToken": "0a1b2c3d-experiment", "experimentTemplateId": "EXT1", "tags": TAGS}
    fis.add_response("start_experiment", first, expected)
    for other in others:
        fis.add_response("get_experiment", other, {"id": "EXP1"})


def test_it_pauses_every_replica_for_whole_minutes(undo):
    template = template_of(undo)
    assert undo["minutes"] == 3
    assert {name: action["parameters"] for name, action in template["actions"].items()} == {
        "pause-eu-central-1": {"duration": "PT3M", "region": "eu-central-1"},
        "pause-ap-south-1": {"duration": "PT3M", "region": "ap-south-1"},
    }
    assert template["targets"]["primary"]["resourceTags"] == OURS


@pytest.mark.parametrize(
    ("seconds", "replicas", "said"),
    [(150, 2, "0.60"), (600, 1, "1.00"), (1, 3, "0.30")],
)
def test_what_the_experiment_costs_is_said_before_it_begins(seconds, replicas, said):
    _, start = PauseReplication().plan(asked(seconds=seconds, replicas=replicas)).changes
    assert start == f"start an experiment from it: AWS FIS charges {said} USD"


def test_it_waits_until_the_experiment_runs(fis, undo):
    begins(fis, undo, "initiating", "initiating", "running")
    PauseReplication().begin(account(fis=fis.client), undo)
    fis.assert_no_pending_responses()


def test_an_experiment_that_fails_is_said_with_fis_reason(fis, undo):
    begins(fis, undo, "initiating", "failed", reason="the role may not pause replication")
    with pytest.raises(UserError, match="EXP1 is failed, expected running: the role may not pause replication"):
        PauseReplication().begin(account(fis=fis.client), undo)


def test_undo_stops_and_deletes_what_has_the_drills_tag_and_nothing_else(fis, undo):
    experiments = [
        {"id": "EXP0", "state": {"status": "running"}, "tags": {"s3-failover-drill": "another"}},
        {"id": "EXP1", "state": {"status": "running"}, "tags": TAGS},
        {"id": "EXP2", "state": {"status": "completed"}, "tags": TAGS},
    ]
    fis.add_response("list_experiments", {"experiments": experiments})
    fis.add_response("stop_experiment", {"experiment": {"id": "EXP1"}}, {"id": "EXP1"})
    templates = [{"id": "EXT0", "tags": {}}, {"id": "EXT1", "tags": TAGS}]
    fis.add_response("list_experiment_templates", {"experimentTemplates": templates})
    fis.add_response("delete_experiment_template", {"experimentTemplate": {"id": "EXT1"}}, {"id": "EXT1"})
    assert PauseReplication().undo(account(fis=fis.client), undo)
    fis.assert_no_pending_responses()


def test_an_experiment_that_ends_meanwhile_is_undone_too(fis, undo):
    experiments = [{"id": "EXP1", "state": {"status": "running"}, "tags": TAGS}]
    fis.add_response("list_experiments", {"experiments": experiments})
    fis.add_client_error("stop_experiment", "ValidationException")
    fis.add_response("get_experiment", {"experiment": {"id": "EXP1", "state": {"status": "completed"}}}, {"id": "EXP1"})
    fis.add_response("list_experiment_templates", {"experimentTemplates": []})
    assert PauseReplication().undo(account(fis=fis.client), undo)


def test_where_nothing_has_the_tag_there_is_nothing_to_undo(fis, undo):
    fis.add_response("list_experiments", {"experiments": []})
    fis.add_response("list_experiment_templates", {"experimentTemplates": []})
    assert not PauseReplication().undo(account(fis=fis.client), undo)


def test_a_site_that_a_function_copies_is_refused():
    with pytest.raises(UserError, match=r"replication\.engine is lambda, expected s3"):
        PauseReplication().plan(asked(more='replication = { engine = "lambda" }'))


@pytest.mark.parametrize("tags", [{}, {"s3-failover:site": "shop.example.com"}, {**OURS, "s3-failover:role": "logs"}])
def test_a_bucket_that_fis_would_not_find_is_refused(tags):
    with pytest.raises(UserError, match=r"does not have the tags .*s3-failover:role=primary, by which alone FIS finds"):
        PauseReplication().plan(asked(tags=tags))


def test_an_experiment_that_fis_does_not_stop_is_not_undone(fis, undo):
    fis.add_response(
        "list_experiments", {"experiments": [{"id": "EXP1", "state": {"status": "initiating"}, "tags": TAGS}]}
    )
    fis.add_client_error("stop_experiment", "ConflictException")
    fis.add_response("get_experiment", {"experiment": {"id": "EXP1", "state": {"status": "running"}}}, {"id": "EXP1"})
    with pytest.raises(ClientError, match="ConflictException"):
        PauseReplication().undo(account(fis=fis.client), undo)


def test_who_publishes_encrypted_objects_may_use_their_key():
    def actions(of):
        return {each for statement in PauseReplication().statements(of, account()) for each in statement["Action"]}

    encrypted = site(more='encryption = "kms"\nsecondary = { type = "https" }')
    assert actions(encrypted) - actions(site()) == {"kms:GenerateDataKey", "kms:Decrypt"}


def test_who_starts_the_first_experiment_of_an_account_may_have_fis_make_its_role():
    statements = PauseReplication().statements(site(), account())
    (found,) = (each for each in statements if each["Action"] == "iam:CreateServiceLinkedRole")
    assert found["Resource"].endswith(":role/aws-service-role/fis.amazonaws.com/AWSServiceRoleForFIS")
    assert found["Condition"] == {"StringEquals": {"iam:AWSServiceName": "fis.amazonaws.com"}}


@pytest.mark.parametrize(("more", "prefix"), [("", ""), ('replication = { prefixes = ["a/", "_s3-failover/"] }', "a/")])
def test_nobody_needs_to_write_more_than_the_object_that_must_arrive(more, prefix):
    of = site(replicas=2, more=more)
    names, probe = of.names(ACCOUNT), f"{prefix}_s3-failover/drill-*.txt"
    found = {str(each["Action"]): each["Resource"] for each in PauseReplication().statements(of, account())}
    assert found["['s3:PutObject', 's3:DeleteObject']"] == f"arn:aws:s3:::{names.primary}/{probe}"
    assert found["s3:GetObject"] == [f"arn:aws:s3:::{names.replica(each)}/{probe}" for each in of.replica_regions]
    assert fnmatchcase(DrillProbe(of, account(), "0a1b2c3d").key, probe)
