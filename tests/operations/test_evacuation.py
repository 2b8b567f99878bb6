"""When viewers may return, the way there, and the object that keeps them at the secondary."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sites
from botocore.exceptions import ClientError

from s3_failover.errors import UserError
from s3_failover.operations import legs, notes
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import health, lost, readiness, switch
from s3_failover.operations.evacuation.condition import Condition, Met
from s3_failover.operations.evacuation.readiness import Readiness
from s3_failover.operations.evacuation.steps import steps
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.notes import Notes
from s3_failover.operations.parity import Drift, DriftKind
from s3_failover.operations.refusals import UnavailableError

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LAMBDA = 'replication = { engine = "lambda" }'
TWO_WAY = "replication = { two_way = true }"


def minutes(*ago, value=1.0):
    return tuple(sorted((NOW.replace(second=0) - timedelta(minutes=each), value) for each in ago))


@pytest.mark.parametrize(
    ("series", "met"),
    [
        (minutes(*range(15)), Met.MET),
        (minutes(*range(3, 15)), Met.MET),  # CloudWatch shows the last minutes late
        (minutes(*range(15)) + minutes(20, value=0.0), Met.MET),
        (minutes(*range(14)) + minutes(14, value=0.0), Met.NOT_MET),
        (minutes(*range(1, 15)) + minutes(0, value=0.0), Met.NOT_MET),
        ((), Met.UNKNOWN),
        (minutes(*range(0, 15, 2)), Met.UNKNOWN),
        (minutes(*range(5, 15)), Met.UNKNOWN),
        (minutes(*range(5, 30)), Met.UNKNOWN),
        (minutes(5, value=0.0), Met.NOT_MET),
    ],
)
def test_health_must_have_held_and_no_data_is_not_health(series, met):
    assert health.judged(tuple(sorted(series)), NOW, QUARTER)[0] is met


def entry(size=3, at=NOW, version="v"):
    return ListedObject("key", version, size, '"e"', at)


@pytest.mark.parametrize(
    ("kind", "there", "here", "newer"),
    [
        (DriftKind.MISSING, entry(), None, True),
        (DriftKind.VERSION, entry(at=NOW), entry(at=NOW - QUARTER), True),
        (DriftKind.VERSION, entry(at=NOW - QUARTER), entry(at=NOW), False),
        (DriftKind.DELETED, entry(size=-1, at=NOW), entry(at=NOW - QUARTER), True),
        (DriftKind.DELETED, entry(size=-1, at=NOW - QUARTER), entry(at=NOW), False),
        (DriftKind.UNDELETED, entry(at=NOW - QUARTER), entry(size=-1, at=NOW), False),
        (DriftKind.EXTRA, None, entry(), False),
        (DriftKind.ARCHIVED, entry(), entry(at=NOW - QUARTER), False),
        (DriftKind.ARCHIVED, entry(version="w"), entry(at=NOW - QUARTER), True),
        (DriftKind.SOURCE_ARCHIVED, entry(), entry(at=NOW - QUARTER), False),
    ],
)
def test_what_is_newer_at_the_replica_would_be_lost(kind, there, here, newer):
    assert lost.is_newer(Drift("key", kind, "", source=there, replica=here)) is newer


@pytest.mark.parametrize(
    ("met", "code"),
    [
        ([Met.MET, Met.MET], 0),
        ([Met.MET, Met.UNKNOWN], 1),
        ([Met.UNKNOWN, Met.NOT_MET], 3),
    ],
)
def test_the_exit_code_says_whether_viewers_may_return(met, code):
    conditions = tuple(Condition("c", each, "") for each in met)
    assert Readiness(conditions, Notes()).exit_code == code


def test_what_cannot_be_looked_at_is_unknown_and_no_error():
    def refused(service, region):
        raise UserError("no credentials")

    account = Account("123456789012", refused, now=lambda: NOW)
    found = readiness.look(sites.site(), account, readiness.Closeness(), say=lambda line: None)
    assert {condition.met for condition in found.conditions} == {Met.UNKNOWN}
    assert len(found.conditions) == 8
    assert found.exit_code == 1


def way(site, **known):
    return "\n".join(steps(site, Account("123456789012", None), Readiness((), Notes(**known))))


def test_the_way_back_begins_with_an_evacuation():
    told = way(sites.site())
    assert "s3-failover evacuate shop" in told.partition("Copy what")[0]
    assert "s3-failover return shop" in told.partition("Copy what")[2]


def test_viewers_who_are_evacuated_are_not_evacuated_again():
    told = way(sites.site(), evacuation={"by": "me"})
    assert "evacuate shop" not in told
    assert told.index("Copy what") < told.index("ends the evacuation")


def test_the_way_back_in_hybrid_mode_says_that_no_check_keeps_the_distribution_from_the_primary():
    told = way(sites.site(mode="hybrid"))
    assert "no health check takes part" in told
    statement = json.loads(next(line for line in told.splitlines() if "StayAtReplica" in line))
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Resource"].startswith("arn:aws:s3:::shop-example-com-primary-")


def test_a_distribution_that_does_not_move_on_for_403_is_not_told_to_be_denied():
    assert "StayAtReplica" not in way(sites.site(mode="hybrid", more="failover_status_codes = [500, 502, 503, 504]"))


def test_two_way_replication_brings_back_what_one_way_must_copy():
    assert "Wait until replication has brought back" in way(sites.site(more=TWO_WAY))
    assert "replication goes one way" in way(sites.site())


def test_what_was_deleted_at_a_replica_cannot_be_copied_and_is_deleted_at_the_primary():
    told = way(sites.site())
    assert "aws s3 rm s3://shop-example-com-primary-123456789012-eu-west-1/KEY --region eu-west-1" in told
    assert "aws s3 rm" not in way(sites.site(more=LAMBDA)), "without versions nothing tells that it was there"


def test_the_function_that_copies_would_delete_what_only_a_replica_has():
    told = way(sites.site(more=LAMBDA))
    assert "deletes there what the primary lacks" in told
    assert "start-message-move-task" in told


def test_a_drill_is_undone_first():
    assert way(sites.site(), drill={"scenario": "s3"}).startswith("Undo the drill first")


NOTE = "/s3-failover/shop.example.com/evacuation"


class Aws:
    """SSM and S3 in the first replica's region, and STS; every other region refuses to answer."""

    def __init__(self):
        self.parameters, self.objects, self.refuses = {}, set(), ()

    def client(self, service, region):
        assert region == "eu-central-1", f"{service} of {region} was asked"
        return self

    def _refuse(self, call):
        if call in self.refuses:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "down"}}, call)

    def get_parameters(self, **asked):
        there = [name for name in asked["Names"] if name in self.parameters]
        return {"Parameters": [{"Name": name, "Value": self.parameters[name]} for name in there]}

    def put_parameter(self, **asked):
        if asked["Name"] in self.parameters and not asked["Overwrite"]:
            raise ClientError({"Error": {"Code": "ParameterAlreadyExists"}}, "PutParameter")
        self.parameters[asked["Name"]] = asked["Value"]

    def delete_parameter(self, **asked):
        del self.parameters[asked["Name"]]

    def get_caller_identity(self):
        return {"Arn": "arn:aws:iam::123456789012:user/me"}

    def head_object(self, **asked):
        if (asked["Bucket"], asked["Key"]) not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {}

    def put_object(self, **asked):
        self._refuse("PutObject")
        self.objects.add((asked["Bucket"], asked["Key"]))

    def delete_object(self, **asked):
        self._refuse("DeleteObject")
        self.objects.discard((asked["Bucket"], asked["Key"]))


class Secondary:
    def __init__(self, status):
        self.status = status

    def get(self, key):
        return LegAnswer(self.status, b"", {}, 0.1)


@pytest.fixture
def aws():
    return Aws()


@pytest.fixture
def account(aws):
    return Account("123456789012", aws.client, now=lambda: NOW)


@pytest.fixture
def site():
    return sites.site()


def evacuate(site, account):
    return switch.evacuate(site, account, switch.require_calm(site, account))


def test_an_evacuation_is_an_object_and_a_note_in_the_first_replicas_region_alone(aws, account, site):
    evacuate(site, account)
    assert aws.objects == {("shop-example-com-evacuation-123456789012-eu-central-1", "evacuated.txt")}
    written = json.loads(aws.parameters[NOTE])
    assert (written["by"], written["begin"]) == ("arn:aws:iam::123456789012:user/me", "2026-11-21T12:00:30+00:00")
    assert switch.is_on(site, account)
    switch.end(site, account, notes.read(site, account).evacuation)
    assert (aws.objects, aws.parameters) == (set(), {})


def test_an_evacuation_that_was_interrupted_is_finished_by_the_same_command(aws, account, site):
    aws.refuses = ("PutObject",)
    with pytest.raises(UserError, match=r"write s3://shop-example-com-evacuation"):
        evacuate(site, account)
    written = dict(aws.parameters)
    aws.refuses = ()
    evacuate(site, account)
    assert (len(aws.objects), aws.parameters) == (1, written)


def test_a_return_that_was_interrupted_keeps_the_note_until_the_object_is_gone(aws, account, site):
    note = evacuate(site, account)
    aws.refuses = ("DeleteObject",)
    with pytest.raises(UserError):
        switch.end(site, account, note)
    assert NOTE in aws.parameters
    aws.refuses = ()
    switch.end(site, account, note)
    assert (aws.objects, aws.parameters) == (set(), {})


def test_of_two_people_at_the_same_moment_one_evacuates(aws, account, site):
    first, second = switch.require_calm(site, account), switch.require_calm(site, account)
    switch.evacuate(site, account, first)
    with pytest.raises(UserError, match="another run wrote it first"):
        switch.evacuate(site, account, second)
    with pytest.raises(UserError, match=r"evacuated to the secondary since .* by .*user/me.*`s3-failover return shop`"):
        switch.require_calm(site, account)


def test_an_evacuation_whose_note_is_lost_is_still_one(aws, account, site):
    evacuate(site, account)
    aws.parameters.clear()
    with pytest.raises(UserError, match="viewers are evacuated to the secondary, expected"):
        switch.require_calm(site, account)
    switch.end(site, account, None)
    assert not switch.is_on(site, account)


def test_viewers_are_evacuated_if_the_object_exists_whatever_the_note_says(aws, account, site):
    aws.refuses = ("PutObject",)
    with pytest.raises(UserError):
        evacuate(site, account)
    assert NOTE in aws.parameters
    assert switch.noted(site, account).evacuation is None
    aws.refuses = ()
    note = evacuate(site, account)
    assert switch.noted(site, account).evacuation == note
    aws.parameters.clear()
    assert switch.noted(site, account).evacuation == {"begin": "an unknown time", "by": "an unknown user"}


@pytest.mark.parametrize(
    ("status", "empty", "reason"),
    [
        (503, False, "the secondary answers 503 for /_s3-failover/health.txt, expected 200"),
        (200, True, "eu-central-1 holds nothing but the health object, expected the content"),
    ],
)
def test_a_secondary_that_cannot_serve_is_an_obstacle(monkeypatch, account, site, status, empty, reason):
    monkeypatch.setattr(legs, "secondary", lambda site, account: Secondary(status))
    monkeypatch.setattr(switch.emptiness, "is_empty", lambda *_: empty)
    assert switch.obstacles(site, account) == [reason]


def test_a_secondary_that_serves_is_none(monkeypatch, account, site):
    monkeypatch.setattr(legs, "secondary", lambda site, account: Secondary(200))
    monkeypatch.setattr(switch.emptiness, "is_empty", lambda *_: False)
    assert switch.obstacles(site, account) == []


def test_viewers_are_not_evacuated_while_a_drill_is_written_down(aws, account, site):
    began = switch.require_calm(site, account)
    aws.parameters["/s3-failover/shop.example.com/drill"] = '{"fault": "deny-primary", "by": "another"}'
    for attempt in (lambda: switch.require_calm(site, account), lambda: switch.evacuate(site, account, began)):
        with pytest.raises(UserError, match=r"a drill.*by another.*finish it with `s3-failover drill --undo shop`"):
            attempt()
    assert (aws.objects, list(aws.parameters)) == (set(), ["/s3-failover/shop.example.com/drill"])


def test_viewers_follow_within_the_checks_time_the_ttl_and_ten_seconds(site):
    assert switch.seconds(site) == 30 + site.record_ttl + 10


def test_an_answer_that_was_lost_on_the_way_is_no_second_evacuation(aws, account, site):
    put = aws.put_parameter

    def lost(**asked):
        put(**asked)
        put(**asked)

    aws.put_parameter = lost
    evacuate(site, account)
    assert len(aws.objects) == 1


def test_a_return_that_comes_late_leaves_another_persons_note(aws, account, site):
    note = evacuate(site, account)
    aws.parameters[NOTE] = '{"by": "another"}'
    switch.end(site, account, note)
    assert aws.parameters == {NOTE: '{"by": "another"}'}


def test_notes_that_are_no_json_are_kept_as_they_are(aws):
    aws.parameters["/s3-failover/shop.example.com/last-drill"] = "by hand, on a Friday"
    found = notes.read(sites.site(), Account("1", aws.client))
    assert (found.evacuation, found.last_drill) == (None, {"text": "by hand, on a Friday"})


def test_a_drill_that_is_not_undone_is_named(monkeypatch):
    written = Notes(drill={"fault": "invert-check", "begun": "2026-11-21T12:00:00Z"})
    monkeypatch.setattr(readiness.notes, "read", lambda site, account: written)

    def away(*_):
        raise UserError("away")

    looks = readiness.look(
        sites.site(), Account("1", away, now=lambda: NOW), readiness.Closeness(), say=lambda line: None
    )
    (one,) = [condition for condition in looks.conditions if condition.title == "no drill is left undone"]
    assert (one.met, one.seen) == (Met.NOT_MET, "invert-check, begun 2026-11-21T12:00:00Z")


def test_buckets_that_do_not_answer_are_waited_for_once_and_not_one_after_the_other(monkeypatch):
    both = threading.Barrier(2, timeout=60)

    def silent(*_, **__):
        both.wait()
        time.sleep(0.2)
        raise UnavailableError("S3 does not answer")

    monkeypatch.setattr(readiness.verify, "verify", silent)
    monkeypatch.setattr(readiness.lost, "of", silent)
    account = Account("1", lambda *_: silent(), now=lambda: NOW)
    monkeypatch.setattr(readiness.notes, "read", lambda site, account: Notes())
    monkeypatch.setattr(readiness.checks, "look", lambda site, account: ())
    monkeypatch.setattr(readiness, "is_on", lambda site, account: False)
    for part in ("_replication", "_alarms", "_same"):
        monkeypatch.setattr(readiness._Look, part, lambda look: iter(()))
    looks = readiness.look(sites.site(), account, readiness.Closeness(), say=lambda line: None)
    unknown = [condition.seen for condition in looks.conditions if condition.title.startswith("the replicas hold")]
    assert unknown == ["S3 does not answer"] * 2
