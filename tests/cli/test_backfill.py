"""`s3-failover backfill` with jobs: what it says, and how it ends."""

import pytest
from batch_jobs import Control
from schemas import as_declared
from sites import site
from stores import Store
from typer.testing import CliRunner

from s3_failover.cli import backfill
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import batch
from s3_failover.operations.verify import COLUMNS

ROLE = ["--role-arn", "arn:aws:iam::123456789012:role/backfill"]


class Aws:
    """A site in an account whose S3 and jobs are in memory."""

    def __init__(self, monkeypatch, directory):
        self.store, self.directory, self.site = Store(), directory, site()
        self.control = Control(self.store)
        clients = {"s3": self.store, "s3control": self.control}
        self.account = Account("123456789012", lambda service, region: clients[service])
        monkeypatch.setattr(Where, "target", lambda *args, **more: Target(self.site, self.account))
        monkeypatch.setattr(batch, "POLL_SECONDS", 0)

    def table(self, *rows):
        path = self.directory / "drift.csv"
        lines = (f"eu-central-1,{key},{kind},no,,v1,,1000000000" for key, kind in rows)
        path.write_text("\n".join([",".join(COLUMNS), *lines, ""]))
        return ["--from", str(path)]

    def run(self, *options):
        return CliRunner().invoke(app, ["backfill", *options])


@pytest.fixture
def aws(monkeypatch, tmp_path):
    return Aws(monkeypatch, tmp_path)


def test_a_job_is_started_watched_and_summed_up(aws):
    done = aws.run(*aws.table(("a", "missing"), ("b", "failed")), *ROLE)
    assert done.exit_code == 0
    assert "started the job 00000000-0000-4000-8000-000000000000" in done.stderr
    assert "  Active: 1 of 2 objects, 0 failed" in done.stderr
    assert done.stdout.splitlines()[-1] == "2 objects replicated, 0 failed, 0 changed since they were compared"


def test_what_failed_is_said_and_the_scheduler_told(aws):
    aws.control._fails = {"a": "DstObjectHardDeleted"}.get
    done = aws.run(*aws.table(("a", "missing"), ("b", "missing")), *ROLE)
    assert done.exit_code == 3
    assert done.stdout.splitlines()[-2:] == [
        "1 object replicated, 1 failed, 0 changed since they were compared",
        "          1  DstObjectHardDeleted, as 'a'",
    ]


def test_what_a_job_does_not_fix_is_left_and_reported(aws):
    done = aws.run(*aws.table(("a", "missing"), ("b", "size"), ("c", "extra")), *ROLE)
    assert done.exit_code == 3
    assert "1  size: left alone, a job does not fix it, --direct does" in done.stdout
    assert "1  extra: left alone, nothing is deleted at a replica" in done.stdout


@pytest.mark.parametrize(
    ("more", "kind", "options", "reason"),
    [
        ("", "size", [], "a job does not fix it, --direct does"),
        ("replication = { two_way = true }", "size", [], "two-way, the replica's may be the newer content"),
        ("replication = { two_way = true }", "size", ["--direct"], "two-way, the replica's may be the newer content"),
        (
            'replication = { engine = "lambda" }',
            "archived",
            [],
            "the function finds the same content there: restore it",
        ),
    ],
)
def test_what_is_left_comes_with_its_own_reason(aws, more, kind, options, reason):
    aws.site = site(more=more)
    done = aws.run(*aws.table(("a", kind)), *options, *ROLE)
    assert f"1  {kind}: left alone, {reason}" in done.stdout


def test_a_dry_run_counts_prices_and_changes_nothing(aws):
    done = aws.run(*aws.table(*((f"{number}", "missing") for number in range(2000))), "--dry-run")
    assert done.exit_code == 0
    assert "would replicate 2,000 objects, 2,000,000,000,000 bytes" in done.stdout
    assert "for about US$ 37.52: job 0.25, requests 0.01, transfer 37.25" in done.stdout
    assert (aws.control.requests, aws.store.objects) == ([], {})


def test_a_dry_run_of_what_s3_would_find_says_what_it_costs_by_the_million(aws):
    done = aws.run("generated", "--dry-run")
    assert "US$ 0.250 for the job\n" in done.stdout
    assert "US$ 0.015 for a million objects in the bucket\n" in done.stdout
    assert aws.control.requests == []


def test_a_job_may_be_left_to_itself_and_looked_at_again(aws):
    left = aws.run("generated", "--no-wait", "--prefix", "media/", "--since", "2026-11-01", *ROLE)
    job = "00000000-0000-4000-8000-000000000000"
    assert (left.exit_code, left.stdout) == (0, f"the job {job} is at work: s3-failover backfill watch {job} shop\n")
    assert aws.run("watch", job).exit_code == 0
    assert len(aws.control.requests) == 1


def test_a_job_that_is_at_work_is_watched_instead_of_starting_another(aws):
    aws.run("generated", "--no-wait", *ROLE)
    again = aws.run(*aws.table(("a", "missing")), *ROLE)
    assert "is still at work and is watched instead" in again.stderr
    assert again.exit_code == 3
    assert len(aws.control.requests) == 1


def test_it_is_no_failure_when_s3_finds_nothing(aws, monkeypatch):
    aws.run("generated", "--no-wait", *ROLE)
    (job,) = aws.control.jobs.values()
    reason = "Manifest generation found no keys matching the filter criteria."
    job |= {
        "Status": "Failed",
        "FailureReasons": [{"FailureCode": "ManifestGenerationFailed", "FailureReason": reason}],
    }
    done = aws.run("watch", job["JobId"])
    assert (done.exit_code, "0 objects replicated" in done.stdout) == (0, True)
    assert "S3 found nothing that was never copied or failed" in done.stderr


def test_who_interrupts_is_told_how_to_look_again(aws, monkeypatch):
    def interrupt(**request):
        raise KeyboardInterrupt

    monkeypatch.setattr(aws.control, "describe_job", interrupt)
    done = aws.run("generated", *ROLE)
    assert done.exit_code == 130
    assert "the job goes on; watch it with: s3-failover backfill watch 0000" in done.stderr


def test_nothing_to_do_starts_nothing(aws):
    done = aws.run(*aws.table())
    assert (done.exit_code, aws.control.requests) == (0, [])


def test_json_has_what_is_declared(aws):
    document = as_declared("backfill", aws.run(*aws.table(("a", "missing")), *ROLE, "--json").stdout)
    assert (document["engine"], document["fixes"], document["succeeded"]) == ("batch", {"missing": 1}, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bucket", "shop.example.com"], "which holds content"),
        (["--from", "/nowhere.csv"], "/nowhere.csv: cannot be read: No such file or directory"),
        (["--from", "drift.csv", "--since", "7d"], "expected none of --since and --deep with it: give them to verify"),
        (["--since", "yesterday"], "--since is 'yesterday', expected a time like 36h"),
        (["--since", "999999d"], "--since is '999999d', expected at most 36500d"),
        (["--settle", "999999d"], "--settle is '999999d', expected at most 36500d"),
        (["--prefix", "\udcff"], "expected UTF-8, as all keys are"),
        (["--region", "us-east-1"], "expected a replica region of sites.shop: eu-central-1"),
    ],
)
def test_options_that_make_no_sense_are_refused(aws, options, message):
    assert message in str(aws.run(*options).exception)


@pytest.mark.parametrize("options", [["--larger", "5"], ["generated", "--deep"], ["generated", "--direct"], ["watch"]])
def test_a_command_takes_its_own_options_alone(aws, options):
    assert aws.run(*options).exit_code == 2
    assert aws.control.requests == []


@pytest.mark.parametrize("command", [["generated"], ["watch", "1"]])
@pytest.mark.parametrize(
    ("of", "local", "message"),
    [
        (site(), ["--local"], "which the embedded AWS does not have: run `backfill` without it"),
        (site(more='replication = { engine = "lambda" }'), [], "which needs versions"),
    ],
)
def test_what_takes_jobs_is_refused_where_there_are_none(aws, command, of, local, message):
    aws.site = of
    assert str(aws.run(*command, *local).exception).startswith(f"`backfill {command[0]}` needs S3 Batch Replication, ")
    assert message in str(aws.run(*command, *local).exception)


@pytest.mark.parametrize(
    ("arguments", "spelled"),
    [
        ([], ["run"]),
        (["shop", "--dry-run"], ["run", "shop", "--dry-run"]),
        (["run", "watch"], ["run", "watch"]),
        (["--help"], ["--help"]),
        (["shop", "--help"], ["run", "shop", "--help"]),
        (["generated", "shop"], ["generated", "shop"]),
        (["shop", "--generated", "--dry-run"], ["generated", "shop", "--dry-run"]),
        (["shop", "--job", "7", "--json"], ["watch", "7", "shop", "--json"]),
        (["--job=7", "shop"], ["watch", "7", "shop"]),
        (["shop", "--job"], ["run", "shop", "--job"]),
    ],
)
def test_the_command_may_be_left_out_and_the_options_of_old_name_it(arguments, spelled):
    assert backfill._spelled_out(arguments, {"run", "generated", "watch", "-h", "--help"}) == spelled


def test_the_old_spelling_starts_and_watches_a_job(aws):
    left = aws.run("--generated", "--no-wait", *ROLE)
    job = "00000000-0000-4000-8000-000000000000"
    assert (left.exit_code, job in left.stdout) == (0, True)
    assert aws.run("--job", job).exit_code == 0
