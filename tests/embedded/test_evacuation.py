"""Evacuation and return of deployed sites: viewers move, and what was written at a replica is found."""

import contextlib
import time
from datetime import timedelta

import embedded_aws
import pytest
from accounts import account_of, resolver_of

from breakable_aws import faults
from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations import notes, resolvers
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import evacuation as forgotten
from s3_failover.operations.drill.journal import Journal
from s3_failover.operations.evacuation import lost, readiness, switch
from s3_failover.operations.evacuation.condition import Met
from s3_failover.operations.status import overview

pytestmark = pytest.mark.embedded

KEY = "evacuated/written-there.txt"
PRIMARY, REPLICA = "eu-west-1", "eu-central-1"
SITE = """
[sites.{mode}]
hostname        = "{mode}.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode            = "{mode}"
"""


class Evacuated:
    """Two sites at an embedded AWS of their own, whose clock runs faster."""

    def __init__(self, aws, directory):
        self.aws, self.directory = aws, directory
        self.sites = aws.deploy("".join(SITE.format(mode=mode) for mode in ("dns", "hybrid")), directory)
        for site in self.sites.values():
            site.put("index.html", b"home")
        self.account = account_of(aws.emulator)
        self.asked = resolvers.servers(resolver_of(aws.emulator))

    def run(self, *arguments):
        """Run a command to its end; return its exit code and what it printed."""
        return self.aws.run(*arguments, "--config", str(self.directory / "failover.toml"), "--local")

    def leads(self, mode, expected):
        """Wait until the zone's name servers lead somewhere; return when that was."""
        end = time.monotonic() + 600
        while resolvers.look(self.sites[mode].site, self.account, self.asked)[0].leads is not expected:
            assert time.monotonic() < end, f"{mode} never led to {expected.value}"
            time.sleep(0.1)
        return self.account.now()

    @contextlib.contextmanager
    def broken(self, fault, region):
        faults.break_(self.aws.emulator, fault, region=region)
        try:
            yield
        finally:
            faults.heal(self.aws.emulator)


@pytest.fixture(scope="module")
def evacuated(tmp_path_factory):
    with embedded_aws.started(tmp_path_factory.mktemp("evacuated-aws"), speed=5) as running:
        yield Evacuated(running, tmp_path_factory.mktemp("evacuated-sites"))


@pytest.mark.long
@pytest.mark.parametrize("region", ["us-east-1", PRIMARY])
@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_viewers_are_evacuated_in_time_while_a_region_is_lost(evacuated, tmp_path, mode, region):
    site, account = evacuated.sites[mode].site, evacuated.account
    evacuated.leads(mode, Leg.DISTRIBUTION)
    limit = timedelta(seconds=switch.seconds(site))
    with evacuated.broken("region-down", region):
        code, said = evacuated.run("evacuate", mode, "--yes")
        began = account.now()
        assert code == 0, said
        assert evacuated.leads(mode, Leg.SECONDARY) - began <= limit
        assert (switch.is_on(site, account), notes.read(site, account).evacuation is not None) == (True, True)
        code, said = evacuated.run("evacuate", mode, "--yes")
        assert (code, "viewers are evacuated to the secondary since" in said) == (1, True), said
        code, said = evacuated.run("return", mode, "--yes")
        assert (code != 0, "viewers stay evacuated" in said) == (True, True), said
        code, said = evacuated.run("return", mode, "--yes", "--force")
        began = account.now()
        assert code == 0, said
        if region != PRIMARY or mode == "hybrid":
            assert evacuated.leads(mode, Leg.DISTRIBUTION) - began <= limit
    evacuated.leads(mode, Leg.DISTRIBUTION)


@pytest.mark.long
@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_an_evacuation_is_seen_by_status_doctor_and_drills(evacuated, tmp_path, mode):
    site, account = evacuated.sites[mode].site, evacuated.account
    evacuated.leads(mode, Leg.DISTRIBUTION)
    note = switch.evacuate(site, account, switch.require_calm(site, account))
    try:
        evacuated.leads(mode, Leg.SECONDARY)
        with pytest.raises(UserError, match="viewers are evacuated to the secondary"):
            Journal(site, account, tmp_path).require_none()
        (found,) = forgotten.look(Deployment(site, account))
        assert found.id == "DOCTOR-EVACUATED"
        seen = overview.look(site, account, evacuated.asked)
        assert (seen.by_checks, seen.evacuation, seen.check("evacuation").healthy) == (Leg.SECONDARY, note, False)
        assert [check.forced for check in seen.known_checks] == [()] * 5
    finally:
        switch.end(site, account, note)
    evacuated.leads(mode, Leg.DISTRIBUTION)
    assert list(forgotten.look(Deployment(site, account))) == []


@pytest.fixture
def written_there(dns):
    """An object that was written at the first replica while the primary was away."""
    region = dns.site.replica_regions[0]
    client, bucket = dns.aws.client("s3", region), dns.replicas[region]
    version = client.put_object(Bucket=bucket, Key=KEY, Body=b"new")["VersionId"]
    yield region
    client.delete_object(Bucket=bucket, Key=KEY, VersionId=version)


def test_what_was_written_at_a_replica_would_be_lost(dns, account, written_there):
    wanted = readiness.Closeness(healthy=timedelta(minutes=1))
    found = readiness.look(dns.site, account, wanted, say=lambda line: None)
    told = {condition.title: condition for condition in found.conditions}
    one = told[f"{written_there} holds nothing that the primary lacks"]
    assert (one.met, [each for each in one.objects if KEY in each]) == (Met.NOT_MET, [f"{KEY} (3 bytes, only there)"])
    assert told["no drill is left undone"].met is Met.MET
    assert told["no health check is set by hand"].met is Met.MET
    assert told[f"distribution and secondary serve the same /{dns.site.health_key}"].met is Met.MET
    assert found.exit_code == 3


def test_only_what_was_written_since_is_compared(dns, account, written_there):
    later = account.now() + timedelta(hours=1)
    assert lost.of(dns.site, account, written_there, since=later).count == 0
    assert lost.of(dns.site, account, written_there).count >= 1
