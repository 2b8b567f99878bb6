"""A site whose replica lacks content: every command tells, and the command that they print brings the content there.

The tests of a site depend on each other and run in the order of this file. The sites are theirs alone.
"""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import first_deployments
import pytest
from embedded_aws import Aws, DeployedSite

from s3_failover.config import load

pytestmark = [pytest.mark.embedded, pytest.mark.long]

# A zone of their own: the embedded DNS answers from one zone of a name, and another test's would hide these records.
SITE = """
[sites.{name}]
hostname        = "{name}.copies.example"
primary_region  = "eu-west-1"
replica_regions = [{replicas}]
hosted_zone     = {{ id = "Z0EMPTY00ABCDEFGHIJK", name = "copies.example" }}
mode            = "dns"
secondary       = {{ type = "{secondary}" }}
# These tests are about a secondary that is empty, which a deployment would refuse.
accept_empty_copies = true
"""
FIRST, ADDED = "us-west-2", "eu-central-1"
PAGES = {"index.html": "<h1>home</h1>", "error.html": "<h1>not here</h1>", "docs/a.txt": "a"}


@dataclass
class Life:
    """A site, its directories, and the commands that a person runs on it."""

    aws: Aws
    name: str
    directory: Path

    def write(self, **settings):
        """Write the configuration file; return its path."""
        path = self.directory / "failover.toml"
        path.write_text(SITE.format(name=self.name, **{"replicas": f'"{FIRST}"', "secondary": "website"} | settings))
        self.site = DeployedSite(self.aws, load(path).sites[0])
        return path

    def change(self, **settings):
        """Deploy another configuration."""
        self.write(**settings)
        outcome = self.aws.cdk("deploy", self.directory, "--require-approval", "never")
        assert outcome.code == 0, "\n".join(outcome.lines)

    def run(self, *command):
        """Run a command of `s3-failover`; return its exit code and what it printed."""
        config = ("--config", str(self.directory / "failover.toml"), "--local")
        with self.aws.command(*command, *config) as running:
            printed, told = running.communicate(timeout=180)
        assert "Traceback" not in told, told
        return running.returncode, printed

    def json(self, *command):
        code, printed = self.run(*command, "--json")
        return code, json.loads(printed)

    def publish(self, *options, **pages):
        """Publish the pages, changed by `pages`."""
        root = self.directory / "public"
        for key, text in (PAGES | pages).items():
            (root / key).parent.mkdir(parents=True, exist_ok=True)
            (root / key).write_text(text)
        return self.run("publish", str(root), *options)

    def follow(self, told):
        """Run the command of `s3-failover` that is printed in a text."""
        (command,) = set(re.findall(r"`s3-failover (backfill [^`]+)`", told))
        code, printed = self.run(*shlex.split(command))
        assert code == 0, printed

    def wrong(self):
        """What status finds wrong with the copies."""
        code, found = self.json("status", self.name)
        told = [each["what"] for each in found["sites"][0]["wrong"]]
        assert code or not told
        return [what for what in told if "backfill" in what]

    def findings(self):
        """What a doctor finds that a backfill is the remedy for."""
        _, found = self.json("doctor", self.name)
        return {each["id"]: each for each in found["findings"] if "backfill" in each["remedy"]}

    def empty(self, region, *, markers):
        """Delete what a replica holds behind the site's back, or put delete markers above it."""
        s3, bucket = self.aws.client("s3", region), self.site.copies[region]
        for each in s3.list_object_versions(Bucket=bucket)["Versions"]:
            if each["Key"] != self.site.site.health_key:
                where = {} if markers else {"VersionId": each["VersionId"]}
                s3.delete_object(Bucket=bucket, Key=each["Key"], **where)

    def is_green(self):
        """Assert that every command finds all the content in every replica."""
        code, printed = self.publish()
        assert (code, "missing" in printed) == (0, False), printed
        code, printed = self.run("verify", "--since", "1h")
        assert code == 0, printed
        assert self.wrong() == []
        assert self.findings() == {}
        for region in self.site.replicas:
            assert {self.site.read(region, key).decode() for key in PAGES} == set(PAGES.values())


def deployed(aws, directory, name):
    """A site with a website, to which the pages were published."""
    life = Life(aws, name, directory)
    aws.deploy(life.write().read_text(), directory)
    first_deployments.bootstrap(aws, ADDED)
    code, printed = life.publish()
    assert code == 0, printed
    return life


@pytest.fixture(scope="module")
def grown(aws, tmp_path_factory):
    """A published site that got a further replica region."""
    life = deployed(aws, tmp_path_factory.mktemp("grown"), "grown")
    life.change(replicas=f'"{FIRST}", "{ADDED}"')
    return life


@pytest.fixture(scope="module")
def switched(aws, tmp_path_factory):
    """A published site whose secondary was a website and is an API now."""
    life = deployed(aws, tmp_path_factory.mktemp("switched"), "switched")
    life.change(secondary="https")
    return life


def test_publish_tells_what_a_new_replica_lacks_and_its_exit_code_too(grown):
    code, printed = grown.publish()
    assert code == 3
    assert f"missing in {ADDED}: 3 objects; run `s3-failover backfill grown`" in printed
    code, document = grown.json("publish", str(grown.directory / "public"), "--dry-run")
    assert (code, document["lacking"][ADDED]["missing"]) == (3, 3)
    assert FIRST not in document["lacking"]


def test_publish_that_does_not_wait_says_what_it_did_not_look_at(grown):
    code, printed = grown.publish("--no-wait")
    assert (code, "replicas not compared" in printed) == (0, True)


@pytest.mark.parametrize("options", [(), ("--since", "1h"), ("--since", "1s"), ("--settle", "1h")])
def test_verify_is_not_green_over_an_empty_replica(grown, options):
    code, document = grown.json("verify", *options)
    assert (code, document["parity"]) == (3, False)
    drift = {each["region"]: each["drift"].get("missing", 0) for each in document["replicas"]}
    assert drift == {FIRST: 0, ADDED: 3}


def test_status_names_the_empty_replica_and_what_fills_it(grown):
    (what,) = grown.wrong()
    assert what.startswith(f"{ADDED} holds nothing but the health object")
    assert "`s3-failover backfill grown`" in what


def test_the_doctor_tells_an_empty_replica_from_a_page_that_was_never_published(grown):
    found = grown.findings()["DOCTOR-COPY-EMPTY"]
    assert found["severity"] == "critical"
    assert "`s3-failover backfill grown`" in found["remedy"]
    assert ADDED in found["where"]


def test_what_publish_prints_fills_the_new_replica(grown):
    grown.follow(grown.publish()[1])
    grown.is_green()


@pytest.mark.parametrize(("markers", "what"), [(False, "missing"), (True, "deleted")])
def test_a_replica_that_was_emptied_behind_the_sites_back_is_told_and_filled(grown, markers, what):
    grown.empty(FIRST, markers=markers)
    code, printed = grown.publish()
    assert (code, f"{what} in {FIRST}: 3 objects" in printed) == (3, True)
    assert grown.run("verify", "--since", "1h")[0] == 3
    assert grown.wrong()
    legs = grown.findings()["DOCTOR-LEG"]
    assert "publish index.html" not in legs["remedy"]
    grown.follow(grown.findings()["DOCTOR-COPY-EMPTY"]["remedy"])
    grown.is_green()


def test_another_kind_of_secondary_begins_empty_and_is_filled_by_what_status_prints(switched):
    assert switched.site.secondary("").status == 404
    assert switched.publish()[0] == switched.run("verify", "--since", "1h")[0] == 3
    assert set(switched.findings()) >= {"DOCTOR-COPY-EMPTY", "DOCTOR-LEG"}
    code, screen = switched.run("status", "switched")
    assert (code, bool(re.search(r"secondary +EMPTY", screen))) == (1, True), screen
    switched.follow(" ".join(screen.split()))
    switched.is_green()
    assert switched.site.secondary("").body == PAGES["index.html"].encode()


def test_the_former_secondary_has_missed_what_was_published_meanwhile(switched):
    assert switched.publish("--no-wait", **{"index.html": "<h1>new</h1>", "new.txt": "new"})[0] == 0
    assert switched.publish(**{"index.html": "<h1>new</h1>", "new.txt": "new"})[0] == 0
    switched.change(secondary="website")
    code, printed = switched.publish(**{"index.html": "<h1>new</h1>", "new.txt": "new"})
    assert code == 3
    assert f"missing in {FIRST}: 1 object; run `s3-failover backfill switched`" in printed
    assert f"other content in {FIRST}: 1 object; run `s3-failover backfill switched --direct`" in printed
    assert switched.run("verify", "--since", "1h")[0] == 3
    switched.follow(next(line for line in printed.splitlines() if "other content" in line))
    assert switched.publish(**{"index.html": "<h1>new</h1>", "new.txt": "new"})[0] == 0
    assert switched.run("verify", "--since", "1h")[0] == 0
    assert switched.site.secondary("").body == b"<h1>new</h1>"
