"""The https secondary, deployed: a private replica behind an API under the site's own hostname."""

import contextlib
import gzip
import json
import time

import emulator_environment
import pytest
import viewers
from embedded_aws import Aws

from s3_failover.local import server
from s3_failover.local.server import Server
from s3_failover.local.state import StateDirectory

pytestmark = pytest.mark.embedded

SITE = """
[sites.safe]
hostname        = "safe.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
secondary       = { type = "https" }
viewer_https    = "hsts"
"""
REPLICA = "eu-central-1"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    state = StateDirectory(tmp_path_factory.mktemp("embedded-aws"))
    with server.running(Server(state, emulator_environment.interpreter())) as emulator:
        aws = Aws(emulator)
        deployed = aws.deploy(SITE, tmp_path_factory.mktemp("site"))["safe"]
        deployed.put("index.html", b"home", ContentType="text/html", CacheControl="max-age=60", Metadata={"made": "1"})
        deployed.put("docs/index.html", b"docs", ContentType="text/html")
        deployed.put("error.html", b"lost", ContentType="text/html; charset=utf-8")
        yield deployed
        aws.close()


def ask(site, key="", *, host=None, **more):
    emulator = site.aws.emulator
    return viewers.ask(emulator.api_gateway_https, host or site.site.hostname, key, ca=emulator.ca_file, **more)


def test_an_object_comes_with_its_type_its_cache_header_and_its_metadata(site):
    answer = ask(site, "index.html")
    assert (answer.status, answer.body) == (200, b"home")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["x-amz-meta-made"] == "1"
