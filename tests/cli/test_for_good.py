"""What `s3-failover evacuate --for-good` asks, refuses, writes and prints."""

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import for_good
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.leaving.fill import Filled
from s3_failover.operations.leaving.plan import LeaveStep, Mark
from s3_failover.operations.leaving.regions import Move
from s3_failover.operations.notes import Notes

TEXT = """# mine
[sites.shop]
hostname = "shop.example.com"
primary_region = "eu-west-1"  # first
replica_regions = ["eu-central-1"]
hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode = "dns"
"""


class World:
    """What is lost, and how the steps stand."""

    def __init__(self, path):
        self.path, self.lost, self.mark, self.drill, self.left, self.made = path, {"eu-west-1"}, Mark.TODO, None, 0, []
        self.replicated, self.complete = 0, False

    def leaving(self, site, account, deployer, write, say, *, stay=False):
        self.made.append((site, stay))
        self.write, self.filled = write, Filled(2, 30, 0, self.left, "old.html" if self.left else "")
        return self

    def plan(self):
        # What the file has is deployed, unless a test is about a run that was interrupted.
        if self.write is None and self.complete:
            return (LeaveStep("edge", "deploy", Mark.DONE),), ""
        return (LeaveStep("edge", "deploy", self.mark),), "us-east-1 is lost" if self.mark is Mark.OWED else ""

    def run(self, steps):
        if self.write:
            self.write()
        self.mark = Mark.DONE


@pytest.fixture
def world(monkeypatch, tmp_path):
    path = tmp_path / "failover.toml"
    path.write_text(TEXT)
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    found = World(path)
    monkeypatch.setattr(Where, "target", lambda self, **_: Target(self.chosen(), Account("123456789012", None)))
    monkeypatch.setattr(for_good.notes, "read", lambda *_: Notes(drill=found.drill))
    monkeypatch.setattr(for_good.regions, "lost", lambda *_: frozenset(found.lost))
    monkeypatch.setattr(
        for_good.regions,
        "choose",
        lambda *_, left, unfit: Move(left, "eu-north-1" if "eu-north-1" not in unfit else "eu-south-1", "near"),
    )
    monkeypatch.setattr(for_good, "deployer", lambda *_: None)
    monkeypatch.setattr(for_good, "Leaving", found.leaving)
    return found


def run(*arguments):
    return CliRunner().invoke(app, ["evacuate", "--for-good", *arguments])


def refused(*arguments):
    error = run(*arguments).exception
    assert isinstance(error, UserError)
    return error


def test_the_plan_is_shown_and_the_file_is_changed_and_kept(world):
    result = run("--yes")
    assert result.exit_code == 0
    assert (
        "the primary of shop.example.com moves from eu-west-1 to eu-north-1 (near)\n  to do  edge: deploy\n"
        in result.stderr
    )
    assert result.stdout.startswith("copied 2 objects, 30 bytes\nleft: watch")
    assert world.path.read_text() == TEXT.replace("eu-west-1", "eu-north-1")
    assert world.path.with_name("failover.toml.eu-west-1").read_text() == TEXT
    ((site, stay),) = world.made
    assert (site.primary_region, stay) == ("eu-north-1", False)


def test_a_dry_run_changes_nothing(world):
    result = run("--dry-run", "--json")
    told = as_declared("evacuate", result.stdout)
    assert told["moves"] == [{"left": "eu-west-1", "to": "eu-north-1", "why": "near"}]
    assert told["dry_run"] is True
    assert (result.exit_code, world.path.read_text()) == (0, TEXT)
    assert "nothing was changed" in run("--dry-run").stdout


def test_without_a_terminal_it_must_be_told_yes(world):
    assert refused().exit_code == 2
    assert world.path.read_text() == TEXT


def test_a_region_can_be_named_and_is_checked_as_the_file_is(world):
    assert run("--yes", "--region", "us-west-2").exit_code == 0
    assert 'primary_region = "us-west-2"' in world.path.read_text()
    world.path.write_text(TEXT)
    assert "the file would be refused" in str(refused("--yes", "--region", "eu-central-1"))
    assert "the file would be refused" in str(refused("--yes", "--region", "mars-1"))


def test_a_run_that_was_interrupted_goes_on_with_the_file_as_it_is(world):
    world.lost = set()
    result = run("--yes", "--json", "--region", "eu-west-1")
    assert (result.exit_code, as_declared("evacuate", result.stdout)["moves"]) == (0, [])
    assert world.path.read_text() == TEXT


def test_a_region_that_answers_is_left_with_force_alone_and_not_while_a_run_was_interrupted(world):
    world.lost, world.complete = set(), True
    assert "there is nothing to leave; --force leaves eu-west-1 all the same" in str(refused("--yes"))
    world.complete = False
    assert (run("--yes", "--force").exit_code, world.path.read_text()) == (0, TEXT)
    world.complete, world.mark = True, Mark.TODO
    assert run("--yes", "--force").exit_code == 0
    assert "eu-north-1" in world.path.read_text()


def test_owed_steps_have_an_exit_code_of_their_own(world):
    world.mark = Mark.OWED
    result = run("--yes")
    assert (result.exit_code, world.path.read_text()) == (4, TEXT)
    assert "owed: edge; run it again later" in result.stdout
    assert "us-east-1 is lost" in result.stderr


def test_what_cannot_be_copied_is_told(world):
    world.left = 1
    result = run("--yes")
    assert (result.exit_code, "not copied: 1 object that S3 cannot copy, as old.html" in result.stdout) == (3, True)


def test_several_regions_can_be_left_at_once_and_some_copy_must_answer(world):
    three = TEXT.replace('["eu-central-1"]', '["eu-central-1", "us-west-2"]')
    world.path.write_text(three)
    world.lost = {"eu-west-1", "eu-central-1"}
    assert "--region names one region" in str(refused("--yes", "--region", "eu-west-3"))
    assert run("--yes").exit_code == 0
    ((site, _),) = world.made
    assert (site.primary_region, site.replica_regions) == ("eu-north-1", ("eu-south-1", "us-west-2"))
    assert site.secondary.type == "https"
    world.path.write_text(three)
    world.lost.add("us-west-2")
    assert "there is nothing to copy from" in str(refused("--yes"))


def test_a_drill_is_finished_first_if_what_is_written_down_can_be_read(world):
    world.drill = {"fault": "s3-403"}
    assert "`s3-failover drill --undo shop`" in str(refused("--yes"))
    world.lost = {"eu-central-1"}
    assert run("--yes").exit_code == 0


@pytest.mark.parametrize("option", [["--region", "us-west-2"], ["--stay"]])
def test_options_of_for_good_need_it(world, option):
    error = CliRunner().invoke(app, ["evacuate", "--yes", *option]).exception
    assert (isinstance(error, UserError), error.exit_code) == (True, 2)


def test_an_app_changes_its_own_code(world):
    document = world.path.with_name("sites.json")
    document.write_text(
        '{"sites": {"shop": {"hostname": "shop.example.com", "primary_region": "eu-west-1", "mode": "dns", '
        '"replica_regions": ["eu-central-1"], "hosted_zone": {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"}}}}'
    )
    error = refused("--yes", "--config", str(document))
    assert (error.exit_code, 'write "eu-north-1" in place of "eu-west-1" there' in str(error)) == (3, True)
