"""Drills in an account: what is broken is undone, however the drill ends."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from accounts import account_of, resolver_of
from drills import deployed, missed

from s3_failover.drill.report import DrillReport
from s3_failover.drill.states import DISTRIBUTION
from s3_failover.errors import UserError
from s3_failover.operations.drill import faults, history, names
from s3_failover.operations.drill.drill import Drill, DrillOptions
from s3_failover.operations.drill.finish import undo_written
from s3_failover.operations.drill.journal import Journal, JournalEntry
from s3_failover.operations.drill.names import Viewpoint

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def account(aws):
    return account_of(aws.emulator)


@pytest.fixture
def drill(account, aws, tmp_path):
    """Makes a short drill of a site, without asking how the alarms and checks of the other tests are."""

    def made(site, fault="deny-primary", **options):
        until_dns_answers(site, account, resolver_of(aws.emulator))
        chosen = DrillOptions(**({"seconds": 3, "calm": 0.5, "even_if_unhealthy": True} | options))
        resolver = resolver_of(aws.emulator)
        return Drill(
            site.site,
            account,
            faults.named(fault),
            chosen,
            folder=tmp_path,
            resolver=resolver,
            say=lambda line: None,
        )

    return made


def until_dns_answers(site, account, resolver):
    """Wait until the name servers have read what was deployed."""
    server = names.servers(site.site, resolver).first
    viewpoint = Viewpoint(server, site.site, account, names.targets(site.site, account))
    deadline = time.monotonic() + 30
    while viewpoint.look().leads is not DISTRIBUTION:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture
def journal(hybrid, account, tmp_path):
    return Journal(hybrid.site, account, tmp_path)


def policy(site):
    return json.loads(site.s3.get_bucket_policy(Bucket=site.primary)["Policy"])


def test_in_hybrid_mode_the_replica_answers_while_the_primary_denies(drill, hybrid, account, journal):
    before = policy(hybrid)
    seen = []

    def look(phase, _conductor):
        if phase == "outage" and len(seen) < 2:
            seen.append((policy(hybrid), journal.read()))

    report = drill(hybrid).run(look)
    (outcome,) = [site for scenario in report.scenarios for site in scenario.sites]
    assert missed(outcome) == []
    assert any("what the replica holds" in item.expectation for item in outcome.expectations)
    during, written = seen[-1]
    added = [each for each in during["Statement"] if each not in before["Statement"]]
    assert [each["Sid"] for each in added] == [f"S3FailoverDrill{written.id}"]
    assert policy(hybrid) == before
    assert journal.read() is None
    assert not journal.file.exists()
    assert DrillReport.model_validate_json(report.model_dump_json()) == report
    assert report.evidence.asked_by.startswith(f"arn:aws:iam::{account.id}:")
    assert report.scenarios[0].sites[0].sentences[0].startswith("HTTP, new connections: ")
    last = history.read(hybrid.site, account)
    assert (last.scenario, last.held) == ("deny-primary", True)
    assert last.by.startswith(f"arn:aws:iam::{account.id}:")


def test_of_two_people_at_once_the_second_is_refused_and_told_how_to_finish(drill, hybrid, journal):
    entry = JournalEntry(
        id="0a1b2c3d",
        site=hybrid.site.name,
        hostname=hybrid.site.hostname,
        account=journal.account.id,
        fault="deny-primary",
        begun="2026-11-21T12:00:00Z",
        until="2026-11-21T12:05:00Z",
        by="arn:aws:iam::123456789012:user/somebody",
        undo={"bucket": hybrid.primary, "region": hybrid.site.primary_region, "statement": {"Sid": "NotThere"}},
    )
    journal.write(entry)
    try:
        with pytest.raises(UserError, match=r"user/somebody.*s3-failover drill --undo docs"):
            drill(hybrid).run()
        with pytest.raises(UserError, match="a drill is written down"):
            journal.write(JournalEntry(**{**entry.__dict__, "id": "other"}))
    finally:
        # Never begun: to finish it succeeds all the same.
        assert undo_written(journal.account, journal, say=print, patience=0).entries == (entry,)
    assert undo_written(journal.account, journal, say=print, patience=0).entries == ()


def test_an_inverted_check_is_set_back_to_what_it_was(drill, dns, aws):
    planned = drill(dns, "invert-check")
    plan = planned.plan()
    route53 = aws.client("route53")
    (check,) = plan.undo["checks"]

    def inverted():
        return route53.get_health_check(HealthCheckId=check["id"])["HealthCheck"]["HealthCheckConfig"]["Inverted"]

    try:
        planned.fault.begin(account_of(aws.emulator), plan.undo)
        planned.fault.begin(account_of(aws.emulator), plan.undo)
        assert inverted()
        with pytest.raises(UserError, match="is inverted already"):
            planned.plan()
    finally:
        assert planned.fault.undo(account_of(aws.emulator), plan.undo)
    assert not inverted()
    assert not planned.fault.undo(account_of(aws.emulator), plan.undo)


def test_a_site_whose_secondary_does_not_serve_is_not_drilled(drill, hybrid, journal):
    with pytest.raises(UserError, match=r"the secondary answers 403 for /nothing-here\.txt.*--even-if-unhealthy"):
        drill(hybrid, even_if_unhealthy=False, key="nothing-here.txt").run()
    assert journal.read() is None


def test_a_fault_that_cannot_begin_leaves_nothing_behind(drill, hybrid, journal, monkeypatch):
    before = policy(hybrid)
    planned = drill(hybrid)
    begin = planned.fault.begin

    def half(account, undo):
        begin(account, undo)
        raise ZeroDivisionError

    monkeypatch.setattr(planned.fault, "begin", half)
    with pytest.raises(ZeroDivisionError):
        planned.run()
    assert policy(hybrid) == before
    assert journal.read() is None


SITES = """
[sites.shop]
hostname = "shop.example.com"
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode = "dns"
health_check_interval = 10
record_ttl = 5
"""


@pytest.mark.long
@pytest.mark.parametrize("fault", ["deny-primary", "invert-check"])
def test_in_dns_mode_dns_moves_and_comes_back(fault, tmp_path):
    with deployed(tmp_path, SITES, speed=10) as (config, emulator):
        (site,) = config.sites
        until_dns_answers(SimpleNamespace(site=site), account_of(emulator), resolver_of(emulator))
        planned = Drill(
            site,
            account_of(emulator),
            faults.named(fault),
            DrillOptions(seconds=40, calm=2),
            folder=tmp_path,
            resolver=resolver_of(emulator),
            say=lambda line: None,
        )
        report = planned.run()
    assert [line for outcome in report.scenarios for each in outcome.sites for line in missed(each)] == []


SCRIPT = """
    import sys
    sys.path[:] = {path}
    from pathlib import Path
    from accounts import account_of, resolver_of
    from s3_failover.cli import main
    from s3_failover.config import load
    from breakable_aws.handle import Emulator
    from s3_failover.operations.drill import faults
    from s3_failover.operations.drill.drill import Drill, DrillOptions
    import s3_failover.cli.app

    emulator = Emulator(**{emulator})
    (site,) = [site for site in load(Path({config!r})).sites if site.name == "docs"]
    options = DrillOptions(seconds=120, calm=0, even_if_unhealthy=True)

    def app():
        Drill(site, account_of(emulator), faults.named("deny-primary"), options, folder=Path({folder!r}),
              resolver=resolver_of(emulator), say=lambda line: print(line, file=sys.stderr, flush=True)).run()

    s3_failover.cli.app.app = app
    main()
"""
"""The command line's `main`, with a drill in place of the command tree."""


@pytest.fixture
def begun(hybrid, aws, tmp_path):
    """Begins a drill in a process of its own; gives the process once the policy denies."""
    config = tmp_path / "failover.toml"
    config.write_text(
        f"""
        [sites.docs]
        hostname = "{hybrid.site.hostname}"
        primary_region = "{hybrid.site.primary_region}"
        replica_regions = ["{hybrid.site.replica_regions[0]}"]
        hosted_zone = {{ id = "{hybrid.site.hosted_zone.id}", name = "{hybrid.site.hosted_zone.name}" }}
        mode = "hybrid"
        """
    )
    text = SCRIPT.format(path=sys.path, emulator=asdict(aws.emulator), config=str(config), folder=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 30
        while "S3FailoverDrill" not in json.dumps(policy(hybrid)):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_drill_that_was_killed_is_finished_from_its_record(begun, hybrid, journal):
    os.kill(begun.pid, signal.SIGKILL)
    begun.wait()
    left = policy(hybrid)
    (entry,) = undo_written(journal.account, journal, say=print, patience=0).entries
    now = policy(hybrid)
    assert [each for each in left["Statement"] if each not in now["Statement"]] == [entry.undo["statement"]]
    assert "S3FailoverDrill" not in json.dumps(now)
    assert journal.read() is None
    assert not journal.file.exists()


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ((signal.SIGINT, signal.SIGINT), 130),
        pytest.param((signal.SIGTERM,), 143, marks=pytest.mark.long),
        pytest.param((signal.SIGHUP, signal.SIGTERM), 129, marks=pytest.mark.long),
    ],
)
def test_whoever_interrupts_a_drill_leaves_nothing_broken(begun, hybrid, journal, signals, code):
    for number in signals:
        os.kill(begun.pid, number)
    _, told = begun.communicate(timeout=60)
    assert begun.returncode == code, told
    assert "error: interrupted: what was broken is undone" in told
    assert "Traceback" not in told
    assert "S3FailoverDrill" not in json.dumps(policy(hybrid))
    assert journal.read() is None
    assert not journal.file.exists()


def test_what_is_published_while_replication_is_paused_arrives_afterwards(drill, hybrid, account, aws):
    role = f"arn:aws:iam::{account.id}:role/fis"
    report = drill(hybrid, "pause-replication", fis_role=role).run()
    (outcome,) = [site for scenario in report.scenarios for site in scenario.sites]
    assert missed(outcome) == []
    assert sum("what is published meanwhile" in item.expectation for item in outcome.expectations) == 2
    fis = account.client("fis", hybrid.site.primary_region)
    assert fis.list_experiment_templates()["experimentTemplates"] == []
    assert {each["state"]["status"] for each in fis.list_experiments()["experiments"]} == {"stopped"}
    left = hybrid.s3.list_objects_v2(Bucket=hybrid.primary, Prefix="_s3-failover/drill-").get("Contents", [])
    assert left == []


def test_a_role_is_needed_to_pause_replication(drill, hybrid, journal):
    with pytest.raises(UserError, match="name one with --fis-role ARN") as refused:
        drill(hybrid, "pause-replication").run()
    assert refused.value.exit_code == 2
    assert journal.read() is None
