"""Replication by events converges: whatever the source's history, the order of events, their number and their timing.

The handlers run as they are, in threads of this process, against the S3 of the embedded AWS. Before each S3 call a thread
waits for its turn, and hypothesis deals out the turns: between any two calls of one handler come any calls of others,
changes of the source, and the sudden end of an invocation.
"""

import contextlib
from functools import partial
from urllib.parse import urlencode

import boto3
import pytest
import run_keys
from botocore.config import Config
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from turns import CrashError, Turns

from s3_failover_constructs.event_replication.handler.objects import Bucket, Pair, UnsettledError, converge, read

pytestmark = pytest.mark.embedded

REGIONS = {"source": "eu-west-1", "near": "eu-central-1", "far": "us-west-2"}
KEYS = ("a", "b/ü +%.txt")
PART = 5 * 1024 * 1024
LARGE = b"p" * PART + b"rest"
WRITES = ("PutObject", "DeleteObject", "PutObjectTagging", "CompleteMultipartUpload", "CopyObject")


@pytest.fixture(scope="module")
def world(aws):
    found = World(aws.emulator)
    yield found
    found.close()


class World:
    """A source and two copies, unversioned, and clients whose calls wait for their turn."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.clients = {}
        self.turns = None
        self.about_to_write = set()
        self.source, *self.copies = (self.bucket(role) for role in REGIONS)
        for bucket in (self.source, *self.copies):
            where = {"LocationConstraint": bucket.s3.meta.region_name}
            bucket.s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration=where)

    def bucket(self, role, name=None):
        """Return a bucket as a thread sees it; without a name, as one that waits for no other thread."""
        if (role, name) not in self.clients:
            self.clients[role, name] = self._client(role, name)
        return Bucket(f"races-{role}", self.clients[role, name])

    def _client(self, role, name):
        client = boto3.client(
            "s3",
            region_name=REGIONS[role],
            endpoint_url=self.emulator.endpoint,
            **run_keys.of(self.emulator.secret),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=20),
        )
        if name:
            client.meta.events.register("before-call.s3", partial(self._wait, name))
            client.copy_object = partial(copy_slowly, client)
        return client

    def _wait(self, name, model, **_):
        stale = name.startswith("handler") and model.name in WRITES
        (self.about_to_write.add if stale else self.about_to_write.discard)(name)
        self.turns.wait(name)

    def empty(self):
        for bucket in (self.source, *self.copies):
            for key in KEYS:
                bucket.s3.delete_object(Bucket=bucket.name, Key=key)

    def close(self):
        for client in self.clients.values():
            client.close()


def copy_slowly(client, **asked):
    """CopyObject as it may be at its worst: it reads, and long after that it writes."""
    condition = {"IfMatch": asked["CopySourceIfMatch"]} if "CopySourceIfMatch" in asked else {}
    found = client.get_object(**asked["CopySource"], **condition)
    tags = client.get_object_tagging(**asked["CopySource"])["TagSet"]
    client.put_object(
        Bucket=asked["Bucket"],
        Key=asked["Key"],
        Body=found["Body"].read(),
        ContentType=found["ContentType"],
        Metadata=found["Metadata"],
        Tagging=urlencode({tag["Key"]: tag["Value"] for tag in tags}),
    )


def put(client, bucket, key, body, metadata, tags):
    client.put_object(
        Bucket=bucket,
        Key=key,
        Body=body,
        ContentType=f"text/{metadata}",
        Metadata={"note": metadata},
        Tagging="&".join(f"{name}=1" for name in tags),
    )


def put_in_parts(client, bucket, key, _body, metadata, _tags):
    target = {"Bucket": bucket, "Key": key}
    upload = {**target, "UploadId": client.create_multipart_upload(**target, Metadata={"note": metadata})["UploadId"]}
    done = [
        {"PartNumber": number, "ETag": client.upload_part(**upload, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in enumerate((LARGE[:PART], LARGE[PART:]), start=1)
    ]
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})


def delete(client, bucket, key, *_):
    client.delete_object(Bucket=bucket, Key=key)


def tag(client, bucket, key, _body, _metadata, tags):
    tagging = {"TagSet": [{"Key": name, "Value": "2"} for name in tags]}
    with contextlib.suppress(client.exceptions.NoSuchKey):
        client.put_object_tagging(Bucket=bucket, Key=key, Tagging=tagging)


class Race:
    """Writers change the source, S3 tells a queue, and handlers work it off: shuffled, with duplicates, all at once."""

    def __init__(self, world, histories, replicate):
        self.world, self.histories, self.replicate = world, histories, replicate
        self.queue, self.writing, self.busy = [], len(histories), set()
        self.turns = world.turns = Turns()
        world.about_to_write.clear()

    def run(self, handlers, deal):
        writers = {f"writer-{n}": partial(self._write, history) for n, history in enumerate(self.histories)}
        workers = {f"handler-{n}": self._handle for n in range(handlers)}
        self.turns.play({**writers, **workers}, deal)

    def _write(self, history, name):
        source = self.world.bucket("source", name)
        try:
            for act, key, *arguments, times in history:
                act(source.s3, source.name, key, *arguments)
                self.queue += [key] * times
        finally:
            self.writing -= 1

    def _handle(self, name):
        source, *copies = (self.world.bucket(role, name) for role in REGIONS)
        while True:
            self.turns.wait(name, lambda: self.queue or not self.writing)
            if not self.queue:
                return
            key = self.queue.pop()
            self.busy.add(name)
            try:
                for copy in copies:
                    self.replicate(Pair(source, copy, key), lambda: 900.0)
            except (CrashError, UnsettledError):
                # It was not acknowledged, so it is delivered again.
                self.queue.append(key)
            finally:
                self.busy.remove(name)


class Dealer:
    """Deals out turns for races in which a thread with stale content writes last.

    Turns come in runs, so that one thread gets far while another stands still; and a thread stands still before it
    writes rather than elsewhere.
    """

    def __init__(self, race, data):
        self._race, self._data = race, data
        self._name, self._turns = None, 0

    def __call__(self, names):
        stalling = self._race.world.about_to_write
        if self._turns == 0 or self._name not in names or self._name in stalling:
            return self._draw([name for name in names if name not in stalling], names)
        self._turns -= 1
        return self._name, False

    def _draw(self, swift, all_):
        queue, draw = self._race.queue, self._data.draw
        names = swift if swift and draw(st.booleans()) else all_
        if queue:
            queue.append(queue.pop(draw(st.integers(0, len(queue) - 1))))
        self._name, self._turns = draw(st.sampled_from(names)), draw(st.sampled_from([0, 1, 2, 4, 8, 16, 32]))
        return self._name, self._name in self._race.busy and draw(st.sampled_from([False] * 9 + [True]))


CHANGES = st.tuples(
    st.sampled_from([put, put, put, delete, tag]),
    st.sampled_from([KEYS[0], *KEYS, KEYS[0]]),
    st.sampled_from([b"", b"one", b"two"]),
    st.sampled_from(["plain", "html"]),
    st.sets(st.sampled_from(["x", "y"])),
    st.integers(1, 3),
)
"""What becomes of a key, and how often S3 tells it."""

PARTS = st.tuples(
    st.just(put_in_parts), st.just("a"), st.just(b""), st.sampled_from(["p", "q"]), st.just(()), st.integers(1, 2)
)


def histories(changes):
    return st.lists(st.lists(changes, min_size=1, max_size=4), min_size=1, max_size=2)


def settings_for(examples):
    # Shrinking a race takes minutes: the first one found is shown.
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=examples, phases=phases, suppress_health_check=[HealthCheck.too_slow])


def states(bucket):
    return {key: read(bucket, key) for key in KEYS}


def outcome(world, data, changes, replicate):
    world.empty()
    race = Race(world, data.draw(histories(changes)), replicate)
    race.run(data.draw(st.integers(2, 3)), Dealer(race, data))
    return [states(copy) for copy in world.copies], states(world.source)


@settings_for(8)
@given(st.data())
def test_copies_equal_the_source_after_any_race(world, data):
    copies, source = outcome(world, data, CHANGES, converge)
    assert copies == [source, source]


@pytest.mark.long
@settings_for(300)
@given(st.data())
def test_copies_equal_the_source_after_any_of_many_races(world, data):
    copies, source = outcome(world, data, CHANGES, converge)
    assert copies == [source, source]


@settings_for(4)
@given(st.data())
def test_copies_of_objects_in_parts_equal_the_source_after_any_race(world, data):
    copies, source = outcome(world, data, PARTS | PARTS | CHANGES, converge)
    assert copies == [source, source]


@pytest.mark.long
@settings_for(50)
@given(st.data())
def test_copies_of_objects_in_parts_equal_the_source_after_any_of_many_races(world, data):
    copies, source = outcome(world, data, PARTS | PARTS | CHANGES, converge)
    assert copies == [source, source]


def carelessly(pair, _seconds_left):
    """Do what the event says, as most examples of this do: read once, write once."""
    want = read(pair.source, pair.key)
    target = {"Bucket": pair.copy.name, "Key": pair.key}
    if want is None:
        pair.copy.s3.delete_object(**target)
        return
    with contextlib.suppress(pair.copy.s3.exceptions.NoSuchKey):
        pair.copy.s3.copy_object(**target, CopySource={"Bucket": pair.source.name, "Key": pair.key})


@pytest.mark.long
def test_a_careless_handler_is_found_out(world):
    """These races are hard enough to tell the one from the other."""

    @settings(
        max_examples=300,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def every_race(data):
        copies, source = outcome(world, data, CHANGES, carelessly)
        assert copies == [source, source]

    with pytest.raises(AssertionError):
        every_race()
