"""What `s3-failover failback` and `status` ask, refuse and print."""

import pytest
import sites
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import failback, status
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.failback.condition import Condition, FailbackResult, Met
from s3_failover.operations.failback.hold import RecordChange
from s3_failover.operations.failback.readiness import Readiness
from s3_failover.operations.notes import Notes
from s3_failover.operations.status import overview

CHANGE = RecordChange("f", {"HealthThreshold": 2}, {"HealthThreshold": 3}, 7, healthy=True)


@pytest.fixture(autouse=True)
def done(monkeypatch):
    """Everything that was done to health checks."""
    made = []
    account = Account("123456789012", None)
    monkeypatch.setattr(Where, "target", lambda *_, **__: Target(sites.site(), account))
    for way in ("hold", "release"):
        monkeypatch.setattr(failback.hold, way, lambda *_, way=way: made.append(way))
    monkeypatch.setattr(failback.hold, "holding", lambda *_: CHANGE)
    monkeypatch.setattr(failback.hold, "releasing", lambda *_: CHANGE)
    return made


def run(*arguments):
    return CliRunner().invoke(app, ["failback", *arguments])


@pytest.mark.parametrize("way", ["hold", "release"])
def test_a_hold_is_made_and_ended_by_who_says_yes(done, way):
    result = run(f"--{way}", "--yes")
    assert (result.exit_code, done) == (0, [way])
    assert "aws route53 update-health-check --health-check-id f --health-threshold 3" in result.stderr


def test_who_holds_while_the_primary_serves_is_told_that_viewers_move():
    assert "this MOVES them to the secondary" in run("--hold", "--dry-run").stderr


def test_nobody_is_asked_where_nobody_can_answer(done):
    result = run("--hold")
    assert isinstance(result.exception, UserError)
    assert "add --yes" in str(result.exception)
    assert result.exception.exit_code == 2
    assert done == []


def test_a_dry_run_changes_nothing(done):
    result = run("--hold", "--dry-run", "--json")
    assert (result.exit_code, done) == (0, [])
    assert as_declared("failback", result.stdout)["changed"] == {
        "check": "f",
        "before": {"HealthThreshold": 2},
        "after": {"HealthThreshold": 3},
        "done": False,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["--hold", "--release"],
        ["--yes"],
        ["--dry-run"],
        ["--held", "5x"],
        ["--held", "4m"],
        ["--held", "2d"],
        ["--since", "soon"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments):
    error = run(*arguments).exception
    assert isinstance(error, UserError)
    assert error.exit_code == (1 if arguments[0] in ("--held", "--since") else 2)


def test_conditions_and_steps_are_printed(monkeypatch):
    conditions = (Condition("it is so", Met.NOT_MET, "it is not", "wait", ("a.txt (3 bytes)",)),)
    monkeypatch.setattr(failback.readiness, "look", lambda *_, **__: Readiness(conditions, Notes(), ()))
    result = run()
    assert result.exit_code == 3
    assert result.stdout.startswith("NOT MET  it is so: it is not\n           a.txt (3 bytes)\n         do: wait\n")
    assert "NOT READY (1 not met)" in result.stdout
    told = as_declared("failback", run("--json").stdout)
    assert (told["ready"], told["conditions"][0]["met"], told["hold"]) == (False, "not met", None)


def test_status_shows_every_site_and_exits_with_the_worst(monkeypatch):
    def refused(service, region):
        raise UserError("no credentials")

    both = [Target(sites.site().model_copy(update={"name": name}), Account("1", refused)) for name in ("one", "two")]
    monkeypatch.setattr(Where, "targets", lambda *_, **__: both)
    monkeypatch.setattr(overview.resolvers, "look", lambda *_: ())
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines() if "shop.example.com" in line] == ["one", "two"]


def test_status_leaves_no_site_out(monkeypatch):
    def broken(site, *_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Where, "targets", lambda *_, **__: [Target(sites.site(), Account("1", None))])
    monkeypatch.setattr(overview, "look", broken)
    result = CliRunner().invoke(app, ["status"])
    assert isinstance(result.exception, UserError)


def test_status_is_either_watched_or_json():
    assert isinstance(CliRunner().invoke(app, ["status", "--watch", "--json"]).exception, UserError)


@pytest.mark.parametrize("seconds", ["0.5", "3601", "inf", "nan", "-1"])
def test_status_waits_between_looks_for_a_second_to_an_hour(seconds):
    assert CliRunner().invoke(app, ["status", "--watch", "--every", seconds]).exit_code == 2


def test_what_is_other_each_time_is_no_change():
    for line in (
        "viewers get 200 from the primary bucket in 0.05 s for the health object",
        "Google  primary   d1.cloudfront.net  TTL 41 s",
        "Google leads to secondary for 41 s more",
    ):
        assert "41" not in status._OTHER_EACH_TIME.sub("", line)
        assert "0.05" not in status._OTHER_EACH_TIME.sub("", line)


def test_a_key_cannot_write_a_line_of_the_report(monkeypatch):
    odd = "fb/new\nmet      everything is fine"
    lost = Condition("nothing would be lost", Met.NOT_MET, "1 object", objects=(f"{odd} (5 bytes, only there)",))
    result = FailbackResult(site="shop", ready=False, conditions=(lost,), steps=(), hold=None)
    lines = list(failback._lines("shop.example.com", result, 3))
    assert not any(line.startswith("met") for line in "\n".join(lines).splitlines())
    assert "fb/new\\nmet      everything is fine" in "".join(lines)
