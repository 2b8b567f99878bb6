"""One reader of the small object, in a process of its own: `reader.py NAME '["http://...", ...]' BUCKET KEY SIZE`.

It takes orders as lines of JSON, `{"seconds": 1.0, "most": 200, "threads": 1}`, reads that long or that often, and
answers with the seconds that each request took: `{"taken": [...], "failed": [...]}`. Standard library apart from what
is measured: it runs in the environment of others too.
"""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

Get = Callable[[], bytes]

CONNECT = READ = 1


def boto3(endpoint: str, bucket: str, key: str) -> Get:
    """Return what reads with boto3 from one region, one try."""
    client = boto3_client(endpoint, retries={"mode": "standard", "total_max_attempts": 1})
    return lambda: bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())


def stock_boto3(endpoint: str, bucket: str, key: str) -> Get:
    """Return what reads with boto3 from one region, with the retries that it has by itself."""
    client = boto3_client(endpoint)
    return lambda: bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())


def boto3_client(endpoint: str, **config: Any) -> Any:
    """Return a client with the timeouts that all readers have."""
    configuration = importlib.import_module("botocore.config").Config(
        connect_timeout=CONNECT, read_timeout=READ, max_pool_connections=50, **config
    )
    module = importlib.import_module("boto3")
    return module.client("s3", region_name="eu-west-1", endpoint_url=endpoint, config=configuration)


def smart_open(endpoint: str, bucket: str, key: str) -> Get:
    """Return what reads with smart_open from one region, one try."""
    open_ = importlib.import_module("smart_open").open
    parameters = {"client": boto3_client(endpoint, retries={"mode": "standard", "total_max_attempts": 1})}

    def get() -> bytes:
        with open_(f"s3://{bucket}/{key}", "rb", transport_params=parameters) as file:
            return bytes(file.read())

    return get


def s3fs(endpoint: str, bucket: str, key: str) -> Get:
    """Return what reads with s3fs from one region, one try."""
    system = importlib.import_module("s3fs").S3FileSystem(
        endpoint_url=endpoint,
        client_kwargs={"region_name": "eu-west-1"},
        config_kwargs={
            "connect_timeout": CONNECT,
            "read_timeout": READ,
            "max_pool_connections": 50,
            "retries": {"mode": "standard", "total_max_attempts": 1},
        },
    )
    system.retries = 1
    return lambda: bytes(system.cat_file(f"{bucket}/{key}"))


def obstore(endpoint: str, bucket: str, key: str) -> Get:
    """Return what reads with obstore from one region, one try."""
    module = importlib.import_module("obstore")
    store = importlib.import_module("obstore.store").S3Store(
        bucket,
        endpoint=endpoint,
        region="eu-west-1",
        client_options={"connect_timeout": f"{CONNECT}s", "timeout": f"{READ}s", "allow_http": True},
        retry_config={"max_retries": 0},
    )
    return lambda: bytes(module.get(store, key).bytes())


def s3_failover(endpoints: list[str], bucket: str, key: str) -> Get:
    """Return what reads with our client from all regions."""
    client = importlib.import_module("s3_failover.client")
    regions = [client.Region(f"region-{n}", bucket, endpoint) for n, endpoint in enumerate(endpoints)]
    ours = client.S3FailoverClient(regions, timeouts=client.Timeouts(connect=CONNECT, read=READ))
    return lambda: bytes(ours.get_object(key).body)


def loop(gets: list[Get]) -> Get:
    """Return the loop that most people write first: each region in turn, the next one on an error, no memory."""
    starts: Iterator[int] = itertools.count()

    def get() -> bytes:
        start = next(starts)
        for index in range(len(gets) - 1):
            try:
                return gets[(start + index) % len(gets)]()
            except Exception:  # noqa: S112 - as most people write it
                continue
        return gets[(start - 1) % len(gets)]()

    return get


LOOPS = {"boto3 loop": boto3, "smart_open loop": smart_open, "s3fs loop": s3fs, "obstore loop": obstore}


def made(name: str, endpoints: list[str], bucket: str, key: str) -> Get:
    """Return a reader by its name."""
    if name == "s3-failover":
        return s3_failover(endpoints, bucket, key)
    if name == "boto3, one region":
        return stock_boto3(endpoints[0], bucket, key)
    return loop([LOOPS[name](endpoint, bucket, key) for endpoint in endpoints])


def read(get: Get, size: int, *, seconds: float, most: int, threads: int) -> dict[str, list[float]]:
    """Read until time is up, or as often as wanted; return how long each request took."""
    found: dict[str, list[float]] = {"taken": [], "failed": []}
    end = time.perf_counter() + seconds

    def work() -> None:
        for _ in range(most):
            begin = time.perf_counter()
            if begin >= end:
                return
            try:
                how = "taken" if len(get()) == size else "failed"
            except Exception:
                how = "failed"
            found[how].append(time.perf_counter() - begin)

    workers = [threading.Thread(target=work) for _ in range(threads - 1)]
    for worker in workers:
        worker.start()
    work()
    for worker in workers:
        worker.join()
    return found


def main() -> None:
    """Read as ordered, until there are no more orders."""
    name, endpoints, bucket, key, size = sys.argv[1:]
    get = made(name, json.loads(endpoints), bucket, key)
    for line in sys.stdin:
        print(json.dumps(read(get, int(size), **json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
