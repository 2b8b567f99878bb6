"""What `s3-failover evacuate`, `return` and `status` ask, refuse and print."""

from datetime import UTC, datetime

import pytest
import sites
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import return_, status
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import switch
from s3_failover.operations.evacuation.condition import Condition, Met, ReturnResult
from s3_failover.operations.evacuation.readiness import Readiness
from s3_failover.operations.notes import Notes
from s3_failover.operations.status import overview

NOTE = {"id": "1", "begin": "2026-11-21T12:00:30+00:00", "by": "me"}
PLACE = "s3://shop-example-com-evacuation-123456789012-eu-central-1/evacuated.txt"


class World:
    """What is so, and what was done about it."""

    def __init__(self):
        self.done, self.obstacles, self.met, self.on = [], [], Met.MET, True
        self.muted, self.name, self.silent = [], "rule", False

    def evacuate(self, *_):
        self.done.append("evacuate")
        return NOTE

    def begin(self, seconds):
        if self.silent:
            raise UserError("us-east-1 does not answer")
        self.muted.append(seconds)
        return datetime(2026, 11, 22, 12, tzinfo=UTC)

    def end(self, *gone):
        if gone:
            self.done.append("end")
        elif self.silent:
            raise UserError("us-east-1 does not answer")
        else:
            self.muted.append("ended")

    def look(self, *_, **__):
        condition = Condition("it is so", self.met, "it is not", "wait", ("a.txt (3 bytes)",))
        return Readiness((condition,), Notes(evacuation=NOTE if self.on else None), self.on)


@pytest.fixture(autouse=True)
def world(monkeypatch):
    found = World()
    monkeypatch.setattr(Where, "target", lambda *_, **__: Target(sites.site(), Account("123456789012", None)))
    monkeypatch.setattr(switch, "require_calm", lambda *_: None)
    monkeypatch.setattr(switch, "obstacles", lambda *_: found.obstacles)
    monkeypatch.setattr(switch, "evacuate", found.evacuate)
    monkeypatch.setattr(switch, "end", found.end)
    monkeypatch.setattr(return_.readiness, "look", found.look)
    monkeypatch.setattr(switch, "mute_of", lambda *_: found)
    return found


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_viewers_are_evacuated_with_yes(world):
    result = run("evacuate", "--yes")
    assert (result.exit_code, world.done) == (0, ["evacuate"])
    assert f"write {PLACE}\nviewers of shop.example.com move to the secondary within 100 s" in result.stderr
    assert "`s3-failover return shop` ends it" in result.stdout


def test_the_alarm_that_an_evacuation_sets_off_is_muted_until_the_return(world):
    result = run("evacuate", "--yes", "--json")
    assert as_declared("evacuate", result.stdout)["muted_until"] == "2026-11-22T12:00:00Z"
    assert (
        "the alarm failover-unhealthy is muted until `return`, and 2026-11-22 12:00 UTC at the latest" in result.stderr
    )
    assert run("return", "--yes").exit_code == 0
    assert world.muted == [86400, "ended"]


def test_an_evacuation_and_a_return_succeed_where_nothing_can_be_muted(world):
    world.silent = True
    result = run("evacuate", "--yes", "--json")
    assert (result.exit_code, as_declared("evacuate", result.stdout)["muted_until"]) == (0, None)
    assert "not muted, the alarm failover-unhealthy will notify: us-east-1 does not answer" in result.stderr
    result = run("return", "--yes")
    assert (result.exit_code, world.done) == (0, ["evacuate", "end"])
    assert "may be muted until the mute rule rule ends by itself" in result.stderr


@pytest.mark.parametrize("command", ["evacuate", "return"])
def test_without_a_terminal_nothing_is_changed_unless_told_so(world, command):
    result = run(command)
    assert isinstance(result.exception, UserError)
    assert "add --yes" in str(result.exception)
    assert (result.exception.exit_code, world.done) == (2, [])


def test_a_dry_run_changes_nothing(world):
    result = run("evacuate", "--dry-run", "--json")
    assert (result.exit_code, world.done) == (0, [])
    told = as_declared("evacuate", result.stdout)
    assert (told["object"], told["seconds"], told["evacuation"]) == (PLACE, 100, None)
    assert (run("return", "--dry-run").exit_code, world.done) == (0, [])


def test_a_secondary_that_cannot_serve_is_refused_without_force(world):
    world.obstacles = ["the secondary answers 503"]
    error = run("evacuate", "--yes").exception
    assert (str(error), error.exit_code) == (
        "the secondary answers 503: viewers would not be served; fix it, or add --force",
        3,
    )
    assert world.done == []
    result = run("evacuate", "--yes", "--force", "--json")
    assert (result.exit_code, world.done) == (0, ["evacuate"])
    assert as_declared("evacuate", result.stdout)["evacuation"] == NOTE


@pytest.mark.parametrize(
    ("met", "arguments", "code", "done"),
    [
        (Met.MET, ["--yes"], 0, ["end"]),
        (Met.NOT_MET, ["--yes"], 3, []),
        (Met.UNKNOWN, ["--yes"], 1, []),
        (Met.NOT_MET, ["--yes", "--force"], 0, ["end"]),
        (Met.NOT_MET, ["--dry-run", "--force"], 3, []),
    ],
)
def test_viewers_return_when_every_condition_is_met_or_with_force(world, met, arguments, code, done):
    world.met = met
    result = run("return", *arguments)
    assert (result.exit_code, world.done) == (code, done)
    assert ("viewers stay evacuated" in result.stdout) == (done == [] and "--dry-run" not in arguments)


def test_viewers_who_are_not_evacuated_return_by_themselves(world):
    world.on = False
    result = run("return", "--json")
    assert (result.exit_code, world.done) == (0, [])
    told = as_declared("return", result.stdout)
    assert (told["evacuation"], told["returned"], told["ready"]) == (None, False, True)


@pytest.mark.parametrize(
    "arguments", [["--healthy", "5x"], ["--healthy", "4m"], ["--healthy", "2d"], ["--since", "soon"]]
)
def test_what_makes_no_sense_is_refused(arguments):
    assert isinstance(run("return", *arguments).exception, UserError)


def test_conditions_and_steps_are_printed(world):
    world.met = Met.NOT_MET
    result = run("return")
    assert result.exit_code == 3
    assert result.stdout.startswith("NOT MET  it is so: it is not\n           a.txt (3 bytes)\n         do: wait\n")
    assert "NOT READY (1 not met)" in result.stdout
    told = as_declared("return", run("return", "--json").stdout)
    assert (told["ready"], told["conditions"][0]["met"], told["evacuation"]) == (False, "not met", NOTE)


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
    result = ReturnResult(site="shop", ready=False, conditions=(lost,), steps=(), evacuation=None, returned=False)
    lines = list(return_._lines("shop.example.com", result, 3))
    assert not any(line.startswith("met") for line in "\n".join(lines).splitlines())
    assert "fb/new\\nmet      everything is fine" in "".join(lines)
