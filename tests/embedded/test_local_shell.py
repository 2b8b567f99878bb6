"""The shell of `local up`: the client of README's example works there as it stands, and meets what is broken."""

import re
from pathlib import Path

import pytest

from breakable_aws import faults
from s3_failover import AllRegionsFailed, Region, S3FailoverClient
from s3_failover.local.shell import for_shell

pytestmark = pytest.mark.embedded

README = (Path(__file__).parents[2] / "README.md").read_text()
FAULTS = ["s3-refuse", "s3-reset", "s3-hang", "s3-503", "s3-slow"]


@pytest.fixture
def shell(aws, monkeypatch):
    for name, value in for_shell(aws.emulator, aws.state).items():
        monkeypatch.setenv(name, value)
    yield aws.emulator
    faults.heal(aws.emulator)


@pytest.fixture
def copies(shell, hybrid):
    """The region and bucket of the primary, and of its replica, which hold `greeting.wav`."""
    hybrid.put("greeting.wav", b"hello")
    return list(hybrid.copies.items())


@pytest.fixture
def example(copies, tmp_path):
    """README's example, with these buckets instead of made-up ones."""
    code = re.search(r"```python\n(from s3_failover import Region, .*?)```", README, re.DOTALL)[1]
    deployed = (f'Region("{region}", bucket="{bucket}")' for region, bucket in copies)
    return re.sub(r'Region\("[^)]*\)', lambda _: next(deployed), code).replace("/var/cache/", f"{tmp_path}/")


def test_the_example_works(example, tmp_path):
    names = {}
    exec(compile(example, "README", "exec"), names)
    with names["client"] as client:
        assert client.get_object("greeting.wav").body == b"hello"
        assert (tmp_path / "greeting.wav").read_bytes() == b"hello"
        assert [region.failing for region in client.health()] == [False, False]


def test_a_client_made_from_the_configuration_works_and_meets_a_fault(copies, shell, sites_file):
    with S3FailoverClient.from_site(sites_file, "docs", probe=None) as client:
        faults.break_(shell, "s3-refuse", region=copies[0][0])
        assert {client.get_object("greeting.wav").body for _ in range(2)} == {b"hello"}
        assert [region.failing for region in client.health()] == [True, False]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_region_that_is_lost_is_left_for_the_other(shell, copies, fault):
    (lost, _), (other, _) = copies
    faults.break_(shell, fault, region=lost)
    with client_of(copies) as client:
        answers = [client.get_object("greeting.wav") for _ in range(4)]
        assert {answer.body for answer in answers} == {b"hello"}
        failing = {region.region: region.failing for region in client.health()}
    assert failing == {lost: True, other: False}


def test_a_region_that_denies_everything_is_left_where_the_client_is_told_to(shell, copies):
    faults.break_(shell, "s3-403", region=copies[0][0])
    with client_of(copies, forbidden="try_next") as client:
        assert {client.get_object("greeting.wav").body for _ in range(4)} == {b"hello"}
        assert [region.misconfigured for region in client.health()] == [True, False]


def test_when_all_are_lost_the_request_fails_in_each(shell, copies):
    for region, _ in copies:
        faults.break_(shell, "s3-refuse", region=region)
    with client_of(copies) as client, pytest.raises(AllRegionsFailed) as caught:
        client.get_object("greeting.wav")
    assert sorted(attempt.region for attempt in caught.value.attempts) == sorted(region for region, _ in copies)


def client_of(copies, **options):
    regions = [Region(region, bucket=bucket) for region, bucket in copies]
    return S3FailoverClient(regions, probe=None, **options)
