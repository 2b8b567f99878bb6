"""The way back at deployed sites: what was written at a replica is found, and a hold keeps viewers there."""

import time
from datetime import timedelta

import pytest

from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations import resolvers
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import hold as forgotten
from s3_failover.operations.drill.journal import Journal
from s3_failover.operations.failback import hold, lost, readiness
from s3_failover.operations.failback.condition import Met
from s3_failover.operations.status import overview

pytestmark = pytest.mark.embedded

KEY = "failback/written-there.txt"


@pytest.fixture
def leads(account, resolver):
    """Waits until DNS leads somewhere: Route 53's data plane reads what is deployed every ten seconds."""
    asked = resolvers.servers(resolver)

    def wait(site, expected, seconds=240):
        end = time.monotonic() + seconds
        while resolvers.look(site.site, account, asked)[0].leads is not expected:
            assert time.monotonic() < end, f"{site.site.hostname} never led to {expected.value}"
            time.sleep(0.2)

    return wait


@pytest.fixture
def written_there(dns):
    """An object that was written at the first replica while the primary was away."""
    region = dns.site.replica_regions[0]
    client, bucket = dns.aws.client("s3", region), dns.replicas[region]
    version = client.put_object(Bucket=bucket, Key=KEY, Body=b"new")["VersionId"]
    yield region
    client.delete_object(Bucket=bucket, Key=KEY, VersionId=version)


@pytest.mark.long
def test_a_hold_moves_viewers_in_both_modes_and_is_found_and_released(sites, account, leads, tmp_path):
    both = list(sites.values())
    try:
        for site in both:
            hold.hold(site.site, account, hold.holding(site.site, account))
        for site in both:
            leads(site, Leg.SECONDARY)
            with pytest.raises(UserError, match="viewers are held at the secondary"):
                Journal(site.site, account, tmp_path).require_none()
            (found,) = forgotten.look(Deployment(site.site, account))
            assert found.id == "DOCTOR-HOLD"
            seen = overview.look(site.site, account, ())
            assert (seen.by_checks, seen.hold["check"]) == (Leg.SECONDARY, site.output("FailoverHealthCheckId"))
    finally:
        for site in both:
            hold.release(site.site, account, hold.releasing(site.site, account))
    for site in both:
        leads(site, Leg.DISTRIBUTION)
        assert list(forgotten.look(Deployment(site.site, account))) == []


def test_what_was_written_at_a_replica_would_be_lost(dns, account, written_there):
    wanted = readiness.Closeness(held=timedelta(minutes=1))
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
