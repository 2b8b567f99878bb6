"""A primary region that never comes back: one command leaves it, and nothing is lost.

Each site has an embedded AWS of its own, whose clock is the wall's.
"""

import json
import time

import embedded_aws
import pytest
from accounts import account_of, resolver_of
from embedded_aws import ROOT, DeployedSite

from breakable_aws import faults
from s3_failover.config import load
from s3_failover.drill.states import Leg
from s3_failover.operations import resolvers
from s3_failover.operations.evacuation import switch
from s3_failover.operations.leaving import fence

pytestmark = [pytest.mark.embedded, pytest.mark.long]

LOST, NEW = "eu-west-1", "eu-north-1"
REPLICAS = ("eu-central-1", "us-west-2", "ap-southeast-2")
SITE = """
# What is written here stays.
[sites.left]
hostname        = "left.example.com"
primary_region  = "eu-west-1"  # the first one
replica_regions = [{replicas}]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "{mode}"
replication     = {{ engine = "{engine}" }}
"""
OBJECTS = {f"pages/{number}.html": f"<p>{number}</p>".encode() for number in range(40)} | {"index.html": b"home"}
MINUTES = 15


class Left:
    """A site whose primary region is lost."""

    def __init__(self, aws, directory, mode, engine, replicas):
        self.aws, self.directory, self.account = aws, directory, account_of(aws.emulator)
        self.file = directory / "failover.toml"
        regions = ", ".join(f'"{each}"' for each in REPLICAS[:replicas])
        text = SITE.format(mode=mode, engine=engine, replicas=regions)
        self.before = aws.deploy(text, directory)["left"]
        for key, body in OBJECTS.items():
            self.before.s3.put_object(
                Bucket=self.before.primary, Key=key, Body=body, ContentType="text/html", Metadata={"of": key[-9:]}
            )
        self.before.s3.put_object(Bucket=self.before.primary, Key="gone.html", Body=b"gone")
        self.before.s3.delete_object(Bucket=self.before.primary, Key="gone.html")
        for region in self.before.replicas:
            self.until(lambda region=region: self.held(self.before, region) == OBJECTS)

    def held(self, site, region):
        """What a copy holds, but for the health object."""
        client, bucket = self.aws.client("s3", region), site.copies[region]
        keys = [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
        return {key: site.read(region, key) for key in keys if key != site.site.health_key}

    def until(self, true, seconds=600):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.2)

    def start(self, *options):
        region = () if "--region" in options else ("--region", NEW)
        arguments = ("evacuate", "--for-good", *region, "--config", str(self.file), "--local", *options)
        return self.aws.command(*arguments, cwd=ROOT)

    def aws_command(self, *arguments):
        """Run another command to its end; return its exit code and what it printed."""
        process = self.aws.command(*arguments, "--config", str(self.file), "--local", cwd=ROOT)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    def minutes(self, begin):
        """Assert that it took less than the 15 minutes of the embedded AWS that are allowed."""
        taken = (time.monotonic() - begin) / 60
        assert taken < MINUTES, f"{taken:.1f} minutes"

    def run(self, *options):
        out, err = (process := self.start(*options)).communicate(timeout=1800)
        return process.returncode, out, err

    @property
    def after(self):
        return DeployedSite(self.aws, load(self.file).sites[0])

    def serves_https(self):
        """Whether DNS leads viewers to the distribution, and a page comes from there over HTTPS."""
        asked = resolvers.servers(resolver_of(self.aws.emulator))
        if resolvers.look(self.after.site, self.account, asked)[0].leads is not Leg.DISTRIBUTION:
            return False
        answer = self.after.distribution("pages/7.html")
        return (answer.status, answer.body) == (200, OBJECTS["pages/7.html"])

    def is_whole(self, objects=OBJECTS):
        """Assert that no object is lost, byte by byte, in the primary and every replica."""
        site = self.after
        for region in site.copies:
            self.until(lambda region=region: self.held(site, region) == objects)
            head = site.head(region, "pages/8.html")
            assert (head["ContentType"], head["Metadata"]) == ("text/html", {"of": "es/8.html"})


@pytest.fixture
def left(tmp_path, request):
    with embedded_aws.started(tmp_path / "aws") as running:
        found = Left(running, tmp_path, *request.param)
        faults.break_(running.emulator, "region-down", region=LOST)
        yield found


@pytest.mark.parametrize(
    "left",
    [("dns", "s3", 1), ("hybrid", "s3", 3), ("hybrid", "lambda", 1), ("dns", "lambda", 3)],
    indirect=True,
    ids=lambda each: "-".join(map(str, each)),
)
def test_a_region_is_left_for_good(left):
    text = left.file.read_text()
    begin = time.monotonic()
    code, out, err = left.run("--dry-run", "--json")
    assert code == 0, err
    assert {step["name"]: step["mark"] for step in json.loads(out)["steps"]}["content"] == "to do"
    assert left.file.read_text() == text
    code, out, err = left.run("--yes", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["moves"], told["owed"]) == ([{"left": LOST, "to": NEW, "why": ""}], "")
    assert {step["mark"] for step in told["steps"]} == {"done"}
    left.until(left.serves_https)
    left.minutes(begin)
    left.is_whole()
    assert left.file.read_text() == text.replace(LOST, NEW)
    assert (left.directory / f"failover.toml.{LOST}").read_text() == text
    assert fence.former_roles(left.after.site, left.account) == []
    assert not fence.are_kept(left.after.site, left.account)
    code, _, err = left.run("--yes")
    assert (code, "there is nothing to leave" in err) == (1, True), err


@pytest.mark.parametrize("left", [("hybrid", "s3", 1)], indirect=True, ids=["hybrid-s3-1"])
def test_a_killed_run_is_resumed_by_the_same_command_and_ends_an_evacuation(left):
    begin = time.monotonic()
    code, _, err = left.aws_command("evacuate", "--yes")
    assert code == 0, err
    for said, seconds in (("  wrote ", 0), ("copies: ", 6), ("content: ", 0), ("edge: ", 6)):
        process = left.start("--yes")
        told = next((line for line in process.stderr if line.startswith(said)), None)
        # Into the deployment, as far as it comes: whichever moment it is, the next run goes on.
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert told is not None, f"it ended without {said}"
    code, _, err = left.run("--yes")
    assert code == 0, err
    assert not switch.is_on(left.after.site, left.account)
    left.until(left.serves_https)
    left.minutes(begin)
    left.is_whole()


@pytest.mark.parametrize("left", [("dns", "s3", 1)], indirect=True, ids=["dns-s3-1"])
def test_what_needs_us_east_1_is_owed_while_that_is_lost_too(left):
    text = left.file.read_text()
    faults.break_(left.aws.emulator, "region-down", region="us-east-1")
    code, out, err = left.run("--yes", "--json")
    assert code == 4, err
    told = json.loads(out)
    assert "us-east-1 takes no changes now" in told["owed"]
    assert {step["mark"] for step in told["steps"]} == {"owed"}
    assert left.file.read_text() == text
    faults.heal(left.aws.emulator)
    faults.break_(left.aws.emulator, "region-down", region=LOST)
    code, _, err = left.run("--yes")
    assert code == 0, err
    left.until(left.serves_https)
    left.is_whole()


@pytest.mark.parametrize(
    "left", [("dns", "s3", 1), ("hybrid", "lambda", 1)], indirect=True, ids=["dns-s3-1", "hybrid-lambda-1"]
)
def test_the_first_replicas_region_is_left_with_another_kind_of_secondary(left):
    faults.heal(left.aws.emulator)
    faults.break_(left.aws.emulator, "region-down", region=REPLICAS[0])
    begin = time.monotonic()
    code, _, err = left.run("--yes")
    assert (code, "the website secondary becomes an https one" in err) == (0, True), err
    left.until(left.serves_https)
    left.until(lambda: left.after.api("pages/7.html").body == OBJECTS["pages/7.html"])
    left.minutes(begin)
    assert (left.after.site.replica_regions, left.after.site.secondary.type) == ((NEW,), "https")
    left.is_whole()
    code, _, err = left.run("--yes")
    assert (code, "there is nothing to leave" in err) == (1, True), err


@pytest.mark.parametrize(
    "left", [("hybrid", "s3", 1), ("dns", "lambda", 1)], indirect=True, ids=["hybrid-s3-1", "dns-lambda-1"]
)
def test_a_region_that_came_back_is_taken_back_by_force(left):
    code, _, err = left.run("--yes")
    assert code == 0, err
    newer = OBJECTS | {"pages/7.html": b"<p>newer</p>", "new.html": b"new"}
    for key in ("pages/7.html", "new.html"):
        left.after.s3.put_object(Bucket=left.after.primary, Key=key, Body=newer[key], ContentType="text/html")
    left.is_whole(newer)
    faults.heal(left.aws.emulator)
    code, _, err = left.run("--yes", "--force", "--region", LOST)
    assert code == 0, err
    assert left.after.site.primary_region == LOST
    assert fence.shut_roles(left.after.site, left.account) == []
    left.is_whole(newer)
    left.after.s3.put_object(Bucket=left.after.primary, Key="again.html", Body=b"again")
    left.is_whole(newer | {"again.html": b"again"})
