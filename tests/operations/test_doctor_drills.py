"""What a doctor says of a site's drills."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fake_accounts import ACCOUNT, Parameters, account
from sites import site

from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import drills
from s3_failover.operations.doctor.finding import Severity
from s3_failover.operations.drill import history, remains
from s3_failover.operations.drill.history import LastDrill
from s3_failover.operations.drill.remains import Remains

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BY = "arn:aws:iam::123456789012:user/somebody"


@pytest.fixture
def ssm():
    return Parameters()


@pytest.fixture(autouse=True)
def left(monkeypatch):
    """What drills have left: nothing, unless a test says so."""
    found = SimpleNamespace(statements=())
    monkeypatch.setattr(remains, "look", lambda *_: Remains("bucket", found.statements))
    return found


@pytest.fixture
def deployment(ssm):
    return Deployment(site(), account(ssm=ssm))


def drilled(deployment, *, end="2026-05-01T00:05:00Z", held=True):
    history.write(deployment.site, deployment.account, LastDrill("deny-primary", "2026-05-01T00:00:00Z", end, held, BY))


def found(deployment):
    return [(each.id, each.what) for each in drills.look(deployment, NOW)]


def test_a_site_that_was_drilled_lately_and_did_what_it_must_is_well(deployment, ssm):
    drilled(deployment)
    assert found(deployment) == []
    assert json.loads(ssm.values["/s3-failover/shop.example.com/last-drill"]) == {
        "scenario": "deny-primary",
        "begin": "2026-05-01T00:00:00Z",
        "end": "2026-05-01T00:05:00Z",
        "held": True,
        "by": BY,
    }


def test_a_site_that_was_never_drilled_is_warned_of(deployment):
    (finding,) = drills.look(deployment, NOW)
    assert (finding.id, finding.severity) == ("DOCTOR-DRILL", Severity.WARNING)
    assert finding.remedy == "run `s3-failover drill deny-primary shop`"


def test_a_drill_of_long_ago_proves_nothing(deployment):
    drilled(deployment, end="2026-03-03T00:00:00Z")
    assert found(deployment) == []
    drilled(deployment, end="2026-03-02T00:00:00Z")
    assert found(deployment) == [("DOCTOR-DRILL", "was drilled 91 days ago (deny-primary), expected within 90")]


def test_a_drill_that_failed_is_warned_of(deployment):
    drilled(deployment, held=False)
    ((identifier, what),) = found(deployment)
    assert identifier == "DOCTOR-DRILL"
    assert "failed the drill deny-primary of 2026-05-01T00:05:00Z" in what


@pytest.mark.parametrize(
    "text", ["", "[]", '{"held": true}', '{"scenario": 1, "begin": 1, "end": 1, "held": 1, "by": 1}']
)
def test_a_note_that_cannot_be_understood_counts_as_none(deployment, ssm, text):
    ssm.values["/s3-failover/shop.example.com/last-drill"] = text
    assert [identifier for identifier, _ in found(deployment)] == ["DOCTOR-DRILL"]


def test_a_drill_that_is_not_undone_is_critical_and_says_how_to_finish(deployment, ssm):
    drilled(deployment)
    names = {"id": "1", "site": "shop", "hostname": "shop.example.com", "account": ACCOUNT, "fault": "deny-primary"}
    times = {"begun": "2026-05-31T23:00:00Z", "until": "2026-05-31T23:05:00Z"}
    undo = {"bucket": "bucket", "region": "eu-west-1", "statement": {"Sid": "S3FailoverDrill1"}}
    ssm.values["/s3-failover/shop.example.com/drill"] = json.dumps(
        {**names, **times, "by": BY, "undo": undo, "version": 1}
    )
    (finding,) = drills.look(deployment, NOW)
    assert (finding.id, finding.severity) == ("DOCTOR-DRILL-UNDO", Severity.CRITICAL)
    assert "begun 2026-05-31T23:00:00Z by arn:aws:iam::123456789012:user/somebody" in finding.what
    assert "s3-failover drill --undo shop" in finding.remedy


def test_a_damaged_record_and_what_lost_ones_left_are_critical_and_say_how_to_remove_it(deployment, ssm, left):
    drilled(deployment)
    left.statements = ("S3FailoverDrill1",)
    ssm.values["/s3-failover/shop.example.com/drill"] = "{}"
    findings = [*drills.look(deployment, NOW), *drills.left(deployment)]
    assert {(each.id, each.severity) for each in findings} == {("DOCTOR-DRILL-UNDO", Severity.CRITICAL)}
    assert ["damaged record" in findings[0].what, "the statement S3FailoverDrill1" in findings[1].what] == [True, True]
    assert {each.remedy for each in findings} == {"run `s3-failover drill --undo shop`"}
