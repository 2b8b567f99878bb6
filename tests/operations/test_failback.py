"""When viewers may return, the way there, and the hold that keeps them where they are."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sites
from botocore.exceptions import ClientError

from s3_failover.errors import UserError
from s3_failover.operations import health_checks, legs, notes
from s3_failover.operations.account import Account
from s3_failover.operations.failback import health, hold, lost, readiness
from s3_failover.operations.failback.condition import Condition, Met
from s3_failover.operations.failback.readiness import Readiness
from s3_failover.operations.failback.steps import steps
from s3_failover.operations.legs import LegAnswer
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.notes import Notes
from s3_failover.operations.parity import Drift, DriftKind
from s3_failover.operations.refusals import UnavailableError
from s3_failover.operations.status import checks
from s3_failover.operations.status.checks import Check

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
CALCULATED = {"Type": "CALCULATED", "HealthThreshold": 2, "ChildHealthChecks": ["p", "d"]}
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
    assert Readiness(conditions, Notes(), ()).exit_code == code


def test_what_cannot_be_looked_at_is_unknown_and_no_error():
    def refused(service, region):
        raise UserError("no credentials")

    account = Account("123456789012", refused, now=lambda: NOW)
    found = readiness.look(sites.site(), account, readiness.Closeness(), say=lambda line: None)
    assert {condition.met for condition in found.conditions} == {Met.UNKNOWN}
    assert len(found.conditions) == 8
    assert found.exit_code == 1


def way(site, **known):
    return "\n".join(steps(site, Account("123456789012", None), Readiness((), Notes(**known), ())))


def test_the_way_back_in_dns_mode_begins_with_a_hold_that_is_no_inversion():
    told = way(sites.site())
    assert "failback shop --hold" in told.partition("Copy what")[0]
    assert "--health-threshold 3" in told
    assert "--inverted" not in told


def test_a_hold_that_is_there_is_only_released():
    told = way(sites.site(), hold={"check": "f"})
    assert "--hold" not in told
    assert told.index("Copy what") < told.index("--release")


def test_the_way_back_in_hybrid_mode_says_that_no_check_holds_the_distribution():
    told = way(sites.site(mode="hybrid"))
    assert "no health check takes part" in told
    statement = json.loads(next(line for line in told.splitlines() if "HoldAtReplica" in line))
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Resource"].startswith("arn:aws:s3:::shop-example-com-primary-")


def test_a_distribution_that_does_not_move_on_for_403_is_not_told_to_be_denied():
    assert "HoldAtReplica" not in way(sites.site(mode="hybrid", more="failover_status_codes = [500, 502, 503, 504]"))


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


class Aws:
    """SSM and Route 53, of one health check."""

    def __init__(self, config, *, broken=False):
        self.identifier, self.config, self.version = "f", dict(config), 7
        self.parameters, self.broken = {}, broken

    def client(self, service, region):
        return self

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

    def get_health_check(self, **asked):
        if asked["HealthCheckId"] != self.identifier:
            raise ClientError({"Error": {"Code": "NoSuchHealthCheck"}}, "GetHealthCheck")
        return {"HealthCheck": {"HealthCheckConfig": dict(self.config), "HealthCheckVersion": self.version}}

    def update_health_check(self, **asked):
        if self.broken:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "down"}}, "UpdateHealthCheck")
        assert (asked.pop("HealthCheckId"), asked.pop("HealthCheckVersion")) == ("f", self.version)
        self.config |= asked
        self.version += 1


class Secondary:
    def __init__(self, status):
        self.status = status

    def get(self, key):
        return LegAnswer(self.status, b"", {}, 0.1)


@pytest.fixture
def prepared(monkeypatch):
    """Returns the account of an AWS with one check that decides, whose state is known."""

    def prepare(aws, *, secondary=200):
        def look(site, account):
            forced = checks.forced(aws.config)
            role = health_checks.deciding(site)
            return (Check(role, "f", True, False, forced=forced, config=dict(aws.config), version=aws.version),)

        monkeypatch.setattr(checks, "look", look)
        monkeypatch.setattr(legs, "secondary", lambda site, account: Secondary(secondary))
        return Account("123456789012", aws.client, now=lambda: NOW)

    return prepare


@pytest.mark.parametrize(
    ("mode", "config", "held"),
    [
        ("dns", CALCULATED, {"HealthThreshold": 3}),
        ("hybrid", {"Type": "HTTPS", "Disabled": False, "Inverted": False}, {"Disabled": True, "Inverted": True}),
    ],
)
def test_a_hold_is_one_change_that_is_unhealthy_always_and_released_as_it_was(prepared, mode, config, held):
    aws, site = Aws(config), sites.site(mode=mode)
    account = prepared(aws)
    hold.hold(site, account, hold.holding(site, account))
    assert aws.config == config | held
    written = json.loads(aws.parameters["/s3-failover/shop.example.com/hold"])
    assert written["previous"] == {name: config[name] for name in held}
    assert (written["by"], written["begin"]) == ("arn:aws:iam::123456789012:user/me", "2026-11-21T12:00:30+00:00")
    hold.release(site, account, hold.releasing(site, account))
    assert (aws.config, aws.parameters) == (config, {})


def test_what_was_is_written_down_before_anything_changes_and_undone_from_there(prepared):
    aws, site = Aws(CALCULATED, broken=True), sites.site()
    account = prepared(aws)
    with pytest.raises(UserError, match="run --release before you try again"):
        hold.hold(site, account, hold.holding(site, account))
    assert aws.config == CALCULATED
    change = hold.releasing(site, account)
    hold.release(site, account, change)
    assert (change.version, aws.parameters) == (0, {})


def test_two_people_cannot_both_hold(prepared):
    aws, site = Aws(CALCULATED), sites.site()
    account = prepared(aws)
    first, second = hold.holding(site, account), hold.holding(site, account)
    hold.hold(site, account, first)
    with pytest.raises(UserError, match="another run wrote it first"):
        hold.hold(site, account, second)
    with pytest.raises(UserError, match="held at the secondary since"):
        hold.holding(site, account)


def test_viewers_are_not_held_at_a_secondary_that_does_not_serve(prepared):
    with pytest.raises(UserError, match="the secondary answers 503"):
        hold.holding(sites.site(), prepared(Aws(CALCULATED), secondary=503))


def test_a_check_that_somebody_set_by_hand_is_left_alone(prepared):
    with pytest.raises(UserError, match="is set by hand \\(inverted\\)"):
        hold.holding(sites.site(), prepared(Aws(CALCULATED | {"Inverted": True})))


def test_a_check_that_somebody_changed_since_is_not_put_back(prepared):
    aws, site = Aws(CALCULATED), sites.site()
    account = prepared(aws)
    hold.hold(site, account, hold.holding(site, account))
    aws.config["HealthThreshold"] = 1
    with pytest.raises(UserError, match=r"it was changed since; put it as it was .*--health-threshold 2"):
        hold.releasing(site, account)


def test_a_hold_that_a_deploy_has_ended_is_forgotten(prepared):
    aws, site = Aws(CALCULATED), sites.site()
    account = prepared(aws)
    hold.hold(site, account, hold.holding(site, account))
    aws.identifier = "another"
    hold.release(site, account, hold.releasing(site, account))
    assert aws.parameters == {}


def test_nothing_is_released_where_nobody_holds(prepared):
    with pytest.raises(UserError, match=r"viewers of shop\.example\.com are not held"):
        hold.releasing(sites.site(), prepared(Aws(CALCULATED)))


def test_a_hold_needs_route_53s_control_plane_and_says_so(monkeypatch, prepared):
    account = prepared(Aws(CALCULATED))
    monkeypatch.setattr(checks, "look", lambda site, account: (Check("failover", "f", True, error="down"),))
    with pytest.raises(UserError, match="control plane in us-east-1 must answer"):
        hold.holding(sites.site(), account)


def test_only_the_holds_own_setting_is_excused():
    held = {"check": "f", "settings": {"HealthThreshold": 3}, "previous": {"HealthThreshold": 2}}
    assert hold.is_as_held(Check("failover", "f", config=CALCULATED | {"HealthThreshold": 3}), held)
    assert not hold.is_as_held(Check("failover", "f", config=CALCULATED | {"HealthThreshold": 4}), held)
    inverted = CALCULATED | {"HealthThreshold": 3, "Inverted": True}
    assert not hold.is_as_held(Check("failover", "f", config=inverted), held)
    assert not hold.is_as_held(Check("primary", "p", config={"HealthThreshold": 3}), held)
    assert not hold.is_as_held(Check("failover", "f", config=CALCULATED), None)


def test_notes_that_are_no_json_are_kept_as_they_are():
    aws = Aws({})
    aws.parameters["/s3-failover/shop.example.com/last-drill"] = "by hand, on a Friday"
    found = notes.read(sites.site(), Account("1", aws.client))
    assert (found.hold, found.last_drill) == (None, {"text": "by hand, on a Friday"})


def test_an_answer_that_was_lost_on_the_way_is_no_second_hold(prepared):
    aws, site = Aws(CALCULATED), sites.site()
    account = prepared(aws)
    put = aws.put_parameter

    def lost(**asked):
        put(**asked)
        put(**asked)

    aws.put_parameter = lost
    hold.hold(site, account, hold.holding(site, account))
    assert aws.config["HealthThreshold"] == 3


def test_a_release_that_comes_late_forgets_nobody_elses_hold(prepared):
    aws, site = Aws(CALCULATED), sites.site()
    account = prepared(aws)
    aws.broken = True
    with pytest.raises(UserError):
        hold.hold(site, account, hold.holding(site, account))
    late = hold.releasing(site, account)
    hold.release(site, account, hold.releasing(site, account))
    aws.parameters["/s3-failover/shop.example.com/hold"] = '{"by": "another"}'
    hold.release(site, account, late)
    assert aws.parameters == {"/s3-failover/shop.example.com/hold": '{"by": "another"}'}


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
    for part in ("_replication", "_alarms", "_same"):
        monkeypatch.setattr(readiness._Look, part, lambda look: iter(()))
    looks = readiness.look(sites.site(), account, readiness.Closeness(), say=lambda line: None)
    unknown = [condition.seen for condition in looks.conditions if condition.title.startswith("the replicas hold")]
    assert unknown == ["S3 does not answer"] * 2
