"""The client for asyncio."""

import asyncio
import time

import pytest

from s3_failover import AllRegionsFailed, AsyncS3FailoverClient, InvalidConfiguration, Timeouts

BODY = bytes(range(256)) * 4


@pytest.fixture
def run(make_client):
    client = make_client(timeouts=Timeouts(connect=20, read=20, attempt=20, deadline=60))

    def run(scenario, **options):
        async def main():
            async with AsyncS3FailoverClient(client, **options) as s3:
                return await scenario(s3)

        return asyncio.run(main())

    return run


def test_requests_are_awaited(run, tmp_path):
    async def scenario(s3):
        found = await s3.get_object("key")
        head = await s3.head_object("key")
        download = await s3.download_file("key", tmp_path / "one")
        cached = await s3.cached_file("key", tmp_path / "two")
        return found.body, head.content_length, download.path.read_bytes(), cached.read_bytes()

    assert run(scenario) == (BODY, len(BODY), BODY, BODY)


def test_requests_run_at_the_same_time(server, run):
    for region in server.regions:
        region.fault("slow", seconds=1)

    async def scenario(s3):
        begin = time.monotonic()
        await asyncio.gather(*(s3.get_object("key") for _ in range(10)))
        return time.monotonic() - begin

    assert run(scenario) < 8


def test_errors_come_through(server, run):
    for region in server.regions:
        region.fault("refuse")

    async def scenario(s3):
        with pytest.raises(AllRegionsFailed):
            await s3.get_object("key")
        return [health.failing for health in s3.health()]

    assert run(scenario) == [True, True, True]


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "8"])
def test_a_concurrency_that_is_no_count_is_refused_by_its_name(make_client, value):
    with pytest.raises(InvalidConfiguration, match=r"max_concurrency is .*, expected a positive whole number"):
        AsyncS3FailoverClient(make_client(), max_concurrency=value)


def test_a_cancelled_request_gives_its_thread_back(server, run):
    server.regions[0].fault("hang", times=1)

    async def scenario(s3):
        begin = time.monotonic()
        waiting = asyncio.create_task(s3.get_object("key"))
        while not server.regions[0].asked:  # cancelled sooner, it would leave the fault to the next request
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        # There is one thread only: the next request would wait for the one that hangs.
        found = await s3.get_object("key")
        return found.body, time.monotonic() - begin, s3.health()[0].failing

    body, taken, failing = run(scenario, max_concurrency=1)
    assert (body, failing) == (BODY, False)
    assert taken < 10
