"""Real programs at the deployed site: one embedded AWS for all of them, at the speed of the clock on the wall."""

import time

import emulator_environment
import pytest
from accounts import resolver_of
from dns.exception import DNSException
from embedded_aws import Aws

from breakable_aws import server
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory

REGION = "eu-west-1"
SITES = f"""
[sites.plain]
hostname              = "plain.example.com"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "dns"
health_check_interval = 10
record_ttl            = 20

[sites.apex]
hostname              = "example.com"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "dns"
health_check_interval = 10

[sites.secure]
hostname              = "secure.example.com"
primary_region        = "{REGION}"
replica_regions       = ["eu-central-1"]
hosted_zone           = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
mode                  = "hybrid"
health_check_interval = 10
"""


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    state = StateDirectory(tmp_path_factory.mktemp("embedded-aws"))
    with server.running(Server(state, emulator_environment.interpreter(), speed=1)) as emulator:
        running = Aws(emulator, state)
        yield running
        running.close()


@pytest.fixture(scope="session")
def sites(aws, tmp_path_factory):
    """A site behind a CNAME and one at a zone's apex, both in dns mode, and one in hybrid mode; DNS knows all of them."""
    found = aws.deploy(SITES, tmp_path_factory.mktemp("sites"))
    for site in found.values():
        # A resolver that asks too early would keep the answer that the name does not exist for 15 minutes.
        known(resolver_of(aws.emulator), site.site.hostname)
    return found


def known(resolver, name):
    patience = time.monotonic() + 60
    while True:
        try:
            return resolver.resolve(name, "A")
        except DNSException:
            assert time.monotonic() < patience
            time.sleep(0.5)
