"""The data plane over a real emulator: it sees what is made through the API, and what breaks behind real sockets."""

import json
import shutil
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import emulator_environment
import pytest

from breakable_aws import aws, faults, health, server, viewer
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory

HOME, AWAY, HOST = "eu-west-1", "us-east-2", "www.example.com"
PRIMARY = "primary.s3-website-eu-west-1.amazonaws.com"
CDN = "cdn.example.com"
ORIGIN = {
    "Id": "o",
    "DomainName": f"primary.s3.{HOME}.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}
SECONDARY = "secondary.s3-website.us-east-2.amazonaws.com"
PATIENCE = 120
"""Real seconds; all that is waited for takes one or two."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    state = StateDirectory(tmp_path_factory.mktemp("data-plane") / "state")
    with server.running(Server(state, Path(emulator_environment.interpreter()), speed=20)) as running:
        yield running


@pytest.fixture(scope="module")
def check(emulator):
    """A check of the primary website, and a failover pair that goes by it."""
    website(emulator, "primary", HOME)
    website(emulator, "secondary", AWAY)
    route53 = aws.client(emulator, "route53", "us-east-1")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="x")["HostedZone"]["Id"]
    config = {
        "Type": "HTTP_STR_MATCH",
        "FullyQualifiedDomainName": PRIMARY,
        "ResourcePath": "/health.txt",
        "SearchString": "well",
        "RequestInterval": 10,
        "FailureThreshold": 2,
    }
    check = route53.create_health_check(CallerReference="x", HealthCheckConfig=config)["HealthCheck"]["Id"]
    pair = [record("PRIMARY", PRIMARY, HealthCheckId=check), record("SECONDARY", SECONDARY)]
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in pair]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return check


@pytest.fixture(autouse=True)
def healed(emulator):
    yield
    faults.heal(emulator)


def website(emulator, bucket, region):
    s3 = aws.client(emulator, "s3", region)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
        ),
    )
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_object(Bucket=bucket, Key="health.txt", Body=b"all is well")


def record(role, target, **more):
    values = [{"Value": target}]
    return {
        "Name": HOST,
        "Type": "CNAME",
        "TTL": 60,
        "SetIdentifier": role,
        "Failover": role,
        "ResourceRecords": values,
    } | more


def target(emulator):
    query = dns.message.make_query(HOST, "A")
    answer = dns.query.udp(query, "127.0.0.1", port=emulator.dns_port, timeout=30)
    return answer.answer[0][0].target.to_text(omit_final_dot=True) if answer.answer else None


def statuses(emulator, check):
    found = aws.client(emulator, "route53", "us-east-1").get_health_check_status(HealthCheckId=check)
    return {each["StatusReport"]["Status"] for each in found["HealthCheckObservations"]}


def wait(condition):
    patience = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < patience
        time.sleep(0.05)


def test_dns_moves_while_the_primary_is_broken_and_back_when_it_is_healed(emulator, check):
    wait(lambda: statuses(emulator, check) == {"Success: HTTP Status Code 200, OK"})
    # The records may have come after the look that found the check.
    wait(lambda: target(emulator) == PRIMARY)

    faults.break_(emulator, "s3-refuse", region=HOME)
    wait(lambda: target(emulator) == SECONDARY)
    wait(lambda: all(status.startswith("Failure") for status in statuses(emulator, check)))
    wait(lambda: [(found.healthy, found.percent) for found in health.read(emulator)] == [(False, 0.0)])

    faults.heal(emulator)
    wait(lambda: target(emulator) == PRIMARY)
    wait(lambda: [(found.healthy, found.percent) for found in health.read(emulator)] == [(True, 100.0)])


def test_dns_moves_while_the_control_plane_is_down(emulator, check):
    wait(lambda: target(emulator) == PRIMARY)

    faults.break_(emulator, "control-planes-down")
    faults.break_(emulator, "s3-503", region=HOME)
    wait(lambda: target(emulator) == SECONDARY)


@pytest.fixture
def distribution(emulator, check):
    """The name of a distribution before the primary bucket, a hostname that leads to it, and a check of it."""
    config = {
        "CallerReference": "x",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [ORIGIN]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "allow-all",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        },
        "Aliases": {"Quantity": 0},
    }
    made = aws.client(emulator, "cloudfront", "us-east-1").create_distribution(DistributionConfig=config)
    name = made["Distribution"]["DomainName"]
    route53 = aws.client(emulator, "route53", "us-east-1")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    alias = {"Name": CDN, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": name}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": alias}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    config = {"Type": "HTTP", "FullyQualifiedDomainName": name, "ResourcePath": "/health.txt", "RequestInterval": 10}
    made = route53.create_health_check(CallerReference="cdn", HealthCheckConfig=config)
    yield name, made["HealthCheck"]["Id"]
    route53.delete_health_check(HealthCheckId=made["HealthCheck"]["Id"])


def rcode(emulator, name):
    query = dns.message.make_query(name, "A")
    return dns.rcode.to_text(dns.query.udp(query, "127.0.0.1", port=emulator.dns_port, timeout=30).rcode())


def test_names_of_distributions_are_lost_to_dns_viewers_and_checkers(emulator, distribution):
    name, checked = distribution
    wait(lambda: rcode(emulator, CDN) == "NOERROR" and statuses(emulator, checked))
    wait(lambda: {"Success: HTTP Status Code 200, OK"} == statuses(emulator, checked))
    assert viewer.get(emulator, f"http://{name}/health.txt", {}).body == b"all is well"

    faults.break_(emulator, "cdn-nxdomain")
    wait(lambda: rcode(emulator, CDN) == rcode(emulator, name) == "NXDOMAIN")
    wait(lambda: statuses(emulator, checked) == {"Failure: DNS resolution failed: Rcode NXDomain(3)"})
    with pytest.raises(OSError, match=f"nothing answers at http://{name}"):
        viewer.get(emulator, f"http://{name}/health.txt", {})
    assert target(emulator) == PRIMARY, "names of buckets are there"

    faults.heal(emulator)
    wait(lambda: rcode(emulator, CDN) == "NOERROR")
    wait(lambda: statuses(emulator, checked) == {"Success: HTTP Status Code 200, OK"})


def test_health_of_what_is_deployed_is_told_with_what_checkers_saw(emulator, check):
    expected = {
        "id": check,
        "name": "",
        "kind": "HTTP_STR_MATCH",
        "target": f"{PRIMARY}/health.txt",
        "healthy": True,
        "percent": 100.0,
        "status": "Success: HTTP Status Code 200, OK",
    }
    # Checkers go on meanwhile, and may still tell of what the test before broke.
    wait(lambda: [asdict(found) for found in health.read(emulator)] == [expected])


@pytest.mark.skipif(not shutil.which("dig"), reason="dig is not installed")
def test_dig_follows_the_site(emulator, check):
    wait(lambda: target(emulator) == PRIMARY)
    for more in ([], ["+tcp"]):
        command = ["dig", "@127.0.0.1", "-p", str(emulator.dns_port), HOST, "+short", *more]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert found.split() == [f"{PRIMARY}.", "127.0.0.1"]
