"""Operations of `s3-failover` on the small S3 of `bench/bucket_server.py`, in a process of their own.

    operate.py speed URL KEYS ROUNDS         seconds of `verify`, and of two bare listings, in turns
    operate.py memory URL SMALL LARGE        bytes that `verify` of the large buckets takes on top of the small ones'
    operate.py publish URL DIRECTORY NAME    `publish` of a directory to the bucket NAME-primary
    operate.py restore URL NAME KEYS         seconds of `restore` of the deleted keys of NAME-primary, by its stages

Prints what it found as JSON. Stacks and distribution are stand-ins that answer at once.
"""

from __future__ import annotations

import functools
import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from s3_failover.config import Site, parse
from s3_failover.operations.account import PATIENT, Account
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions
from s3_failover.operations.spread import spread
from s3_failover.operations.verify import Scope, verify

PRIMARY, REPLICA = "us-east-1", "us-west-2"


def site(name: str) -> Site:
    """Return a site whose buckets are named NAME-primary and NAME.example.com."""
    (only,) = parse(f"""
        [sites.bench]
        hostname        = "{name}.example.com"
        primary_region  = "{PRIMARY}"
        mode            = "dns"
        primary_bucket  = "{name}-primary"
        replica_regions = ["{REPLICA}"]
        hosted_zone     = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
    """).sites
    return only


class Stacks:
    """All stacks, as CloudFormation tells of them."""

    def describe_stacks(self, **_options: Any) -> dict[str, Any]:
        """Return one that has every output that is asked for."""
        names = ("DistributionId", "DistributionDomainName", "WebsiteEndpoint")
        outputs = [{"OutputKey": name, "OutputValue": "nowhere.invalid"} for name in names]
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}


class Distribution:
    """A distribution that was invalidated just now, and is at once again."""

    def list_invalidations(self, **_options: Any) -> dict[str, Any]:
        """Return the one invalidation."""
        return {"InvalidationList": {"Items": [{"Id": "I", "CreateTime": datetime.now(UTC)}]}}

    def get_invalidation(self, **_options: Any) -> dict[str, Any]:
        """Return it, made by publish and completed."""
        batch = {"CallerReference": "s3-failover-publish-"}
        made = {"Id": "I", "Status": "Completed", "CreateTime": datetime.now(UTC), "InvalidationBatch": batch}
        return {"Invalidation": made}

    def create_invalidation(self, **_options: Any) -> dict[str, Any]:
        """Return it again."""
        return self.get_invalidation()


def s3(url: str, region: str) -> Any:
    """Return a plain boto3 client of the small S3, with the settings of our operations."""
    return boto3.client("s3", region_name=region, endpoint_url=url, config=PATIENT)


def account(url: str) -> Account:
    """Return an account whose S3 is the small one."""

    def make(service: str, region: str) -> Any:
        if service == "s3":
            return s3(url, region)
        return {"cloudformation": Stacks, "cloudfront": Distribution}[service]()

    # No server answers there: what publish reads back at the end is refused at once.
    return Account("123456789012", make, reach=lambda _name, _port: ("127.0.0.1", 1))


def compare(url: str, keys: int) -> None:
    """Verify two buckets that hold the same keys."""
    (parity,) = verify(site(f"keys-{keys}"), account(url), Scope(sample=0)).replicas
    assert parity.held
    assert parity.compared == keys


def list_both(url: str, keys: int, *, quick_dates: bool = False) -> None:
    """List the same two buckets page by page in turns, and do nothing with what is listed."""
    names = site(f"keys-{keys}").names("123456789012")
    client = account(url).client if quick_dates else lambda _service, region: s3(url, region)
    listings = [
        client("s3", region).get_paginator("list_object_versions").paginate(Bucket=bucket)
        for region, bucket in ((PRIMARY, names.primary), (REPLICA, names.replica(REPLICA)))
    ]
    assert sum(len(page["Versions"]) for pages in zip(*listings, strict=True) for page in pages) == 2 * keys


def speed(url: str, keys: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of both, in turns."""
    cases: dict[str, Callable[[str, int], None]] = {
        "verify": compare,
        "two bare listings": list_both,
        "two listings with our dates": functools.partial(list_both, quick_dates=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name in random.sample(list(cases), len(cases)):
            begin = time.perf_counter()
            cases[name](url, keys if number else 1000)
            # Round 0 is for what happens once.
            if number:
                taken[name].append(time.perf_counter() - begin)
    return taken


def memory(url: str, small: int, large: int) -> int:
    """Return by how many bytes the peak of the large comparison is above that of the small one."""
    peaks = []
    for keys in (small, large):
        # The peak from now on, and not that of what was before (proc(5), clear_refs).
        Path("/proc/self/clear_refs").write_text("5")
        compare(url, keys)
        lines = Path("/proc/self/status").read_text().splitlines()
        peaks.append(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")))
    return peaks[1] - peaks[0]


def publish(url: str, directory: str, name: str) -> dict[str, int]:
    """Publish a directory, and return how much was uploaded."""
    options = PublishOptions(replica_seconds=0, invalidation_seconds=0)
    publication = Publication(site(name), account(url), options)
    changes = publication.changes(Path(directory))
    publication.run(changes, say=lambda _line: None)
    return {"uploaded": len(changes.uploads), "unchanged": changes.unchanged}


def read_all(client: Any, bucket: str, keys: Iterable[str]) -> None:
    """Read objects, and compare each with what the small S3 made it of."""

    def read(key: str) -> bool:
        number = int(key.rpartition("-")[2].partition(".")[0])
        body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body == f"page {number}".encode() * 20

    assert all(spread(read, keys))


def restore(url: str, name: str, keys: str) -> dict[str, float]:
    """Restore what was deleted, and return how long that took; every object is read on both copies afterwards."""
    begin = time.perf_counter()
    options = RestoreOptions(before=datetime.now(UTC) - timedelta(minutes=30))
    restoration = Restoration(site(name), account(url), options)
    plan = restoration.plan(say=lambda _line: None)
    planned = time.perf_counter()
    done = restoration.run(plan, say=lambda _line: None)
    ended = time.perf_counter()
    assert len(done.versions) == int(keys)
    names = restoration.site.names("123456789012")
    read_all(s3(url, PRIMARY), names.primary, done.versions)
    read_all(s3(url, REPLICA), names.replica(REPLICA), done.versions)
    return {"plan": planned - begin, "restore": ended - planned, "wait": done.replicated[REPLICA]}


def main() -> None:
    """Do as the command line says."""
    what, url, *rest = sys.argv[1:]
    measures: dict[str, Callable[..., Any]] = {"speed": speed, "memory": memory}
    written: dict[str, Callable[..., Any]] = {"publish": publish, "restore": restore}
    found = written[what](url, *rest) if what in written else measures[what](url, *map(int, rest))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
