"""Clients of an S3 that breaks on demand."""

import contextlib
import functools
import threading

import botocore.session
import pytest
from fault_server import FaultServer
from waits import PATIENT

from s3_failover import Region, S3FailoverClient
from s3_failover.client.regions import pool

NAMES = ("us-east-1", "us-west-2", "eu-west-1")
BODY = bytes(range(256)) * 4


class InOrder:
    """Begins every request at the first region."""

    def next_index(self, count):
        return 0


@pytest.fixture(scope="session", autouse=True)
def service_models():
    """Lets all boto3 sessions share what they read of S3's model: parsing it takes two thirds of making a client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.lru_cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def fault_server():
    with FaultServer.running(regions=3) as server:
        server.put("key", BODY)
        yield server


@pytest.fixture
def server(fault_server):
    """Three regions, healthy and with nothing counted."""
    fault_server.reset()
    yield fault_server
    fault_server.reset()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "access",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def in_order(monkeypatch):
    """Lets the regions after the first follow in order, and not at random."""
    monkeypatch.setattr(pool, "_shuffled", iter)


@pytest.fixture
def regions(server):
    return regions_of(server)


def regions_of(server):
    return [
        Region(name, bucket=f"bucket-{index}", endpoint_url=server.regions[index].endpoint)
        for index, name in enumerate(NAMES)
    ]


@pytest.fixture
def make_client(regions):
    """Makes patient clients that ask in the order of the regions, and closes them."""
    with contextlib.ExitStack() as stack:

        def make(given=None, **options):
            defaults = {
                "selector": InOrder(),
                "timeouts": PATIENT,
                "probe": None,
            }
            return stack.enter_context(S3FailoverClient(given or regions, **{**defaults, **options}))

        yield make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def threads_that_fail(monkeypatch):
    """Lets the next thread of a name fail to start, as on a host that has no more."""
    start, wanted = threading.Thread.start, []

    def failing(thread):
        if thread.name in wanted:
            wanted.remove(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", failing)
    return wanted.append
