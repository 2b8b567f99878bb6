"""Arguments that cannot work are refused before anything is asked, and no region is blamed for them."""

import asyncio
import math
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config

from s3_failover import (
    AsyncS3FailoverClient,
    Ejection,
    Hedging,
    InvalidConfiguration,
    Listener,
    PersistedIndex,
    Probe,
    Region,
    RetryBudget,
    RoundRobin,
    S3FailoverClient,
    Timeouts,
)

OPERATIONS = ("get_object", "head_object", "download_file", "cached_file")

NO_RANGES = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=5-2",
    "bytes=a-b",
    "bytes=5",
    "bytes=--5",
    "bytes=0-1-2",
    "bytes=0-1,4-5",
    "bytes=0-1, -5",
    "bytes = 0-1",
    "bytes=0- 1",
    "bytes=0-1\n",
    "bytes=+1-2",
    "bytes=\u0663-\u0665",
    "bytes=0-" + "9" * 5000,
    "lines=1-2",
    "0-1",
    None,
    5,
    b"bytes=0-1",
]

NO_PARAMETERS = [
    ("IfMatch", '"1"\nx: y'),
    ("IfNoneMatch", "\r"),
    ("ExpectedBucketOwner", "123456789012\n"),
    ("ChecksumMode", "ENABLED\r\n"),
    ("SSECustomerAlgorithm", "AES256\0"),
    ("SSECustomerKeyMD5", "\x7f"),
    ("RequestPayer", "requester\n"),
    ("VersionId", "\ud800"),
    ("Bucket", "another"),
    ("Key", "another"),
]

NO_KEYS = [None, 5, "", b"key", "\ud800"]
NO_PATHS = [None, 5, [], b"file", "a\0b", "\ud800"]
NO_DEADLINES = ["5", 0, -1, True, math.nan, math.inf, [1], timedelta(seconds=5)]


def ask(client, operation, directory, key="key", **arguments):
    path = [directory / "file"] if operation in ("download_file", "cached_file") else []
    return getattr(client, operation)(key, *path, **arguments)


def is_refused(server, client, name, work):
    with pytest.raises(InvalidConfiguration, match=f"{name} is .*, expected "):
        work()
    assert sum(region.counts.requests for region in server.regions) == 0
    assert not any(region.failing or region.ejected for region in client.health())


@pytest.mark.parametrize("value", NO_RANGES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_single_range_is_refused(server, client, tmp_path, operation, value):
    is_refused(server, client, "Range", lambda: ask(client, operation, tmp_path, Range=value))


@pytest.mark.parametrize(("name", "value"), NO_PARAMETERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_parameter_that_no_header_can_have_is_refused(server, client, tmp_path, operation, name, value):
    is_refused(server, client, name, lambda: ask(client, operation, tmp_path, **{name: value}))


@pytest.mark.parametrize("value", NO_KEYS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_key_is_refused(server, client, tmp_path, operation, value):
    is_refused(server, client, "key", lambda: ask(client, operation, tmp_path, value))
    is_refused(server, client, "key", lambda: client.cached_file(value, tmp_path))


@pytest.mark.parametrize("value", NO_PATHS)
@pytest.mark.parametrize("operation", ["download_file", "cached_file"])
def test_what_is_no_path_is_refused(server, client, operation, value):
    is_refused(server, client, "path", lambda: getattr(client, operation)("key", value))


@pytest.mark.parametrize("value", NO_DEADLINES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_deadline_is_refused(server, client, tmp_path, operation, value):
    is_refused(server, client, "deadline", lambda: ask(client, operation, tmp_path, deadline=value))


@pytest.mark.parametrize("value", ["60", -1, math.nan, True, timedelta(seconds=5), [1]])
def test_what_is_no_ttl_is_refused_whether_there_is_a_file_or_not(server, client, tmp_path, value):
    is_refused(server, client, "ttl", lambda: client.cached_file("key", tmp_path / "file", ttl=value))
    (tmp_path / "file").write_bytes(b"something")
    is_refused(server, client, "ttl", lambda: client.cached_file("key", tmp_path / "file", ttl=value))


@pytest.mark.parametrize("value", ["no", 1, None])
def test_what_is_no_flag_is_refused(server, client, tmp_path, value):
    is_refused(
        server, client, "stale_if_error", lambda: client.cached_file("key", tmp_path / "file", stale_if_error=value)
    )


def test_a_client_for_asyncio_refuses_the_same(client):
    async def read():
        async with AsyncS3FailoverClient(client) as s3:
            await s3.get_object("key", Range="bytes=-")

    with pytest.raises(InvalidConfiguration, match="Range is"):
        asyncio.run(read())


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "selector": [5, RoundRobin, "round robin"],
        "timeouts": [5, {}, Timeouts],
        "ejection": [5, {}, False],
        "hedging": [True, False, 0.2],
        "retry_budget": [True, 10, {}],
        "probe": ["key", True, False],
        "not_found": [1, None, "ignore"],
        "forbidden": [1, None, "ignore"],
        "require_checksum": ["no", 1, None],
        "listeners": [5, Listener(), [5], [Listener], None],
        "session": ["profile", boto3, {}],
        "config": [{}, {"region_name": "x"}, Config],
        "max_pool_connections": ["5", 1.5, 0, -1, True, None],
    }.items(),
)
def test_what_a_client_cannot_be_made_of_is_refused(regions, name, values):
    for value in values:
        with pytest.raises(InvalidConfiguration, match=r" is .*, expected "):
            S3FailoverClient(regions, **{"probe": None, name: value})


@pytest.mark.parametrize("value", [None, 5, "abc", [None], [], Region("us-east-1", bucket="bucket")])
def test_what_are_no_regions_is_refused(value):
    with pytest.raises(InvalidConfiguration, match="expected"):
        S3FailoverClient(value)


@pytest.mark.parametrize("value", [5, [], b"http://host", "", "ftp://host", "http://[", "http://h:x", "http://h:99999"])
def test_what_is_no_endpoint_is_refused(value):
    with pytest.raises(InvalidConfiguration, match="endpoint_url is"):
        Region("us-east-1", bucket="bucket", endpoint_url=value)


@pytest.mark.parametrize(
    ("make", "names", "values"),
    [
        (Timeouts, ["min_throughput"], [262144.0, 0.5, "5", True]),
        (Ejection, ["consecutive_failures", "latency_requests"], [1.5, 2.0, "1", None, 0]),
        (Ejection, ["jitter"], ["0.2", None, math.nan, True]),
        (Ejection, ["latency_factor"], ["10", math.nan, 1, True]),
        (Ejection, ["base_ejection_time", "latency_minimum", "throttle_time"], ["5", None]),
        (Probe, ["key"], [5, b"key", "", None]),
        (Probe, ["interval"], ["30", None, 0]),
        (Hedging, ["delay", "token_ratio", "max_tokens"], ["1", None]),
        (RetryBudget, ["token_ratio", "max_tokens"], ["1", None]),
        (PersistedIndex, ["path"], NO_PATHS),
    ],
)
def test_what_an_option_cannot_be_is_refused(make, names, values):
    for name in names:
        for value in values:
            with pytest.raises(InvalidConfiguration, match=r" is .*, expected "):
                make(**{name: value})


@pytest.mark.parametrize("value", NO_PATHS)
def test_what_is_no_configuration_file_is_refused(value):
    with pytest.raises(InvalidConfiguration, match="expected"):
        S3FailoverClient.from_site(value, "site")


def test_a_client_for_asyncio_needs_a_client_and_whole_requests(client):
    for arguments in ({"client": None}, {"client": client, "max_concurrency": 1.5}):
        with pytest.raises(InvalidConfiguration, match=r" is .*, expected "):
            AsyncS3FailoverClient(**arguments)
